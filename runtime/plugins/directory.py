"""The WordPress.org plugin directory over HTTP: bounded in time and in size, and believed in nothing but text and numbers."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timezone
from typing import Any
from urllib.parse import urlencode, urlsplit

from runtime.beside import awaited, begun
from runtime.observability import SERVICE, logger
from runtime.plugins.domain import Listing
from runtime.plugins.port import DirectoryDown
from runtime.plugins.text import plain, text_of
from runtime.wordpress.exchange import Answer, Gateway, Request
from runtime.wordpress.port import WordPressFault

CALL_SECONDS = 3.0
MAX_ANSWER_BYTES = 2 * 1024 * 1024
MAX_SECTION_CHARACTERS = 20_000
MAX_SECTION_HTML = 200_000
MAX_NUMBER = 10**12
SECTIONS = ("description", "changelog")
MOMENTS = ("%Y-%m-%d %I:%M%p GMT", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d")
"""How the directory has written when a plugin was last updated: ``2026-05-01 3:05pm GMT``, and plainer."""

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class HttpDirectory:
    """The directory at a base address, as in ``https://api.wordpress.org``; ``http`` is for a mirror on this machine alone."""

    def __init__(self, base: str, *, seconds: float = CALL_SECONDS) -> None:
        parts = urlsplit(base)
        if parts.scheme != "https" and parts.hostname not in LOOPBACK:
            raise ValueError(f"{base!r} is no address to trust: the directory is asked by https, or on this machine.")
        self._gateway = Gateway(f"{parts.scheme}://{parts.netloc}")
        self._path = f"{parts.path.rstrip('/')}/plugins/info/1.2/"
        self._seconds = seconds

    def listing(self, plugin_id: str) -> Listing | None:
        """What is listed under a slug; a redirect is not followed, and what is too long or not understood is no answer."""
        query = urlencode({"action": "plugin_information", "request[slug]": plugin_id})
        headers = {"Accept": "application/json", "User-Agent": SERVICE}
        request = Request(method="GET", path=f"{self._path}?{query}", headers=headers, reads=MAX_ANSWER_BYTES)
        try:
            return _understood(self._asked(request), plugin_id)
        except DirectoryDown as fault:
            logger.warning("The plugin directory gave no answer", pluginId=plugin_id, reason=str(fault), exc_info=True)
            raise

    def _asked(self, request: Request) -> Answer:
        deadline = time.monotonic() + self._seconds
        # In a thread of its own, because nothing else bounds how long it takes to find a host by its name.
        asking = begun(lambda: self._gateway.exchange(request, deadline))
        awaited(deadline, asking)
        if not asking.done():
            raise DirectoryDown("No answer in time.")
        try:
            return asking.result()
        except WordPressFault as fault:
            raise DirectoryDown(type(fault).__name__) from fault


def _understood(answer: Answer, plugin_id: str) -> Listing | None:
    if answer.status not in {200, 404}:
        raise DirectoryDown(f"HTTP status {answer.status}.")
    try:
        said = json.loads(answer.body)
    except (ValueError, RecursionError) as error:
        raise DirectoryDown("No JSON.") from error
    if not isinstance(said, dict):
        raise DirectoryDown("No object.")
    if said.get("error"):
        return None
    name, version = plain(said.get("name"), most=200), plain(said.get("version"), most=64)
    if answer.status != 200 or said.get("slug", plugin_id) != plugin_id or name is None or version is None:
        raise DirectoryDown("Not the plugin that was asked for.")
    return Listing(
        name=name,
        version=version,
        rating=_number(said.get("rating"), most=100),
        ratings=_number(said.get("num_ratings")),
        active_installs=_number(said.get("active_installs")),
        requires=plain(said.get("requires"), most=64),
        requires_php=plain(said.get("requires_php"), most=64),
        tested=plain(said.get("tested"), most=64),
        last_updated=_moment(said.get("last_updated")),
        homepage=_address(said.get("homepage")),
        sections=_sections(said.get("sections")),
    )


def _number(value: object, *, most: int = MAX_NUMBER) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most:
        return None
    return int(value)


def _moment(value: object) -> datetime | None:
    text = plain(value, most=40) or ""
    for form in MOMENTS:
        with suppress(ValueError):
            return datetime.strptime(text, form).replace(tzinfo=timezone.utc)
    return None


def _address(value: object) -> str | None:
    """A web address that a link may lead to; nothing else is, a script least of all."""
    text = plain(value, most=500)
    return text if text and text.startswith(("https://", "http://")) and " " not in text else None


def _sections(value: object) -> Mapping[str, str]:
    said: dict[str, Any] = value if isinstance(value, dict) else {}
    texts = {name: said[name] for name in SECTIONS if isinstance(said.get(name), str)}
    found = {name: text_of(html[:MAX_SECTION_HTML])[:MAX_SECTION_CHARACTERS].rstrip() for name, html in texts.items()}
    return {name: text for name, text in found.items() if text}
