"""The certificate of a site as visitors meet it: at the site's own address if that is a public one, or at the gateway."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timezone
from ipaddress import ip_address
from typing import Protocol
from urllib.parse import urlsplit

CONNECT_SECONDS = 2.0
HTTPS_PORT = 443
EXPIRED, SELF_SIGNED, SELF_SIGNED_CHAIN, OTHER_NAME = 10, 18, 19, 62
"""Why a certificate is not trusted: https://docs.openssl.org/master/man3/X509_STORE_CTX_get_error/."""

REASONS = {
    EXPIRED: "The certificate has expired.",
    SELF_SIGNED: "The certificate is signed by nobody but itself.",
    SELF_SIGNED_CHAIN: "The certificate is signed by nobody who is trusted.",
    OTHER_NAME: "The certificate is for another name.",
}
NOT_TRUSTED = "The certificate is not trusted."
VERSION, UTC_TIME = 0xA0, 0x17
"""Tags of DER that a certificate's own part is read by (RFC 5280 section 4.1)."""


@dataclass(frozen=True, kw_only=True)
class Certificate:
    """A certificate; ``distrust`` is why visitors are warned of it, empty where they are not."""

    not_after: datetime
    distrust: str = ""


class CertificateUnknown(Exception):
    """No certificate could be seen. ``detail`` is fit for customers."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class Certificates(Protocol):
    """Looks at the certificates of sites."""

    def look(self, host: str, port: int, *, deadline: float) -> Certificate:
        """The certificate that a host shows; raises CertificateUnknown."""
        ...


def resolved(host: str, port: int) -> list[str]:
    """All addresses of a host; raises OSError."""
    return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def connected(address: str, port: int, seconds: float) -> socket.socket:
    """A connection to an address; raises OSError."""
    return socket.create_connection((address, port), timeout=seconds)


class NetworkCertificates:
    """Looks at certificates over the network.

    A name is resolved once, and what is connected to is one of the addresses that were found to be public: it cannot come to
    lead into the platform's own network in between. With a ``gateway``, a host and its port, nothing is resolved, and what is
    looked at is the certificate that the gateway shows for the name.
    """

    def __init__(
        self,
        *,
        gateway: tuple[str, int] | None = None,
        resolve: Callable[[str, int], Sequence[str]] = resolved,
        connect: Callable[[str, int, float], socket.socket] = connected,
        trusting: Callable[[], ssl.SSLContext] = ssl.create_default_context,
    ) -> None:
        self._gateway = gateway
        self._resolve = resolve
        self._connect = connect
        self._trusting = trusting

    def look(self, host: str, port: int, *, deadline: float) -> Certificate:
        """The certificate that a host shows; of one that is not trusted too."""
        address, port = self._gateway or (self._public_address(host, port), port)
        try:
            return self._seen(host, address, port, deadline)
        except (OSError, ValueError, IndexError) as error:
            raise CertificateUnknown("The site's certificate could not be read.") from error

    def _public_address(self, host: str, port: int) -> str:
        try:
            addresses = sorted({*self._resolve(host, port)}, key=lambda address: ":" in address)
        except (OSError, UnicodeError) as error:
            raise CertificateUnknown("The site's name could not be resolved.") from error
        if not addresses or not all(ip_address(address).is_global for address in addresses):
            raise CertificateUnknown("The site's address is not a public one.")
        return addresses[0]

    def _seen(self, host: str, address: str, port: int, deadline: float) -> Certificate:
        trusting = self._trusting()
        try:
            return Certificate(not_after=not_after(self._shown(host, address, port, deadline, trusting)))
        except ssl.SSLCertVerificationError as error:
            distrust = REASONS.get(error.verify_code, NOT_TRUSTED)
        # Without trust the handshake gives no certificate, so it is looked at once more, and nothing is sent.
        careless = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        careless.check_hostname, careless.verify_mode = False, ssl.CERT_NONE
        return Certificate(not_after=not_after(self._shown(host, address, port, deadline, careless)), distrust=distrust)

    def _shown(self, host: str, address: str, port: int, deadline: float, context: ssl.SSLContext) -> bytes:
        seconds = max(0.001, min(CONNECT_SECONDS, deadline - time.monotonic()))
        with self._connect(address, port, seconds) as plain, context.wrap_socket(plain, server_hostname=host) as secure:
            shown = secure.getpeercert(binary_form=True) or b""
            with suppress(OSError):
                secure.shutdown(socket.SHUT_RDWR)
        return shown


def certificates_by(gateway: str) -> Certificates:
    """Certificates as they can be seen from where the platform calls its sites: through a gateway's origin, if it ends TLS.

    Such a gateway shows the certificate that visitors are shown, and the functions have no way to the sites' public addresses.
    """
    parts = urlsplit(gateway)
    if parts.scheme != "https" or not parts.hostname:
        return NetworkCertificates()
    return NetworkCertificates(gateway=(parts.hostname, parts.port or HTTPS_PORT))


def not_after(der: bytes) -> datetime:
    """The end of a certificate's validity; ValueError or IndexError for what is no certificate.

    Python reads it only of certificates it trusts.
    """
    ((_, certificate),) = _elements(der)
    ((_, own), *_) = _elements(certificate)
    fields = [content for tag, content in _elements(own) if tag != VERSION]
    _, _, _, validity, *_ = fields  # serial number, algorithm, issuer, validity
    _, (tag, text) = _elements(validity)
    digits = text.decode("ascii")
    if tag == UTC_TIME:
        digits = ("20" if digits < "50" else "19") + digits
    return datetime.strptime(digits, "%Y%m%d%H%M%SZ").replace(tzinfo=timezone.utc)


def _elements(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The elements of a DER sequence's content: each its tag and its own content."""
    at = 0
    while at < len(data):
        tag, length, at = data[at], data[at + 1], at + 2
        if length & 0x80:
            size = length & 0x7F
            length, at = int.from_bytes(data[at : at + size], "big"), at + size
        yield tag, data[at : at + length]
        at += length
