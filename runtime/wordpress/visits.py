"""What a visitor gets of a page, and whether the page is whole."""

from __future__ import annotations

from runtime.wordpress.exchange import Answer
from runtime.wordpress.port import Visit

READ_BYTES = 512 * 1024
END_BYTES = 4096
"""Where the end of a page is looked for: what caches have to say follows it."""
LOCATION_CHARACTERS = 2048
ERROR_PAGE = b'id="error-page"'
"""The body of the page with which WordPress says that it cannot go on."""


def visit_of(answer: Answer) -> Visit:
    """What an answer is to a visitor; of a page that is longer than READ_BYTES, nobody says that it is not whole."""
    location = answer.headers.get("location")
    return Visit(
        status=answer.status,
        seconds=answer.seconds,
        whole=answer.is_cut or not _is_page(answer) or _is_whole(answer.body.lower()),
        location="".join(filter(str.isprintable, location[:LOCATION_CHARACTERS])) if location is not None else None,
    )


def _is_page(answer: Answer) -> bool:
    """Whether it is HTML to look at: a redirect's is never seen, and what is compressed cannot be read."""
    kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    return kind == "text/html" and not 300 <= answer.status < 400 and "content-encoding" not in answer.headers


def _is_whole(page: bytes) -> bool:
    # Once a page has begun, WordPress can only put its error page, which is whole, behind it.
    died = ERROR_PAGE in page and (page.count(b"<html") > 1 or not page.lstrip().startswith(b"<!doctype"))
    return b"</html" in page[-END_BYTES:] and not died
