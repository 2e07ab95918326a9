"""The site agent's adapter: what it asks, what it makes of whatever comes back, and that it is always over in time."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from runtime.wordpress import agent as adapter
from runtime.wordpress import answers as reading
from runtime.wordpress.agent import HttpSiteAgent
from runtime.wordpress.port import SiteAddress, SiteFacts, WordPressFault, WordPressTimeout
from runtime.wordpress.signing import signed_headers
from tests.runtime.conftest import Log
from tests.runtime.fakes import World
from tests.runtime.wordpress.sites import Behaviour, Site, answers, drips, running, sends, sleeps, tls_server

SITE_ID = "site-0199c0de-0000-7000-8000-000000000001"
ADDRESS = SiteAddress(site_id=SITE_ID, url="https://shop.sites.example:8443")
FACTS = {"siteId": SITE_ID, "wordpressVersion": "7.1.1", "phpVersion": "8.2.36", "databaseOk": True, "safeMode": False}
SECRET = "s" * 43
PACKAGE = "https://downloads.wordpress.org/plugin/shop.2.0.zip"
ALL = FACTS | {"changed": True, "plugins": [], "updatesChecked": True}
"""What every control call understands."""


class Secrets:
    """One secret for every site."""

    def secret(self, site_id: str) -> str:
        return SECRET


@dataclass
class Waits(World):
    """A world that counts how long it was asked to pause."""

    paused: list[float] = field(default_factory=list)

    def pause(self, seconds: float) -> None:
        self.paused.append(seconds)


@pytest.fixture
def site() -> Iterator[Site]:
    with running() as site:
        yield site


@pytest.fixture
def world() -> Waits:
    return Waits()


def agent_of(origin: str, world: World, **bounds: float) -> HttpSiteAgent:
    secrets: Any = Secrets()
    return HttpSiteAgent(origin, secrets, now=world.now, entropy=world.entropy, pause=world.pause, **bounds)


@pytest.fixture
def agent(site: Site, world: Waits) -> HttpSiteAgent:
    return agent_of(site.origin, world)


CALLS: dict[str, Callable[[HttpSiteAgent], object]] = {
    "facts": lambda agent: agent.facts(ADDRESS),
    "rename": lambda agent: agent.rename(ADDRESS, site_name="Shop"),
    "visit": lambda agent: agent.visit(ADDRESS),
    "vitals": lambda agent: agent.vitals(ADDRESS),
    "plugins": lambda agent: agent.plugins(ADDRESS),
    "updatePlugin": lambda agent: agent.update_plugin(ADDRESS, plugin_id="shop", version="2.0", package=PACKAGE),
    "togglePlugin": lambda agent: agent.toggle_plugin(ADDRESS, plugin_id="shop", active=True),
    "confirmPlugin": lambda agent: agent.confirm_plugin(ADDRESS, plugin_id="shop"),
    "thaw": lambda agent: agent.thaw(ADDRESS),
}
CONTROL = [name for name in CALLS if name != "visit"]
TWICE = ["facts", "visit", "plugins", "confirmPlugin", "thaw"]
"""What may be asked again: it reads, or is the same twice."""
ONCE = [name for name in CALLS if name not in TWICE]
every_call = pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
every_control_call = pytest.mark.parametrize("call", [CALLS[name] for name in CONTROL], ids=CONTROL)


def test_facts_are_what_the_site_says_of_itself(site: Site, agent: HttpSiteAgent) -> None:
    site.behaves(answers(body=FACTS))

    facts = agent.facts(ADDRESS)

    assert facts == SiteFacts(
        site_id=SITE_ID, wordpress_version="7.1.1", php_version="8.2.36", database_ok=True, safe_mode=False
    )


def test_a_control_call_names_the_site_as_host_and_is_signed(site: Site, agent: HttpSiteAgent) -> None:
    site.behaves(answers(body={"changed": True}))

    agent.rename(ADDRESS, site_name="Grüße")

    (received,) = site.received
    world = World()
    proof = signed_headers(
        secret=SECRET,
        site_id=SITE_ID,
        route="/bbws-agent/v1/rename",
        body=received.body,
        now=world.now(),
        nonce=world.entropy(16),
    )
    assert received.line == "POST /wp-json/bbws-agent/v1/rename HTTP/1.1"
    assert json.loads(received.body) == {"siteName": "Grüße"}
    assert received.headers["host"] == "shop.sites.example:8443"
    assert received.headers["x-forwarded-proto"] == "https"
    assert {name: received.headers[name.lower()] for name in proof} == proof


@every_call
@pytest.mark.parametrize(
    "behaviour",
    [
        sends(b""),
        sends(b"rubbish\r\n\r\n"),
        sends(b"HTTP/1.1 OK 200\r\n\r\n"),
        sends(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 1000),
    ],
    ids=["nothing", "no HTTP", "no status", "endless head"],
)
def test_an_answer_broken_off_is_a_fault(
    site: Site, agent: HttpSiteAgent, call: Callable[[HttpSiteAgent], object], behaviour: Behaviour
) -> None:
    site.behaves(behaviour)

    with pytest.raises(WordPressFault, match=r"^The site broke its answer off\.$"):
        call(agent)
    assert len(site.received) == 1


RUBBISH = {
    "HTML": answers(body=b"<!DOCTYPE html><p>There has been a critical error on this website.</p>"),
    "nothing": answers(body=b""),
    "a list": answers(body=[FACTS]),
    "null": answers(body=None),
    "an empty object": answers(body={}),
    "other types": answers(body={"siteId": SITE_ID, "wordpressVersion": 7, "databaseOk": "yes", "changed": "no"}),
    "no UTF-8": answers(body=b'{"siteId": "\xff"}'),
    "deep nesting": answers(body=b"[" * 200_000),
    "a notice before it": answers(body=b"<b>Warning</b>: x in /srv/a.php" + json.dumps(FACTS).encode()),
}


@every_control_call
@pytest.mark.parametrize("behaviour", RUBBISH.values(), ids=RUBBISH)
def test_rubbish_is_a_fault_that_repeats_none_of_it(
    site: Site, agent: HttpSiteAgent, call: Callable[[HttpSiteAgent], object], behaviour: Behaviour
) -> None:
    site.behaves(behaviour)

    with pytest.raises(WordPressFault) as fault:
        call(agent)

    assert fault.value.detail in (reading.NOT_UNDERSTOOD, reading.ANOTHER_SITE)


def test_facts_of_another_site_are_a_fault(site: Site, agent: HttpSiteAgent) -> None:
    site.behaves(answers(body=FACTS | {"siteId": SITE_ID[:-1] + "2"}))

    with pytest.raises(WordPressFault, match="Another site"):
        agent.facts(ADDRESS)


@every_control_call
def test_a_redirect_is_a_fault_and_not_followed(
    site: Site, agent: HttpSiteAgent, call: Callable[[HttpSiteAgent], object]
) -> None:
    site.behaves(answers(302, b"", headers="Location: /wp-admin/install.php\r\n"), answers(body=ALL))

    with pytest.raises(WordPressFault, match="redirect"):
        call(agent)
    assert len(site.received) == 1


@every_control_call
@pytest.mark.parametrize(
    ("status", "said"), [(401, "refused the platform's call"), (404, "HTTP status 404"), (400, "HTTP status 400")]
)
def test_a_refusal_is_a_fault_that_is_not_tried_again(
    site: Site, agent: HttpSiteAgent, call: Callable[[HttpSiteAgent], object], status: int, said: str
) -> None:
    site.behaves(answers(status, {"code": "unauthorized"}))

    with pytest.raises(WordPressFault, match=said):
        call(agent)
    assert len(site.received) == 1


@pytest.mark.parametrize(
    "behaviour",
    [answers(body=b"{" + b" " * adapter.MAX_ANSWER_BYTES), drips(b"HTTP/1.1 200 OK\r\n\r\n" + b" " * adapter.MAX_ANSWER_BYTES)],
    ids=["as long as it says", "without an end"],
)
def test_an_overlong_answer_is_a_fault_and_not_read_to_its_end(site: Site, agent: HttpSiteAgent, behaviour: Behaviour) -> None:
    site.behaves(behaviour)
    started = time.monotonic()

    with pytest.raises(WordPressFault, match="too long"):
        agent.facts(ADDRESS)
    assert time.monotonic() - started < 2


@every_call
def test_a_silent_site_is_given_up_in_time(site: Site, world: Waits, call: Callable[[HttpSiteAgent], object]) -> None:
    site.behaves(sleeps(5))
    started = time.monotonic()

    with pytest.raises(WordPressTimeout, match=r"^The site did not answer in time\.$"):
        call(agent_of(site.origin, world, seconds=0.3, update_seconds=0.3))
    assert time.monotonic() - started < 1
    assert len(site.received) == 1


@pytest.mark.parametrize("call", [CALLS["facts"], CALLS["updatePlugin"]], ids=["facts", "updatePlugin"])
@pytest.mark.parametrize(
    "head", [b"HTTP/1.1 200 OK\r\nX: ", b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n"]
)
def test_a_site_that_drips_is_given_up_in_time(
    site: Site, world: Waits, call: Callable[[HttpSiteAgent], object], head: bytes
) -> None:
    site.behaves(drips(head))
    started = time.monotonic()

    with pytest.raises(WordPressTimeout):
        call(agent_of(site.origin, world, seconds=0.4, update_seconds=0.4))
    assert time.monotonic() - started < 1


def test_no_call_but_an_update_may_last_ten_seconds() -> None:
    assert adapter.CALL_SECONDS + adapter.PAUSE_SECONDS < 10


@pytest.mark.parametrize("name", TWICE)
@pytest.mark.parametrize("status", [500, 503])
def test_what_may_be_asked_twice_is_asked_again_once_after_a_pause(
    site: Site, agent: HttpSiteAgent, world: Waits, name: str, status: int
) -> None:
    site.behaves(answers(status, b"<html>"), answers(body=ALL))

    CALLS[name](agent)

    assert len(site.received) == 2
    assert world.paused == [adapter.PAUSE_SECONDS]


def test_each_attempt_is_signed_anew(site: Site, agent: HttpSiteAgent) -> None:
    site.behaves(answers(500, b""), answers(body=FACTS))

    agent.facts(ADDRESS)

    assert len({received.headers["x-bbws-nonce"] for received in site.received}) == 2


def test_a_fault_that_stays_is_told_after_the_second_attempt(site: Site, agent: HttpSiteAgent) -> None:
    site.behaves(answers(500, b"PHP Fatal error: in /srv/plugin.php"))

    with pytest.raises(WordPressFault, match=r"^The site answered with HTTP status 500\.$"):
        agent.facts(ADDRESS)
    assert len(site.received) == 2


@pytest.mark.parametrize("name", ONCE)
def test_what_changes_something_is_never_asked_again(site: Site, agent: HttpSiteAgent, world: Waits, name: str) -> None:
    site.behaves(answers(500, b""))

    with pytest.raises(WordPressFault):
        CALLS[name](agent)
    assert len(site.received) == 1
    assert world.paused == []


@pytest.mark.parametrize(("name", "pauses"), [("facts", 1), ("rename", 0), ("visit", 1)])
def test_a_site_nobody_serves_cannot_be_reached(world: Waits, name: str, pauses: int) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        origin = f"http://127.0.0.1:{listener.getsockname()[1]}"

    with pytest.raises(WordPressFault, match=r"^The site could not be reached\.$") as fault:
        CALLS[name](agent_of(origin, world))
    assert not isinstance(fault.value, WordPressTimeout)
    assert len(world.paused) == pauses


def test_a_connection_that_is_not_taken_is_a_timeout(world: Waits) -> None:
    with (
        socket.create_server(("127.0.0.1", 0), backlog=0) as listener,
        socket.create_connection(listener.getsockname()),
        pytest.raises(WordPressTimeout),
    ):
        agent_of(f"http://127.0.0.1:{listener.getsockname()[1]}", world, seconds=0.3).facts(ADDRESS)


def test_a_gateway_with_a_certificate_that_nobody_vouches_for_is_not_talked_to(world: Waits, tmp_path: Path, log: Log) -> None:
    with tls_server(tmp_path) as port, pytest.raises(WordPressFault, match=r"^The site could not be reached\.$"):
        agent_of(f"https://127.0.0.1:{port}", world).rename(ADDRESS, site_name="Shop")

    assert "CERTIFICATE_VERIFY_FAILED" in log.text


@pytest.mark.parametrize("gateway", ["", "internal-host", "ftp://internal-host", "http://"])
def test_a_gateway_that_is_no_origin_is_refused(world: Waits, gateway: str) -> None:
    with pytest.raises(ValueError, match="is no origin to connect to: write one like"):
        agent_of(gateway, world)


@every_call
@pytest.mark.parametrize("behaviour", [answers(body=ALL), answers(404, b"")], ids=["success", "fault"])
def test_every_call_is_measured_by_its_action(
    site: Site,
    agent: HttpSiteAgent,
    call: Callable[[HttpSiteAgent], object],
    behaviour: Behaviour,
    capsys: pytest.CaptureFixture[str],
) -> None:
    site.behaves(behaviour)

    with suppress(WordPressFault):
        call(agent)

    (line,) = [json.loads(line) for line in capsys.readouterr().out.splitlines() if "WordPressLatency" in line]
    (directive,) = line["_aws"]["CloudWatchMetrics"]
    (name,) = [name for name, each in CALLS.items() if each is call]
    assert directive["Namespace"] == "BBWS/Portal"
    assert directive["Dimensions"] == [["service", "stage", "action"]]
    assert directive["Metrics"] == [{"Name": "WordPressLatency", "Unit": "Milliseconds"}]
    assert line["action"] == name
    assert 0 < line["WordPressLatency"][0] < 5000


def test_a_fault_is_logged_with_the_site_and_without_its_secret(site: Site, agent: HttpSiteAgent, log: Log) -> None:
    site.behaves(answers(401, {"code": "unauthorized"}))

    with pytest.raises(WordPressFault):
        agent.facts(ADDRESS)

    (line,) = log.lines
    assert (line["level"], line["action"], line["siteId"]) == ("WARNING", "facts", SITE_ID)
    assert SECRET not in log.text
