"""TLS servers on loopback, with certificates that an authority of the tests' own has signed."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from socket import SHUT_RDWR, create_server, socket

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

NOW = datetime.now(timezone.utc).replace(microsecond=0)
KEY = ec.generate_private_key(ec.SECP256R1())
AUTHORITY = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "The tests' authority")])


def certificate(name: str, *, issuer: x509.Name, not_after: datetime, is_authority: bool = False) -> x509.Certificate:
    """A certificate of a name, signed with the one key that everybody here has."""
    subject = AUTHORITY if is_authority else x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(KEY.public_key())
    builder = builder.serial_number(x509.random_serial_number()).not_valid_before(not_after - timedelta(days=100))
    builder = builder.not_valid_after(not_after).add_extension(x509.BasicConstraints(is_authority, None), critical=True)
    builder = builder.add_extension(uses("digital_signature", *(["key_cert_sign"] if is_authority else [])), critical=True)
    names = x509.SubjectAlternativeName([x509.DNSName(name)])
    identifiers = x509.SubjectKeyIdentifier.from_public_key(KEY.public_key())
    issued_by = x509.AuthorityKeyIdentifier.from_issuer_public_key(KEY.public_key())
    builder = builder.add_extension(identifiers, critical=False).add_extension(issued_by, critical=False)
    return builder.add_extension(names, critical=False).sign(KEY, SHA256())


def uses(*used: str) -> x509.KeyUsage:
    """What a certificate's key is for."""
    ways = (
        "digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
        "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
    )  # fmt: skip
    return x509.KeyUsage(**{way: way in used for way in ways})


def trusting() -> ssl.SSLContext:
    """What a client trusts: the tests' authority and nobody else."""
    own = certificate("authority.test", issuer=AUTHORITY, not_after=NOW + timedelta(days=10), is_authority=True)
    return ssl.create_default_context(cadata=own.public_bytes(Encoding.PEM).decode())


@dataclass
class Server:
    """A server, and for which names it was asked."""

    port: int
    asked_for: list[str | None]


@contextmanager
def serving(folder: Path, shown: x509.Certificate, *, says: bytes = b"") -> Iterator[Server]:
    """A server that shows a certificate to everybody who connects, and says one thing whatever it is asked."""
    chain = folder / "chain.pem"
    key = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    chain.write_bytes(key + shown.public_bytes(Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain)
    with create_server(("127.0.0.1", 0)) as listener:
        server = Server(listener.getsockname()[1], [])
        context.sni_callback = lambda _socket, name, _context: server.asked_for.append(name)
        threading.Thread(target=_serve, args=[listener, context, says], daemon=True).start()
        yield server
        listener.shutdown(SHUT_RDWR)


def _serve(listener: socket, context: ssl.SSLContext, says: bytes) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        with connection, suppress(OSError), context.wrap_socket(connection, server_side=True) as secure:
            secure.recv(65536)
            secure.sendall(says)
