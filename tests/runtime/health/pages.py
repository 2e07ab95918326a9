"""A stand-in for WordPress on loopback, which answers each path as a test says."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

Page = Callable[[BaseHTTPRequestHandler], None]
AGENT = "/wp-json/bbws-agent/v1/vitals"


@dataclass
class Pages:
    """What each path answers, and which were asked for."""

    origin: str = ""
    pages: dict[str, Page] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)


def shows(body: str | dict[str, Any] = "<!doctype html><html></html>", status: int = 200, **headers: str) -> Page:
    """A whole answer: HTML, or JSON."""
    kind = "text/html" if isinstance(body, str) else "application/json"
    content = (body if isinstance(body, str) else json.dumps(body)).encode()

    def show(request: BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        for name, value in {"Content-Length": str(len(content)), "Content-Type": kind, **headers}.items():
            request.send_header(name, value)
        request.end_headers()
        request.wfile.write(content)

    return show


def sleeps(seconds: float) -> Page:
    """Silence, and then nothing."""
    return lambda _: time.sleep(seconds)


def drips(request: BaseHTTPRequestHandler) -> None:
    """A page that never ends, one byte at a time."""
    request.send_response(200)
    request.end_headers()
    while True:
        request.wfile.write(b"x")
        time.sleep(0.05)


def vitals(site_id: str) -> Page:
    """What a site that is well says of itself."""
    facts = {"siteId": site_id, "wordpressVersion": "7.1.1", "phpVersion": "8.2.36", "databaseOk": True, "safeMode": False}
    measured: dict[str, Any] = {
        "coreUpdate": None,
        "updatesChecked": True,
        "plugins": [],
        "cronLagSeconds": 0,
        "diskFreePercent": 80.0,
    }
    return shows({**facts, **measured})


@contextmanager
def serving(pages: Mapping[str, Page]) -> Iterator[Pages]:
    """A server for these paths; every other one is not found."""
    served = Pages(pages=dict(pages))

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            served.asked.append(self.path)
            with suppress(OSError):
                served.pages.get(self.path, shows("Not found.", 404))(self)

        do_POST = do_GET  # noqa: N815

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    served.origin = f"http://127.0.0.1:{server.server_port}"
    Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
    yield served
    server.shutdown()
    server.server_close()
