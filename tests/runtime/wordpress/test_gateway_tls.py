"""A gateway that ends TLS: the site is named before anything is asked, and the certificate has to be the site's."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from runtime.wordpress.exchange import Gateway, NotConnected, Request
from tests.runtime.health.tls import AUTHORITY, NOW, certificate, serving, trusting

HOST = "shop.sites.example"
SOON = NOW + timedelta(days=30)
SAYS = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello"


def asked(port: int, *, headers: dict[str, str]) -> bytes:
    """The answer of a gateway on this machine, whose name is ``localhost``."""
    request = Request(method="GET", path="/", headers=headers, reads=100)
    return Gateway(f"https://localhost:{port}", trusting=trusting).exchange(request, time.monotonic() + 5).body


@pytest.mark.parametrize("host", [HOST, f"{HOST}:8443"])
def test_the_site_is_named_and_its_certificate_is_trusted(tmp_path: Path, host: str) -> None:
    with serving(tmp_path, certificate(HOST, issuer=AUTHORITY, not_after=SOON), says=SAYS) as server:
        assert asked(server.port, headers={"Host": host}) == b"hello"

    assert server.asked_for == [HOST]


@pytest.mark.parametrize(
    ("name", "ends", "is_signed"),
    [
        ("localhost", SOON, True),
        ("other.sites.example", SOON, True),
        (HOST, NOW - timedelta(days=1), True),
        (HOST, SOON, False),
    ],
    ids=["the gateway's own", "another site's", "expired", "self-signed"],
)
def test_any_other_certificate_is_refused_before_anything_is_asked(
    tmp_path: Path, name: str, ends: datetime, is_signed: bool
) -> None:
    own = certificate(name, issuer=AUTHORITY, not_after=SOON).subject
    shown = certificate(name, issuer=AUTHORITY if is_signed else own, not_after=ends)
    with serving(tmp_path, shown, says=SAYS) as server, pytest.raises(NotConnected):
        asked(server.port, headers={"Host": HOST})

    assert server.asked_for == [HOST]


def test_who_names_no_site_asks_the_host_itself(tmp_path: Path) -> None:
    with serving(tmp_path, certificate("localhost", issuer=AUTHORITY, not_after=SOON), says=SAYS) as server:
        assert asked(server.port, headers={}) == b"hello"

    assert server.asked_for == ["localhost"]
