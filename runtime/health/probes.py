"""The look at a site: four questions asked beside one another, and what their answers come to."""

from __future__ import annotations

import time
from concurrent.futures import Future
from dataclasses import replace
from datetime import datetime
from typing import TypeVar
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from runtime.beside import awaited, begun
from runtime.health.certificates import Certificate, Certificates, CertificateUnknown
from runtime.health.defaults import CATALOGUE_SECONDS, MAX_REDIRECTS, PROBE_SECONDS
from runtime.health.domain import Observation
from runtime.health.observing import Silence, of_certificate, of_home, of_plugins, of_rest_api, of_vitals
from runtime.health.vulnerable import endangered
from runtime.observability import logger
from runtime.ports import Ports
from runtime.sites.domain import Site
from runtime.table.port import Table
from runtime.wordpress.port import SiteAddress, SiteAgent, SiteVitals, Visit, WordPressFault, WordPressTimeout

T = TypeVar("T")
REST_INDEX = "/wp-json/"
PORTS = {"http": 80, "https": 443}
PLAIN = "/%:@!$&'()*+,;=~-._"
"""What a path or a query may hold as it is (RFC 3986)."""

LATE = Silence("The site did not answer in time.", late=True)
OURS = Silence("It could not be looked at, for a reason of ours.", ours=True)
ELSEWHERE = "The home page sends visitors to another address, which was not followed."
IN_CIRCLES = f"The home page redirects more than {MAX_REDIRECTS} times."


class LedAstray(WordPressFault):
    """The home page leads visitors on to where nobody follows."""


def look_at(site: Site, ports: Ports, certificates: Certificates, *, started: float, now: datetime) -> list[Observation]:
    """Ask all four at once, and the catalogue of the plugins that are found; over 4.7 s after ``started``, whatever they do.

    ``started`` is in seconds of time.monotonic. Nothing that a site does, and nothing that is asked, raises anything.
    """
    agent, address, deadline = ports.agent, SiteAddress(site_id=site.site_id, url=site.url), started + PROBE_SECONDS
    home = begun(lambda: _home(agent, address, deadline))
    rest_api = begun(lambda: agent.visit(address, REST_INDEX, seconds=_left(deadline)))
    inside = begun(lambda: agent.vitals(address, seconds=_left(deadline)))
    secured = begun(lambda: _certificate(address, certificates, deadline))
    awaited(deadline, home, rest_api, inside, secured)
    page, index, vitals, certificate = _answer_of(home), _answer_of(rest_api), _answer_of(inside), _answer_of(secured)
    return [
        *of_home(page),
        of_rest_api(index),
        *of_vitals(vitals),
        _plugins(ports.table, vitals, started + CATALOGUE_SECONDS),
        of_certificate(certificate, now),
    ]


def _plugins(table: Table, vitals: SiteVitals | Silence, deadline: float) -> Observation:
    """Which of the plugins the catalogue warns of; that it is slow is no fault of the site's."""
    if isinstance(vitals, Silence):
        return of_plugins(vitals)
    looked_up = begun(lambda: endangered(table, vitals.plugins))
    awaited(deadline, looked_up)
    found = _answer_of(looked_up, late=OURS)
    return of_plugins(found)


def _answer_of(future: Future[T], *, late: Silence = LATE) -> T | Silence:
    """What a call gave, or why it gave nothing. A fault of ours is logged, and is no fault of the site's."""
    if not future.done():
        return late
    try:
        return future.result()
    except WordPressFault as fault:
        return Silence(fault.detail, late=isinstance(fault, WordPressTimeout))
    except CertificateUnknown as unknown:
        return Silence(unknown.detail)
    except Exception:
        logger.exception("A look at a site failed unexpectedly")
        return OURS


def _home(agent: SiteAgent, address: SiteAddress, deadline: float) -> Visit:
    """The home page, its redirects followed within the site and nowhere else; raises WordPressFault."""
    path, seconds = "/", 0.0
    for _ in range(MAX_REDIRECTS + 1):
        visit = agent.visit(address, path, seconds=_left(deadline))
        seconds += visit.seconds
        if not 300 <= visit.status < 400:
            return replace(visit, seconds=seconds)
        path = _path_within(address.url, path, visit.location or "")
    raise LedAstray(IN_CIRCLES)


def _path_within(url: str, path: str, location: str) -> str:
    """Where a redirect leads within the site; raises LedAstray for one that leads out of it, or nowhere."""
    try:
        target = urlsplit(urljoin(f"{url}{path}", location))
        inside = bool(location) and _origin(target) == _origin(urlsplit(url))
    except ValueError as error:
        raise LedAstray(ELSEWHERE) from error
    if not inside:
        raise LedAstray(ELSEWHERE)
    query = f"?{quote(target.query, safe=f'{PLAIN}?')}" if target.query else ""
    return f"{quote(target.path, safe=PLAIN) or '/'}{query}"


def _origin(parts: SplitResult) -> tuple[str, str | None, int | None]:
    return parts.scheme, parts.hostname, parts.port or PORTS.get(parts.scheme)


def _certificate(address: SiteAddress, certificates: Certificates, deadline: float) -> Certificate | None:
    """The site's certificate, None where it needs none; raises CertificateUnknown."""
    parts = urlsplit(address.url)
    if parts.scheme != "https":
        return None
    return certificates.look(parts.hostname or "", parts.port or PORTS["https"], deadline=deadline)


def _left(deadline: float) -> float:
    return max(deadline - time.monotonic(), 0.001)
