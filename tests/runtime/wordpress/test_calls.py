"""What the adapter asks of the agent beyond its facts, and what it makes of refusals."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest

from runtime.wordpress.agent import HttpSiteAgent
from runtime.wordpress.port import PluginRefused, WordPressFault, WordPressTimeout
from tests.runtime.fakes import World
from tests.runtime.wordpress.sites import Site, answers, running
from tests.runtime.wordpress.test_agent import ADDRESS, ALL, CALLS, PACKAGE, agent_of


@pytest.fixture
def site() -> Iterator[Site]:
    with running() as site:
        yield site


@pytest.fixture
def agent(site: Site) -> HttpSiteAgent:
    return agent_of(site.origin, World())


ASKED = {
    "vitals": ("vitals", {}),
    "plugins": ("plugins", {"fresh": False}),
    "updatePlugin": ("update-plugin", {"pluginId": "shop", "version": "2.0", "package": PACKAGE}),
    "togglePlugin": ("toggle-plugin", {"pluginId": "shop", "isActive": True}),
    "confirmPlugin": ("confirm-plugin", {"pluginId": "shop"}),
    "thaw": ("thaw", {}),
}


@pytest.mark.parametrize(("name", "action", "fields"), [(name, *asked) for name, asked in ASKED.items()], ids=ASKED)
def test_each_call_is_an_action_of_the_agent_s(
    site: Site, agent: HttpSiteAgent, name: str, action: str, fields: dict[str, Any]
) -> None:
    site.behaves(answers(body=ALL))

    CALLS[name](agent)

    (received,) = site.received
    assert received.line == f"POST /wp-json/bbws-agent/v1/{action} HTTP/1.1"
    assert json.loads(received.body) == fields


@pytest.mark.parametrize("changed", [True, False])
def test_a_toggle_tells_whether_the_plugin_was_otherwise(site: Site, agent: HttpSiteAgent, changed: bool) -> None:
    site.behaves(answers(body={"changed": changed}))

    assert agent.toggle_plugin(ADDRESS, plugin_id="shop", active=False) is changed


@pytest.mark.parametrize("name", ["updatePlugin", "togglePlugin", "confirmPlugin"])
def test_a_refusal_is_told_and_not_asked_for_again(site: Site, agent: HttpSiteAgent, name: str) -> None:
    site.behaves(answers(422, {"code": "plugin_refused", "detail": "It needs a newer PHP."}))

    with pytest.raises(PluginRefused, match=r"^It needs a newer PHP\.$"):
        CALLS[name](agent)
    assert len(site.received) == 1


@pytest.mark.parametrize("name", ["facts", "rename", "vitals", "plugins", "thaw"])
def test_what_is_no_change_of_plugins_cannot_be_refused_as_one(site: Site, agent: HttpSiteAgent, name: str) -> None:
    site.behaves(answers(422, {"code": "plugin_refused", "detail": "It needs a newer PHP."}))

    with pytest.raises(WordPressFault, match="HTTP status 422") as fault:
        CALLS[name](agent)
    assert not isinstance(fault.value, PluginRefused)


def test_an_update_is_given_more_time_than_other_calls(site: Site) -> None:
    def slow(connection: socket.socket) -> None:
        time.sleep(0.4)
        answers(body=ALL)(connection)

    site.behaves(slow)
    agent = agent_of(site.origin, World(), seconds=0.2, update_seconds=5)

    CALLS["updatePlugin"](agent)
    with pytest.raises(WordPressTimeout):
        CALLS["togglePlugin"](agent)
