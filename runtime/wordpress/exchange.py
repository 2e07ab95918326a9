"""One HTTP exchange with a site that is over by a deadline, whatever the other side does, and never follows a redirect."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field, replace
from http.client import HTTPException
from threading import Timer
from urllib.parse import urlsplit

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError

from runtime.wordpress.port import WordPressFault, WordPressTimeout

CONNECT_SECONDS = 2.0
UNREACHABLE = "The site could not be reached."
BROKEN_OFF = "The site broke its answer off."
LATE = "The site did not answer in time."
OVERLONG = "The site's answer was too long."


class NotConnected(WordPressFault):
    """There was no connection, so that nothing was asked."""


class NotConnectedInTime(NotConnected, WordPressTimeout):
    """There was no connection in time."""


@dataclass(frozen=True, kw_only=True)
class Request:
    """What is asked. ``reads`` is how many bytes the answer may have: a longer one is a fault, or is cut off there."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes | None = None
    reads: int = 0
    cuts: bool = False

    @property
    def host(self) -> str | None:
        """The name of the site that is asked; None where the gateway itself is."""
        return urlsplit(f"//{self.headers.get('Host', '')}").hostname


@dataclass(frozen=True)
class Answer:
    """What came back: ``seconds`` after it was begun to ask, with the headers' names in lower case."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    is_cut: bool = False


class Gateway:
    """The host that answers for all sites, told apart by the Host header.

    Over TLS the site is named before that, too, and the certificate has to be for the site's host: what answers at the
    gateway's address shows the sites' certificate and has none for its own name. ``trusting`` makes what is trusted.
    """

    def __init__(self, origin: str, *, trusting: Callable[[], ssl.SSLContext] = ssl.create_default_context) -> None:
        parts = urlsplit(origin)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"{origin!r} is no origin to connect to: write one like http://internal-host:8080.")
        self._host, self._port = parts.hostname, parts.port
        self._trusted = trusting() if parts.scheme == "https" else None

    def exchange(self, request: Request, deadline: float) -> Answer:
        """Ask and read the answer before ``deadline`` (in seconds of time.monotonic); raises WordPressFault."""
        started = time.monotonic()
        with closing(self._connect(request.host, deadline)) as connection, _cut_off(connection, deadline):
            try:
                answer = _asked(connection, request)
            except (HTTPError, HTTPException, OSError) as error:
                if time.monotonic() >= deadline:
                    raise WordPressTimeout(LATE) from error
                raise WordPressFault(BROKEN_OFF) from error
        if time.monotonic() >= deadline:
            raise WordPressTimeout(LATE)
        if len(answer.body) > request.reads and not request.cuts:
            raise WordPressFault(OVERLONG)
        return replace(answer, seconds=time.monotonic() - started)

    def _connect(self, host: str | None, deadline: float) -> HTTPConnection:
        seconds = min(CONNECT_SECONDS, _until(deadline))
        connection = (
            HTTPSConnection(self._host, self._port, timeout=seconds, ssl_context=self._trusted, server_hostname=host)
            if self._trusted
            else HTTPConnection(self._host, self._port, timeout=seconds)
        )
        try:
            connection.connect()
        except (HTTPError, OSError) as error:
            # urllib3 counts a refused connection among those that took too long.
            if isinstance(error, ConnectTimeoutError) and not isinstance(error, NewConnectionError):
                raise NotConnectedInTime(LATE) from error
            raise NotConnected(UNREACHABLE) from error
        connection.timeout = _until(deadline)
        return connection


def _asked(connection: HTTPConnection, request: Request) -> Answer:
    connection.request(request.method, request.path, request.body, request.headers, preload_content=False)
    response = connection.getresponse()
    body = response.read(request.reads + 1, decode_content=False)
    headers = {name.lower(): value for name, value in response.headers.items()}
    return Answer(response.status, body, headers, is_cut=len(body) > request.reads)


@contextmanager
def _cut_off(connection: HTTPConnection, deadline: float) -> Iterator[None]:
    """Cut the connection off at the deadline: a socket's own timeout starts anew with every byte that drips in."""

    def shut(sock: socket.socket) -> None:
        with suppress(OSError):
            socket.socket.shutdown(sock, socket.SHUT_RDWR)

    timer = Timer(_until(deadline), shut, [connection.sock])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _until(deadline: float) -> float:
    """The seconds that are left; never none at all, which would mean no timeout."""
    return max(deadline - time.monotonic(), 0.001)
