"""A stage from outside: the API without an account, and the sites' load balancer without a site."""

from __future__ import annotations

import base64
import json
import secrets
import socket
import ssl
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timezone
from functools import partial
from typing import Any

import urllib3

from ops.smoke.check import Check, check, wanted
from stacks.hosting_balancers import AGENT_PATH, ENVIRONMENTS

CALL_SECONDS = 10
PROBLEM = "application/problem+json"
STRANGER = "https://stranger.example"
LOAD_BALANCER = "awselb"
"""How a load balancer names itself in what it answers itself."""


@dataclass(frozen=True, kw_only=True)
class Api:
    """The API as somebody sees it who has no account."""

    url: str
    origins: tuple[str, ...]
    pool: urllib3.PoolManager = field(
        default_factory=lambda: urllib3.PoolManager(timeout=CALL_SECONDS, retries=urllib3.Retry(connect=2, read=0, redirect=0))
    )

    def checks(self) -> Iterator[Check]:
        """From the gateway to the table."""
        yield check("API without a token", lambda: self._status(401, "GET", "/"))
        yield check("API with a forged token", lambda: self._status(401, "GET", "/", authorization=f"Bearer {_forged_token()}"))
        yield check("API at an unknown path", lambda: self._problem(404, "NOT_FOUND", "GET", "/smoke/test"))
        invented = json.dumps({"token": secrets.token_urlsafe(32)})
        yield check(
            "API with an invented invitation, as far as the table",
            lambda: self._problem(404, "INVITATION_NOT_FOUND", "POST", "/invitations/decline", body=invented),
        )
        for origin in self.origins:
            yield check(f"CORS for {origin}", partial(self._allowed, origin))
        yield check("CORS for a stranger", self._stranger_refused)

    def _call(self, method: str, path: str, body: str | None = None, **headers: str) -> urllib3.BaseHTTPResponse:
        sent = {"content-type": "application/json"} if body else {}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        return self.pool.request(method, self.url + path, body=body, headers=sent)

    def _status(self, status: int, method: str, path: str, **headers: str) -> str:
        answer = self._call(method, path, **headers)
        return wanted(answer.status == status, f"{answer.status} {_text(answer)}".strip())

    def _problem(self, status: int, code: str, method: str, path: str, body: str | None = None) -> str:
        answer = self._call(method, path, body)
        is_problem = answer.headers.get("content-type", "").startswith(PROBLEM)
        said = json.loads(answer.data).get("code") if is_problem else None
        return wanted((answer.status, said) == (status, code), f"{answer.status} {said or _text(answer)}")

    def _preflight(self, origin: str) -> str | None:
        asked = {"access_control_request_method": "POST", "access_control_request_headers": "authorization,content-type"}
        return self._call("OPTIONS", "/tenants/smoke/sites", origin=origin, **asked).headers.get("access-control-allow-origin")

    def _allowed(self, origin: str) -> str:
        allowed = self._preflight(origin)
        return wanted(allowed == origin, f"allowed is {allowed or 'nobody'}")

    def _stranger_refused(self) -> str:
        allowed = self._preflight(STRANGER)
        return wanted(allowed is None, f"allowed is {allowed or 'nobody'}")


@dataclass(frozen=True, kw_only=True)
class Sites:
    """The sites' side of a stage as visitors reach it: ``address`` is the public load balancer's, with or without a port."""

    domain: str
    address: str
    tls: ssl.SSLContext = field(default_factory=ssl.create_default_context)

    def checks(self) -> Iterator[Check]:
        """The certificate for each kind of name, and what is not to be had."""
        for labels in ENVIRONMENTS.values():
            yield check(f"TLS of {labels}{self.domain}", partial(self._certificate, self._unknown(labels)))
        yield check("a site that is none", self._no_site)
        yield check("the agents' path, which the load balancer refuses", self._no_agent)

    def _unknown(self, labels: str) -> str:
        """The name of no site, made of labels of which the first is a wildcard."""
        return f"{labels.replace('*', f'smoke-{secrets.token_hex(4)}')}{self.domain}"

    @property
    def _host_and_port(self) -> tuple[str, int]:
        host, _, port = self.address.partition(":")
        return host, int(port or 443)

    def _certificate(self, name: str) -> str:
        """Who does not verify for this name fails here, as a browser does."""
        with (
            socket.create_connection(self._host_and_port, timeout=CALL_SECONDS) as plain,
            self.tls.wrap_socket(plain, server_hostname=name) as secure,
        ):
            expires: Any = (secure.getpeercert() or {})["notAfter"]
        ends = datetime.fromtimestamp(ssl.cert_time_to_seconds(expires), timezone.utc)
        return f"valid until {ends:%Y-%m-%d}"

    def _get(self, path: str) -> urllib3.BaseHTTPResponse:
        name, (host, port) = self._unknown("*."), self._host_and_port
        with urllib3.HTTPSConnectionPool(
            host, port, timeout=CALL_SECONDS, retries=False, ssl_context=self.tls, server_hostname=name, assert_hostname=name
        ) as pool:
            return pool.request("GET", path, headers={"Host": name})

    def _no_site(self) -> str:
        answer = self._get("/")
        return wanted(answer.status == 404, f"{answer.status} {_text(answer)}".strip())

    def _no_agent(self) -> str:
        answer = self._get(AGENT_PATH.replace("*", "v1/health"))
        server = answer.headers.get("server", "nobody")
        return wanted(answer.status == 404 and server.startswith(LOAD_BALANCER), f"{answer.status} from {server}")


def _text(answer: urllib3.BaseHTTPResponse) -> str:
    return answer.data.decode(errors="replace")[:80].strip()


def _forged_token() -> str:
    """A token as a user pool would give it, signed by nobody."""
    claims = {
        "sub": "smoke",
        "cognito:groups": ["STAFF"],
        "email_verified": True,
        "exp": int(time.time()) + 300,
        "token_use": "id",
    }
    parts = [json.dumps({"alg": "RS256", "kid": "forged"}).encode(), json.dumps(claims).encode(), secrets.token_bytes(256)]
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)
