"""The directory over HTTP: what is asked, what is believed, and that it is over in time whatever the other side does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any

import pytest

from runtime.plugins.directory import MAX_ANSWER_BYTES, HttpDirectory
from runtime.plugins.domain import Listing
from runtime.plugins.port import DirectoryDown

SHOP: dict[str, Any] = {
    "name": "Shop &#8211; <b>the best</b>",
    "slug": "shop",
    "version": "2.4",
    "rating": 94,
    "num_ratings": 1142,
    "active_installs": 6_000_000,
    "requires": "6.5",
    "requires_php": "7.4",
    "tested": "7.1.1",
    "last_updated": "2026-05-01 3:05pm GMT",
    "homepage": "https://shop.example/",
    "sections": {"description": "<p>Sells.</p>", "changelog": "<h4>2.4</h4>", "faq": "<p>Why?</p>"},
    "download_link": "https://downloads.wordpress.org/plugin/shop.2.4.zip",
}
LEAST = Listing(name="Shop", version="2.4")


class Server(ThreadingHTTPServer):
    """Answers every request in the same way, and keeps their paths; ``drip`` sends a byte now and then until it is let go."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.status, self.body, self.location = 200, b"{}", ""
        self.drip, self.over = False, Event()
        self.asked: list[tuple[str, str]] = []

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def says(self, document: Any, *, status: int = 200) -> None:
        self.status, self.body = status, document if isinstance(document, bytes) else json.dumps(document).encode()


class Handler(BaseHTTPRequestHandler):
    server: Server  # pyright: ignore[reportIncompatibleVariableOverride] - it serves no other

    def do_GET(self) -> None:
        self.server.asked.append((self.path, self.headers["Accept"]))
        self.send_response(self.server.status)
        if self.server.location:
            self.send_header("Location", self.server.location)
        self.send_header("Content-Length", str(len(self.server.body)))
        self.end_headers()
        while self.server.drip and not self.server.over.wait(0.02):
            self.wfile.write(b" ")
        self.wfile.write(self.server.body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - http.server's signature
        return


@pytest.fixture
def server() -> Iterator[Server]:
    running = Server()
    Thread(target=running.serve_forever, args=(0.01,), daemon=True).start()
    yield running
    running.over.set()
    running.shutdown()
    running.server_close()


def test_a_plugin_is_asked_for_by_its_slug_below_whatever_path_the_base_has(server: Server) -> None:
    server.says(SHOP | {"slug": "shop & more"})

    HttpDirectory(f"{server.base}/api.wordpress.org/").listing("shop & more")

    path = "/api.wordpress.org/plugins/info/1.2/?action=plugin_information&request%5Bslug%5D=shop+%26+more"
    assert server.asked == [(path, "application/json")]


def test_a_listing_is_what_the_directory_says_as_plain_text(server: Server) -> None:
    server.says(SHOP)

    assert HttpDirectory(server.base).listing("shop") == Listing(
        name="Shop \u2013 the best",
        version="2.4",
        rating=94,
        ratings=1142,
        active_installs=6_000_000,
        requires="6.5",
        requires_php="7.4",
        tested="7.1.1",
        last_updated=datetime(2026, 5, 1, 15, 5, tzinfo=timezone.utc),
        homepage="https://shop.example/",
        sections={"description": "Sells.", "changelog": "2.4"},
    )


@pytest.mark.parametrize("error", ["Plugin not found.", "closed"])
@pytest.mark.parametrize("status", [200, 404])
def test_what_the_directory_does_not_have_or_has_closed_is_not_listed(server: Server, error: str, status: int) -> None:
    server.says({"error": error, "name": "Shop"}, status=status)

    assert HttpDirectory(server.base).listing("shop") is None


WRONG: dict[str, Any] = {
    "rating": 101,
    "num_ratings": "many",
    "active_installs": -1,
    "requires": False,
    "requires_php": ["7.4"],
    "tested": None,
    "last_updated": "yesterday",
    "homepage": "javascript:alert(1)",
    "sections": ["<p>Sells.</p>"],
}


@pytest.mark.parametrize("field", WRONG)
def test_what_is_not_of_its_kind_is_left_out(server: Server, field: str) -> None:
    server.says({"name": "Shop", "slug": "shop", "version": "2.4", field: WRONG[field]})

    assert HttpDirectory(server.base).listing("shop") == LEAST


@pytest.mark.parametrize("number", ["NaN", "Infinity", "1e999", "true", "99999999999999999999"])
def test_no_number_is_stored_that_is_none(server: Server, number: str) -> None:
    server.says(b'{"name": "Shop", "slug": "shop", "version": "2.4", "active_installs": %s}' % number.encode())

    assert HttpDirectory(server.base).listing("shop") == LEAST


def test_long_sections_are_cut(server: Server) -> None:
    server.says(SHOP | {"sections": {"description": "<p>x</p>" * 60_000, "changelog": "<br>" * 60_000}})

    listing = HttpDirectory(server.base).listing("shop")

    assert listing
    assert {name: len(text) for name, text in listing.sections.items()} == {"description": 19_999}


NO_ANSWERS: dict[str, tuple[int, Any]] = {
    "a fault": (500, SHOP),
    "a refusal": (429, SHOP),
    "no JSON": (200, b"<html>"),
    "JSON that is too deep": (200, b"[" * 100_000),
    "no object": (200, []),
    "nothing at all": (200, {}),
    "no name": (200, SHOP | {"name": " "}),
    "no version": (200, SHOP | {"version": 2}),
    "another plugin": (200, SHOP | {"slug": "other"}),
    "a page that is not there": (404, {"message": "nothing here"}),
    "more than is read": (200, SHOP | {"filler": "x" * MAX_ANSWER_BYTES}),
}


@pytest.mark.parametrize("answer", NO_ANSWERS)
def test_whatever_is_not_understood_counts_as_down(server: Server, answer: str) -> None:
    status, document = NO_ANSWERS[answer]
    server.says(document, status=status)

    with pytest.raises(DirectoryDown):
        HttpDirectory(server.base).listing("shop")


def test_no_redirect_is_followed(server: Server) -> None:
    server.says(SHOP, status=302)
    server.location = f"{server.base}/elsewhere"

    with pytest.raises(DirectoryDown, match="302"):
        HttpDirectory(server.base).listing("shop")

    assert len(server.asked) == 1


def test_an_answer_that_drips_in_is_not_waited_for(server: Server) -> None:
    server.says(b" " * 10_000 + json.dumps(SHOP).encode())
    server.drip = True

    with pytest.raises(DirectoryDown):
        HttpDirectory(server.base, seconds=0.2).listing("shop")


def test_a_host_that_takes_long_to_be_found_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    hanging = Event()
    monkeypatch.setattr("runtime.wordpress.exchange.Gateway.exchange", lambda *_: hanging.wait(60))

    with pytest.raises(DirectoryDown, match="in time"):
        HttpDirectory("https://directory.example", seconds=0.1).listing("shop")

    hanging.set()


def test_nobody_there_counts_as_down(server: Server) -> None:
    server.shutdown()
    server.server_close()

    with pytest.raises(DirectoryDown):
        HttpDirectory(server.base).listing("shop")


@pytest.mark.parametrize(
    "base", ["http://api.wordpress.org", "http://127.0.0.1.example", "http://[::2]", "ftp://directory.example"]
)
def test_a_base_that_anybody_could_answer_for_is_refused(base: str) -> None:
    with pytest.raises(ValueError, match="asked by https"):
        HttpDirectory(base)


@pytest.mark.parametrize("base", ["https://api.wordpress.org", "http://127.0.0.1:8080/api.wordpress.org", "http://localhost:1"])
def test_https_and_this_machine_are_trusted(base: str) -> None:
    assert HttpDirectory(base)
