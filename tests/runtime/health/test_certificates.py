"""Certificates as they are seen over a real TLS connection, and addresses to which there is never one."""

from __future__ import annotations

import socket
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given
from hypothesis import strategies as st

from runtime.health.certificates import Certificate, CertificateUnknown, NetworkCertificates, certificates_by, not_after
from tests.runtime.health.tls import AUTHORITY, NOW, certificate, serving, trusting

HOST, PUBLIC = "shop.sites.example", "93.184.215.14"
SOON = NOW + timedelta(days=30)


class Network:
    """A name's addresses, all of which lead to a port of this machine; ``connected`` keeps to which there was a connection."""

    def __init__(self, *addresses: str, port: int = 9) -> None:
        self.addresses = addresses
        self.port = port
        self.connected: list[str] = []

    def resolve(self, host: str, port: int) -> list[str]:
        assert (host, port) == (HOST, 443)
        return list(self.addresses)

    def connect(self, address: str, port: int, seconds: float) -> socket.socket:
        self.connected.append(address)
        return socket.create_connection(("127.0.0.1", self.port), timeout=seconds)

    def look(self) -> Certificate:
        certificates = NetworkCertificates(resolve=self.resolve, connect=self.connect, trusting=trusting)
        return certificates.look(HOST, 443, deadline=time.monotonic() + 5)


def test_a_certificate_that_is_trusted_tells_its_end(tmp_path: Path) -> None:
    with serving(tmp_path, certificate(HOST, issuer=AUTHORITY, not_after=SOON)) as server:
        network = Network(PUBLIC, port=server.port)

        assert network.look() == Certificate(not_after=SOON)

    assert (network.connected, server.asked_for) == ([PUBLIC], [HOST]), "its own host, by name"


@pytest.mark.parametrize(
    ("name", "issuer", "ends", "distrust"),
    [
        (HOST, AUTHORITY, NOW - timedelta(days=3), "The certificate has expired."),
        ("other.example", AUTHORITY, SOON, "The certificate is for another name."),
        (HOST, None, SOON, "The certificate is signed by nobody but itself."),
    ],
    ids=["expired", "another name", "self-signed"],
)
def test_a_certificate_that_is_not_trusted_tells_its_end_and_why(
    tmp_path: Path, name: str, issuer: object, ends: datetime, distrust: str
) -> None:
    own = certificate(name, issuer=AUTHORITY, not_after=ends).subject
    with serving(tmp_path, certificate(name, issuer=AUTHORITY if issuer else own, not_after=ends)) as server:
        network = Network(PUBLIC, port=server.port)

        assert network.look() == Certificate(not_after=ends, distrust=distrust)

    assert network.connected == [PUBLIC, PUBLIC]


@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.1"],
        ["169.254.169.254"],
        ["10.1.2.3"],
        ["172.16.0.1"],
        ["192.168.1.1"],
        ["100.64.0.1"],
        ["0.0.0.0"],
        ["::1"],
        ["fd00:ec2::254"],
        ["fe80::1"],
        ["::ffff:169.254.169.254"],
        [PUBLIC, "10.1.2.3"],
        [],
    ],
    ids=str,
)
def test_a_name_with_any_address_that_is_not_public_is_never_connected_to(addresses: list[str]) -> None:
    network = Network(*addresses)

    with pytest.raises(CertificateUnknown, match="not a public one"):
        network.look()

    assert network.connected == []


def test_a_name_that_does_not_resolve_has_no_certificate() -> None:
    def resolve(host: str, port: int) -> list[str]:
        raise socket.gaierror("Name or service not known")

    with pytest.raises(CertificateUnknown, match="could not be resolved"):
        NetworkCertificates(resolve=resolve).look(HOST, 443, deadline=time.monotonic() + 5)


@pytest.mark.parametrize("host", ["", "a..b", "x" * 300, "\udc80"], ids=ascii)
def test_a_name_that_is_none_has_no_certificate(host: str) -> None:
    with pytest.raises(CertificateUnknown):
        NetworkCertificates().look(host, 443, deadline=time.monotonic() + 5)


def test_where_nobody_listens_or_nobody_speaks_tls_there_is_no_certificate() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        listener.close()
        network = Network(PUBLIC, port=port)

        with pytest.raises(CertificateUnknown, match="could not be read"):
            network.look()

    assert network.connected == [PUBLIC]


@pytest.mark.parametrize(("name", "distrust"), [(HOST, ""), ("gateway.internal", "The certificate is for another name.")])
def test_a_gateway_that_ends_tls_is_asked_for_the_site_s_certificate_and_nothing_is_resolved(
    tmp_path: Path, name: str, distrust: str
) -> None:
    def resolve(host: str, port: int) -> list[str]:
        raise AssertionError("There is nobody to ask.")

    with serving(tmp_path, certificate(name, issuer=AUTHORITY, not_after=SOON)) as server:
        certificates = NetworkCertificates(gateway=("127.0.0.1", server.port), resolve=resolve, trusting=trusting)

        seen = certificates.look(HOST, 443, deadline=time.monotonic() + 5)

    assert (seen, {*server.asked_for}) == (Certificate(not_after=SOON, distrust=distrust), {HOST})


def test_where_certificates_are_looked_at_follows_from_the_gateway(tmp_path: Path) -> None:
    with serving(tmp_path, certificate("localhost", issuer=AUTHORITY, not_after=SOON)) as server:
        at_gateway = certificates_by(f"https://127.0.0.1:{server.port}").look(HOST, 443, deadline=time.monotonic() + 5)
        with pytest.raises(CertificateUnknown, match="not a public one"):
            certificates_by(f"http://127.0.0.1:{server.port}").look("localhost", server.port, deadline=time.monotonic() + 5)

    assert at_gateway.not_after == SOON
    assert {*server.asked_for} == {HOST}


@pytest.mark.parametrize("year", [1999, 2000, 2049, 2050, 9999])
def test_the_end_is_read_of_every_year_that_a_certificate_can_end_in(year: int) -> None:
    ends = datetime(year, 12, 31, 23, 59, 59, tzinfo=timezone.utc)

    shown = certificate(HOST, issuer=AUTHORITY, not_after=ends)

    assert not_after(shown.public_bytes(Encoding.DER)) == ends


@given(st.binary(max_size=200) | st.binary(max_size=80).map(lambda end: b"\x30\x50\x30\x40" + end))
def test_what_is_no_certificate_is_told_from_one(data: bytes) -> None:
    with pytest.raises((ValueError, IndexError)):
        not_after(data)
