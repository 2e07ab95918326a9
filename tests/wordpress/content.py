"""Content as plugins leave it in a database, made by PHP."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Iterable
from pathlib import Path

from tests.agent.php import json_from
from tests.wordpress.support import TestSite

SCRIPT = Path(__file__).with_name("content.php")
KEY = "_of_a_plugin"

Place = tuple[str, str]
"""An origin and a folder."""


def values(number: int, *, at: Place, elsewhere: Place) -> list[tuple[bytes, bytes]]:
    """Serialised values that are full of a place, each with what it would be had it been made elsewhere.

    The mail addresses in them are those of the first place in both.
    """
    made: list[tuple[str, str]] = json_from(SCRIPT, given={"from": at, "to": elsewhere, "values": number})
    return [(b64decode(one), b64decode(other)) for one, other in made]


def unreadable(serialised: Iterable[bytes]) -> list[str]:
    """Those that PHP cannot unserialise, as base64."""
    read = [b64encode(value).decode() for value in serialised]
    broken: list[str] = json_from(SCRIPT, given={"read": read})
    return broken


def place_of(site: TestSite) -> Place:
    """A site's origin and folder."""
    return site.url, str(site.places.folder)


def fill(site: TestSite, kept: list[bytes]) -> None:
    """Give a site a post for each value, which the post's meta holds."""
    posts, meta = [], []
    for number, value in enumerate(kept, start=1000):
        text = f'<p>See <a href="{site.url}/{number}/">here</a>, or {site.url}.</p>'
        posts.append(f"({number}, 1, '{text}', 'Post {number}', '', 'post-{number}', '', '', '', '{site.url}/?p={number}')")
        meta.append(f"({number}, '{KEY}', 0x{value.hex()})")
    columns = "ID, post_author, post_content, post_title, post_excerpt, post_name, to_ping, pinged, post_content_filtered, guid"
    site.sql(f"INSERT INTO wp_posts ({columns}) VALUES {', '.join(posts)}")
    site.sql(f"INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES {', '.join(meta)}")


def meta_of(site: TestSite) -> list[bytes]:
    """The values that the meta of a site's posts hold, in order."""
    rows = site.sql(f"SELECT HEX(meta_value) FROM wp_postmeta WHERE meta_key = '{KEY}' ORDER BY post_id")
    return [bytes.fromhex(row) for row in rows]
