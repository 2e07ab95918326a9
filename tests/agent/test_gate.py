"""The agent's gate: the platform's calls pass, each once, and nothing else does."""

from __future__ import annotations

import hmac
import json
from datetime import datetime, timezone
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from runtime.wordpress.signing import signed_headers
from tests.agent.php import SOURCES, json_from, of_class, php

HERE = Path(__file__).parent
VECTORS = json.loads((HERE / "signatures.json").read_text())
SITE_ID = "site-0199c0de-0000-7000-8000-000000000001"
SECRET, PREVIOUS = "current-" + "c" * 35, "previous-" + "p" * 34
NOW = 1_795_426_215
MAX_BODY_BYTES = 32_768


def call(
    *,
    action: str = "facts",
    body: str = "{}",
    secret: str = SECRET,
    site_id: str = SITE_ID,
    sent: int = NOW,
    nonce: bytes = bytes(16),
) -> dict[str, Any]:
    """A call as the portal signs it."""
    route = f"/bbws-agent/v1/{action}"
    moment = datetime.fromtimestamp(sent, timezone.utc)
    headers = signed_headers(secret=secret, site_id=site_id, route=route, body=body.encode(), now=moment, nonce=nonce)
    names = {"timestamp": "X-Bbws-Timestamp", "nonce": "X-Bbws-Nonce", "signature": "X-Bbws-Signature"}
    signed = {"method": "POST", "target": f"/wp-json{route}", "body": body}
    return signed | {name: headers[header] for name, header in names.items()}


def answer(*requests: dict[str, Any], secrets: tuple[Any, ...] = (SECRET, None), site_id: str = SITE_ID) -> Any:
    given = {"siteId": site_id, "secrets": secrets, "now": NOW, "requests": requests}
    return json_from(HERE / "gate.php", given=given)


def admitted(*requests: dict[str, Any], secrets: tuple[Any, ...] = (SECRET, None)) -> list[str | None]:
    """The action that each request was admitted for."""
    found: list[str | None] = answer(*requests, secrets=secrets)["admitted"]
    return found


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.name)
def test_the_agent_is_php_that_declares_its_types_strict(source: Path) -> None:
    ran = php("-l", source)

    assert (ran.returncode, ran.stderr) == (0, ""), ran.stdout
    assert "declare(strict_types=1);" in source.read_text()


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_the_agent_makes_the_signature_both_sides_agreed_on(vector: dict[str, str]) -> None:
    ours = "of($given[0], $given[1], 'POST', $given[2], $given[3], $given[4], $given[5])"
    parts = [vector[name] for name in ("secret", "siteId", "route", "timestamp", "nonce", "body")]

    assert of_class("Signature", ours, given=parts) == vector["signature"]


def test_a_call_of_the_platform_is_admitted() -> None:
    assert admitted(call(), call(action="rename", body='{"siteName": "Grüße"}', nonce=b"1" * 16)) == ["facts", "rename"]


CHANGED = {
    "another body": {"body": '{"a": 1}'},
    "another action": {"target": "/wp-json/bbws-agent/v1/rename"},
    "another time": {"timestamp": str(NOW + 1)},
    "another nonce": {"nonce": "1" * 32},
    "another signature": {"signature": "v1=" + "0" * 64},
    "no signature": {"signature": ""},
    "no nonce": {"nonce": ""},
    "no timestamp": {"timestamp": ""},
    "no version": {"signature": call()["signature"].removeprefix("v1=")},
    "a line after the signature": {"signature": call()["signature"] + "\n"},
    "GET": {"method": "GET"},
    "lower-case method": {"method": "post"},
    "a query string": {"target": "/wp-json/bbws-agent/v1/facts?x=1"},
    "an empty query string": {"target": "/wp-json/bbws-agent/v1/facts?"},
    "another spelling of the path": {"target": "/wp-json//bbws-agent/v1/facts"},
    "an encoded path": {"target": "/wp-json/bbws-agent/v1/%66acts"},
    "a slash at the end": {"target": "/wp-json/bbws-agent/v1/facts/"},
    "a line after the path": {"target": "/wp-json/bbws-agent/v1/facts\n"},
    "an older version of the path": {"target": "/wp-json/bbws-agent/v0/facts"},
}


@pytest.mark.parametrize("changed", CHANGED.values(), ids=CHANGED)
def test_a_call_that_was_changed_is_refused_and_spends_no_nonce(changed: dict[str, Any]) -> None:
    given = answer(call() | changed)

    assert given == {"admitted": [None], "spent": {}}


MALFORMED = {
    "a nonce of other letters": call(nonce=b"\xaa" * 16) | {"nonce": "A" * 32},
    "a time with a sign": call() | {"timestamp": f"+{NOW}"},
    "a time with a fraction": call() | {"timestamp": f"{NOW}.0"},
}


@pytest.mark.parametrize("request_", MALFORMED.values(), ids=MALFORMED)
def test_what_is_malformed_is_refused_even_when_it_is_signed(request_: dict[str, Any]) -> None:
    resigned = sign_as_it_is(request_)

    assert admitted(resigned) == [None]
    assert admitted(sign_as_it_is(call())) == ["facts"]


def sign_as_it_is(request: dict[str, Any]) -> dict[str, Any]:
    """The request with a signature that fits, however odd it is."""
    digest = sha256(request["body"].encode()).hexdigest()
    route = request["target"].removeprefix("/wp-json")
    text = "\n".join(["v1", SITE_ID, request["method"], route, request["timestamp"], request["nonce"], digest])
    return request | {"signature": "v1=" + hmac.new(SECRET.encode(), text.encode(), sha256).hexdigest()}


def test_the_calls_of_another_site_are_refused() -> None:
    assert admitted(call(site_id=SITE_ID[:-1] + "2")) == [None]


@pytest.mark.parametrize(("age", "passes"), [(0, True), (300, True), (301, False), (-300, True), (-301, False), (10**9, False)])
def test_a_call_is_fresh_for_300_seconds(age: int, passes: bool) -> None:
    assert admitted(call(sent=NOW - age)) == ["facts" if passes else None]


def test_a_call_is_admitted_once_and_its_nonce_known_for_as_long_as_it_is_fresh() -> None:
    sent = NOW + 300
    given = answer(call(sent=sent), call(sent=sent) | {"at": NOW + 600})

    assert given == {"admitted": ["facts", None], "spent": {"0" * 32: sent + 300}}


def test_while_secrets_are_rotated_both_are_accepted() -> None:
    both, other = (SECRET, PREVIOUS), "other-" + "o" * 37
    calls = [call(secret=secret, nonce=bytes([number]) * 16) for number, secret in enumerate((SECRET, PREVIOUS, other))]

    assert admitted(*calls, secrets=both) == ["facts", "facts", None]
    assert admitted(*calls, secrets=(SECRET, None)) == ["facts", None, None]


@pytest.mark.parametrize("secret", ["", "x", "x" * 31])
def test_what_is_too_short_to_be_a_secret_admits_nobody(secret: str) -> None:
    assert admitted(call(secret=secret), secrets=(secret, secret)) == [None]


def test_a_site_without_a_secret_admits_nobody() -> None:
    assert admitted(call(secret=""), secrets=(None, None)) == [None]


@pytest.mark.parametrize(("size", "passes"), [(MAX_BODY_BYTES, True), (MAX_BODY_BYTES + 1, False)])
def test_a_body_is_bounded(size: int, passes: bool) -> None:
    assert admitted(call(body="x" * size)) == ["facts" if passes else None]


@pytest.mark.parametrize(
    ("target", "is_for_agent"),
    [
        ("/wp-json/bbws-agent/v1/facts", True),
        ("/wp-json/bbws-agent", True),
        ("/wp-json/bbws-agent/?p=5", True),
        ("/shop/../wp-json//bbws-agent/v1/facts", True),
        ("/wp-json/%62bws-agent/v1/facts", True),
        ("/wp-json/x/..%2Fbbws-agent%2F", True),
        ("/", False),
        ("/wp-json/wp/v2/plugins", False),
        ("/bbws-agents/", False),
    ],
)
def test_the_agent_takes_every_spelling_that_a_web_server_could_mean_it_by(target: str, is_for_agent: bool) -> None:
    assert of_class("Request", "isForAgent($given)", given=target) is is_for_agent
