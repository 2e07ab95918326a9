"""The directory over HTTP, on loopback: every host of wordpress.org that a site asks is a folder of this server."""

from __future__ import annotations

import json
import shutil
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

from local.directory import answers
from local.directory.packages import Packages

LOOPBACK = "127.0.0.1"
MAX_BODY_BYTES = 5_000_000
API, DOWNLOADS = "/api.wordpress.org/", "/downloads.wordpress.org/plugin/"


class Directory(ThreadingHTTPServer):
    """The server; port 0 takes a free one."""

    daemon_threads = True

    def __init__(self, port: int, packages: Packages) -> None:
        super().__init__((LOOPBACK, port), Handler)
        self.packages = packages


class Handler(BaseHTTPRequestHandler):
    """Answers one connection after another."""

    protocol_version = "HTTP/1.1"
    timeout = 30

    @property
    def _packages(self) -> Packages:
        return cast("Directory", self.server).packages

    def do_GET(self) -> None:
        """Answer a question or send a package."""
        path = urlsplit(self.path).path
        if path.startswith(DOWNLOADS):
            self._send_package(path.removeprefix(DOWNLOADS))
        elif path == "/":
            listed = {slug: [each.version for each in versions] for slug, versions in self._packages.all().items()}
            self._send(200, {"plugins": listed})
        else:
            self._answer(path, {})

    def do_POST(self) -> None:
        """Answer a question that comes as a form."""
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > MAX_BODY_BYTES:
            self.close_connection = True
            self._send(413, {"error": "The body is too long."})
            return
        self._answer(urlsplit(self.path).path, parse_qs(self.rfile.read(int(length)).decode(errors="replace")))

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:  # noqa: ARG002 - the base class's signature
        """Log a request without its query string, in which WordPress tells all its extensions."""
        self.log_message("%s %s %s", self.command, urlsplit(self.path).path, int(code))

    def _answer(self, path: str, form: dict[str, list[str]]) -> None:
        query = parse_qs(urlsplit(self.path).query) | form
        packages = self._packages
        match path.removeprefix(API).strip("/"):
            case "plugins/info/1.2":
                self._send_plugin(query)
            case "plugins/update-check/1.1":
                self._send(200, answers.plugin_updates(packages, answers.installed_in(query)))
            case "themes/update-check/1.1":
                self._send(200, answers.theme_updates())
            case "core/version-check/1.7":
                self._send(200, answers.core_version(query.get("version", [""])[0]))
            case _:
                self._send(404, {"error": "There is nothing here."})

    def _send_plugin(self, query: dict[str, list[str]]) -> None:
        if query.get("action") != ["plugin_information"]:
            self._send(400, {"error": "Action not implemented."})
            return
        found = answers.plugin_information(self._packages, query.get("request[slug]", [""])[0])
        self._send(404 if found is None else 200, found or {"error": "Plugin not found."})

    def _send_package(self, name: str) -> None:
        path = self._packages.file(name)
        if path is None:
            self._send(404, {"error": "There is no such package."})
            return
        with path.open("rb") as file:
            self.send_response(200)
            self.send_header("Content-Type", "application/zip")
            self.send_header("Content-Length", str(path.stat().st_size))
            self.end_headers()
            shutil.copyfileobj(file, self.wfile)

    def _send(self, status: int, body: dict[str, Any]) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def serve(port: int, folder: Path) -> None:
    """Serve a folder's packages until the process ends."""
    with Directory(port, Packages(folder)) as server:
        server.serve_forever()
