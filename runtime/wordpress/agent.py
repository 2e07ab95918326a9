"""The site agent over HTTP: signed control calls to the must-use plugin inside a site, bounded in time and in size."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import urlsplit

from aws_lambda_powertools import single_metric
from aws_lambda_powertools.metrics import MetricUnit

from runtime.observability import SERVICE, logger, metrics
from runtime.wordpress.exchange import Answer, Gateway, NotConnected, Request
from runtime.wordpress.port import SiteAddress, SiteFacts, WordPressFault
from runtime.wordpress.secrets import AgentSecrets
from runtime.wordpress.signing import NONCE_BYTES, signed_headers

CALL_SECONDS = 9.0
T = TypeVar("T")
ATTEMPTS, PAUSE_SECONDS, RETRY_NEEDS_SECONDS = 2, 0.3, 4.0
MAX_ANSWER_BYTES = 65_536
NOT_UNDERSTOOD = "The site's answer was not understood."


class HttpSiteAgent:
    """Calls the agents of all sites through the gateway, as the port in port.py says.

    ``now``, ``entropy`` and ``pause`` are those of the function's ports. ``seconds`` bounds a call with its second attempt.
    """

    def __init__(
        self,
        gateway: str,
        secrets: AgentSecrets,
        *,
        now: Callable[[], datetime],
        entropy: Callable[[int], bytes],
        pause: Callable[[float], None],
        seconds: float = CALL_SECONDS,
    ) -> None:
        self._gateway = Gateway(gateway)
        self._secrets = secrets
        self._now = now
        self._entropy = entropy
        self._pause = pause
        self._seconds = seconds

    def facts(self, site: SiteAddress) -> SiteFacts:
        """What the site is; asked again once when there is no connection or WordPress fails."""
        with _observed("facts", site):
            answer = self._control(site, "facts", {}, attempts=ATTEMPTS)
            if answer.get("siteId") != site.site_id:
                raise WordPressFault("Another site answered at this site's address.")
            return SiteFacts(
                site_id=site.site_id,
                wordpress_version=_field(answer, "wordpressVersion", str),
                php_version=_field(answer, "phpVersion", str),
                database_ok=_field(answer, "databaseOk", bool),
                safe_mode=_field(answer, "safeMode", bool),
            )

    def rename(self, site: SiteAddress, *, site_name: str) -> None:
        """Set the site's title; asked once, because a failed answer does not tell whether it was done."""
        with _observed("rename", site):
            answer = self._control(site, "rename", {"siteName": site_name}, attempts=1)
            _field(answer, "changed", bool)

    def front_page_status(self, site: SiteAddress) -> int:
        """The status of the home page, a redirect's too; asked again once when there is no connection or WordPress fails."""
        request = Request(method="GET", path="/", headers=_headers(site) | {"Accept": "text/html"})
        with _observed("frontPage", site):
            return self._ask(lambda: request, ATTEMPTS, self._deadline()).status

    def _control(self, site: SiteAddress, action: str, fields: Mapping[str, Any], *, attempts: int) -> dict[str, Any]:
        route = f"/bbws-agent/v1/{action}"
        body = json.dumps(fields).encode()

        def signed() -> Request:
            """Signed anew for every attempt, because a site takes each nonce only once."""
            proof = signed_headers(
                secret=self._secrets.secret(site.site_id),
                site_id=site.site_id,
                route=route,
                body=body,
                now=self._now(),
                nonce=self._entropy(NONCE_BYTES),
            )
            headers = _headers(site) | {"Accept": "application/json", "Content-Type": "application/json"} | proof
            return Request(method="POST", path=f"/wp-json{route}", headers=headers, body=body, reads=MAX_ANSWER_BYTES)

        return _understood(self._ask(signed, attempts, self._deadline()))

    def _ask(self, request: Callable[[], Request], attempts: int, deadline: float) -> Answer:
        def may_retry() -> bool:
            return attempts > 1 and deadline - time.monotonic() >= RETRY_NEEDS_SECONDS

        try:
            answer = self._gateway.exchange(request(), deadline)
            if answer.status < 500 or not may_retry():
                return answer
        except NotConnected:
            if not may_retry():
                raise
        self._pause(PAUSE_SECONDS)
        return self._ask(request, attempts - 1, deadline)

    def _deadline(self) -> float:
        return time.monotonic() + self._seconds


def _headers(site: SiteAddress) -> dict[str, str]:
    parts = urlsplit(site.url)
    # TLS ends before WordPress; without the scheme it would send every page of an https site on to itself.
    return {"Host": parts.netloc, "X-Forwarded-Proto": parts.scheme, "User-Agent": SERVICE}


def _understood(answer: Answer) -> dict[str, Any]:
    if 300 <= answer.status < 400:
        raise WordPressFault("The site answered with a redirect.")
    if answer.status == 401:
        raise WordPressFault("The site refused the platform's call.")
    if answer.status != 200:
        raise WordPressFault(f"The site answered with HTTP status {answer.status}.")
    try:
        fields = json.loads(answer.body)
    except (ValueError, RecursionError) as error:
        raise WordPressFault(NOT_UNDERSTOOD) from error
    if not isinstance(fields, dict):
        raise WordPressFault(NOT_UNDERSTOOD)
    return fields


def _field(answer: Mapping[str, Any], name: str, kind: type[T]) -> T:
    value = answer.get(name)
    if not isinstance(value, kind):
        raise WordPressFault(NOT_UNDERSTOOD)
    return value


@contextmanager
def _observed(action: str, site: SiteAddress) -> Iterator[None]:
    """Measure a call and log its fault; a metric of its own, so that none that is still being gathered gets its dimension."""
    started = time.monotonic()
    try:
        yield
    except WordPressFault as fault:
        logger.warning("A call of a site failed", action=action, siteId=site.site_id, reason=fault.detail, exc_info=True)
        raise
    finally:
        with single_metric(
            name="WordPressLatency",
            unit=MetricUnit.Milliseconds,
            value=round((time.monotonic() - started) * 1000, 3),
            namespace=metrics.provider.namespace,
            default_dimensions={"service": SERVICE, **metrics.default_dimensions},
        ) as metric:
            metric.add_dimension(name="action", value=action)
