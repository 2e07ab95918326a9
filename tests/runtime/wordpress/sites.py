"""A stand-in for sites: an HTTP server whose answers a test writes, down to the bytes."""

from __future__ import annotations

import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from http.client import parse_headers
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

Behaviour = Callable[[socket.socket], None]


@dataclass(frozen=True)
class Received:
    """A request as it came in."""

    line: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Site:
    """Behaves as the behaviours say, one for each request; the last one stays."""

    listener: socket.socket
    behaviours: list[Behaviour] = field(default_factory=list)
    received: list[Received] = field(default_factory=list)

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.listener.getsockname()[1]}"

    def behaves(self, *behaviours: Behaviour) -> None:
        self.behaviours = list(behaviours)

    def serve(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=[connection], daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rb") as file:
            line = file.readline().decode().strip()
            headers = {name.lower(): value for name, value in parse_headers(file).items()}
            body = file.read(int(headers.get("content-length", 0)))
            self.received.append(Received(line, headers, body))
            behaviour = self.behaviours.pop(0) if len(self.behaviours) > 1 else self.behaviours[0]
            try:
                behaviour(connection)
            except OSError:
                return


@contextmanager
def running() -> Iterator[Site]:
    """A site on loopback that has not been told yet how to behave."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        kept = Site(listener)
        threading.Thread(target=kept.serve, daemon=True).start()
        yield kept
        listener.shutdown(socket.SHUT_RDWR)


def answers(status: int = 200, body: Any = None, headers: str = "") -> Behaviour:
    """A whole answer; what is no bytes is written as JSON."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    head = f"HTTP/1.1 {status} Status\r\nContent-Length: {len(content)}\r\n{headers}Connection: close\r\n\r\n"
    return sends(head.encode() + content)


def sends(data: bytes) -> Behaviour:
    """Exactly these bytes, and then the end."""
    return lambda connection: connection.sendall(data)


def drips(head: bytes, *, every: float = 0.05) -> Behaviour:
    """A byte now and then for ever, after a head."""

    def drip(connection: socket.socket) -> None:
        connection.sendall(head)
        while True:
            connection.sendall(b"x")
            time.sleep(every)

    return drip


def sleeps(seconds: float) -> Behaviour:
    """Silence."""
    return lambda _: time.sleep(seconds)


@contextmanager
def tls_server(folder: Path) -> Iterator[int]:
    """The port of a server with a certificate of its own making."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    begin = datetime.now(timezone.utc) - timedelta(days=1)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    dated = builder.serial_number(1).not_valid_before(begin).not_valid_after(begin + timedelta(days=9))
    certificate = dated.add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
    chain = folder / "chain.pem"
    chain.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        + certificate.sign(key, SHA256()).public_bytes(Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain)
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection, suppress(ssl.SSLError, OSError):
                context.wrap_socket(connection, server_side=True)

        threading.Thread(target=serve, daemon=True).start()
        yield listener.getsockname()[1]
