"""The site agent over HTTP: signed control calls to the must-use plugin inside a site, bounded in time and in size."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from aws_lambda_powertools import single_metric
from aws_lambda_powertools.metrics import MetricUnit

from runtime.observability import SERVICE, logger, metrics
from runtime.wordpress import answers
from runtime.wordpress.exchange import Answer, Gateway, NotConnected, Request
from runtime.wordpress.port import InstalledPlugin, SiteAddress, SiteFacts, SiteVitals, Visit, WordPressFault
from runtime.wordpress.secrets import AgentSecrets
from runtime.wordpress.signing import NONCE_BYTES, signed_headers
from runtime.wordpress.visits import READ_BYTES, visit_of

CALL_SECONDS, UPDATE_SECONDS = 9.0, 25.0
ATTEMPTS, PAUSE_SECONDS, RETRY_NEEDS_SECONDS = 2, 0.3, 4.0
MAX_ANSWER_BYTES = 262_144
"""Room for the longest list of plugins that is taken."""


class HttpSiteAgent:
    """Calls the agents of all sites through the gateway, as the port in port.py says.

    ``now``, ``entropy`` and ``pause`` are those of the function's ports. ``seconds`` bounds a call with its second attempt,
    ``update_seconds`` an update of a plugin.
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
        update_seconds: float = UPDATE_SECONDS,
    ) -> None:
        self._gateway = Gateway(gateway)
        self._secrets = secrets
        self._now = now
        self._entropy = entropy
        self._pause = pause
        self._seconds = seconds
        self._update_seconds = update_seconds

    def facts(self, site: SiteAddress) -> SiteFacts:
        """What the site is; asked again once when there is no connection or WordPress fails."""
        with _observed("facts", site):
            return answers.facts(self._said(site, "facts"), site.site_id)

    def rename(self, site: SiteAddress, *, site_name: str) -> None:
        """Set the site's title; asked once, because a failed answer does not tell whether it was done."""
        with _observed("rename", site):
            answers.changed(self._said(site, "rename", {"siteName": site_name}, attempts=1))

    def visit(self, site: SiteAddress, path: str = "/", *, seconds: float | None = None) -> Visit:
        """A page as a visitor gets it, a redirect too; asked again once as facts are, but not when ``seconds`` bounds it."""
        headers = _headers(site) | {"Accept": "text/html,*/*;q=0.8"}
        request = Request(method="GET", path=path, headers=headers, reads=READ_BYTES, cuts=True)
        with _observed("visit", site):
            return visit_of(self._ask(lambda: request, ATTEMPTS if seconds is None else 1, self._deadline(seconds)))

    def vitals(self, site: SiteAddress, *, seconds: float | None = None) -> SiteVitals:
        """How the site is from inside, asked once."""
        with _observed("vitals", site):
            return answers.vitals(self._said(site, "vitals", attempts=1, seconds=seconds), site.site_id)

    def plugins(self, site: SiteAddress, *, fresh: bool = False) -> tuple[InstalledPlugin, ...]:
        """The plugins; asked again once as facts are."""
        with _observed("plugins", site):
            return answers.plugins(self._said(site, "plugins", {"fresh": fresh}))

    def update_plugin(self, site: SiteAddress, *, plugin_id: str, version: str, package: str) -> None:
        """Put a version in place of another, asked once: the site may still be at it when there is no answer in time."""
        fields = {"pluginId": plugin_id, "version": version, "package": package}
        with _observed("updatePlugin", site):
            answers.changed(self._change(site, "update-plugin", fields, seconds=self._update_seconds))

    def toggle_plugin(self, site: SiteAddress, *, plugin_id: str, active: bool) -> bool:
        """Have a plugin active or not, asked once."""
        with _observed("togglePlugin", site):
            return answers.changed(self._change(site, "toggle-plugin", {"pluginId": plugin_id, "isActive": active}))

    def confirm_plugin(self, site: SiteAddress, *, plugin_id: str) -> None:
        """End a plugin's probation; asked again once as facts are, for it is the same twice."""
        with _observed("confirmPlugin", site):
            answers.changed(self._change(site, "confirm-plugin", {"pluginId": plugin_id}, attempts=ATTEMPTS))

    def thaw(self, site: SiteAddress) -> None:
        """Let visitors change things again; asked again once as facts are, for it is the same twice."""
        with _observed("thaw", site):
            answers.changed(self._said(site, "thaw"))

    def _said(
        self,
        site: SiteAddress,
        action: str,
        fields: Mapping[str, Any] | None = None,
        *,
        attempts: int = ATTEMPTS,
        seconds: float | None = None,
    ) -> dict[str, Any]:
        return answers.understood(self._control(site, action, fields or {}, attempts=attempts, seconds=seconds))

    def _change(
        self, site: SiteAddress, action: str, fields: Mapping[str, Any], *, attempts: int = 1, seconds: float | None = None
    ) -> dict[str, Any]:
        """The answer to what changes plugins, which a site may refuse."""
        answer = self._control(site, action, fields, attempts=attempts, seconds=seconds)
        answers.raise_refusal(answer)
        return answers.understood(answer)

    def _control(
        self, site: SiteAddress, action: str, fields: Mapping[str, Any], *, attempts: int, seconds: float | None = None
    ) -> Answer:
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

        return self._ask(signed, attempts, self._deadline(seconds))

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

    def _deadline(self, seconds: float | None) -> float:
        return time.monotonic() + (self._seconds if seconds is None else seconds)


def _headers(site: SiteAddress) -> dict[str, str]:
    parts = urlsplit(site.url)
    # TLS ends before WordPress; without the scheme it would send every page of an https site on to itself.
    return {"Host": parts.netloc, "X-Forwarded-Proto": parts.scheme, "User-Agent": SERVICE}


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
