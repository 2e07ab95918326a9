"""Visits of a site's pages: what is read of them, and which pages are whole."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from runtime.wordpress.agent import HttpSiteAgent
from runtime.wordpress.port import SiteAddress, Visit, WordPressTimeout
from runtime.wordpress.visits import READ_BYTES
from tests.runtime.fakes import World
from tests.runtime.wordpress.sites import Behaviour, Site, answers, drips, running, sleeps
from tests.runtime.wordpress.test_agent import ADDRESS, agent_of

HTML = "Content-Type: text/html; charset=UTF-8\r\n"
PAGE = b"<!DOCTYPE html>\n<html><head></head><body>Welcome</body>\n</html>\n<!-- cached -->"
ERROR_PAGE = b'<!DOCTYPE html>\n<html><body id="error-page"><div class="wp-die-message">Sorry</div></body></html>'


@pytest.fixture
def site() -> Iterator[Site]:
    with running() as site:
        yield site


@pytest.fixture
def agent(site: Site) -> HttpSiteAgent:
    return agent_of(site.origin, World())


def visited(site: Site, agent: HttpSiteAgent, behaviour: Behaviour) -> Visit:
    site.behaves(behaviour)
    return agent.visit(ADDRESS)


def test_a_page_is_asked_for_as_a_visitor_does(site: Site, agent: HttpSiteAgent) -> None:
    site.behaves(answers(200, PAGE, HTML))

    visit = agent.visit(SiteAddress(site_id=ADDRESS.site_id, url=ADDRESS.url), "/wp-login.php")

    (received,) = site.received
    assert received.line == "GET /wp-login.php HTTP/1.1"
    assert received.headers["host"] == "shop.sites.example:8443"
    assert not [name for name in received.headers if name.startswith("x-bbws")]
    assert visit == Visit(status=200, seconds=visit.seconds)
    assert 0 < visit.seconds < 9


@pytest.mark.parametrize("status", [200, 301, 404, 500, 503])
def test_the_status_is_told_whatever_it_is(site: Site, agent: HttpSiteAgent, status: int) -> None:
    visit = visited(site, agent, answers(status, PAGE, HTML))

    assert (visit.status, visit.is_good) == (status, status < 400)


def test_a_redirect_is_told_and_not_followed(site: Site, agent: HttpSiteAgent) -> None:
    visit = visited(site, agent, answers(302, b"", headers=f"{HTML}Location: https://elsewhere.example/\r\n"))

    assert (visit.status, visit.location, visit.is_good) == (302, "https://elsewhere.example/", True)
    assert len(site.received) == 1


def test_a_redirect_s_target_is_bounded_and_printable(site: Site, agent: HttpSiteAgent) -> None:
    visit = visited(site, agent, answers(302, b"", headers=f"Location: /\x1b[31m{'x' * 9000}\r\n"))

    assert visit.location
    assert visit.location.startswith("/[31mx")
    assert len(visit.location) <= 2048


PAGES: dict[str, tuple[bool, bytes, str]] = {
    "a page": (True, PAGE, HTML),
    "upper case": (True, PAGE.upper(), HTML),
    "an error page by itself": (True, ERROR_PAGE, HTML),
    "no page at all": (True, b'{"name": "Shop"}', "Content-Type: application/json\r\n"),
    "of no known kind": (True, b"Welcome", ""),
    "compressed": (True, b"\x1f\x8b\x08", f"{HTML}Content-Encoding: gzip\r\n"),
    "longer than is read": (True, b"<html>" + b"x" * READ_BYTES, HTML),
    "empty": (False, b"", HTML),
    "broken off": (False, PAGE.partition(b"</body>")[0], HTML),
    "an end long before the end": (False, PAGE + b"x" * 5000, HTML),
    "an error page behind its beginning": (False, PAGE.partition(b"Welcome")[0] + ERROR_PAGE, HTML),
    "an error page behind a warning": (False, b"Warning: x" + ERROR_PAGE, HTML),
}


@pytest.mark.parametrize(("whole", "body", "headers"), PAGES.values(), ids=PAGES)
def test_a_page_is_whole_unless_it_is_seen_to_break_off(
    site: Site, agent: HttpSiteAgent, whole: bool, body: bytes, headers: str
) -> None:
    visit = visited(site, agent, answers(200, body, headers))

    assert (visit.whole, visit.is_good) == (whole, whole)


def test_a_page_without_an_end_is_read_as_far_as_pages_are(site: Site, agent: HttpSiteAgent) -> None:
    head = f"HTTP/1.1 200 OK\r\n{HTML}\r\n<html>".encode()

    assert visited(site, agent, drips(head + b"x" * READ_BYTES)).is_good


def test_a_visit_may_be_given_less_time_and_is_then_made_once(site: Site, agent: HttpSiteAgent) -> None:
    site.behaves(sleeps(5))

    with pytest.raises(WordPressTimeout):
        agent.visit(ADDRESS, seconds=0.2)

    site.behaves(answers(500, PAGE, HTML), answers(200, PAGE, HTML))
    assert agent.visit(ADDRESS, seconds=5).status == 500


def test_vitals_may_be_given_less_time(site: Site, agent: HttpSiteAgent) -> None:
    site.behaves(sleeps(5))

    with pytest.raises(WordPressTimeout):
        agent.vitals(ADDRESS, seconds=0.2)
