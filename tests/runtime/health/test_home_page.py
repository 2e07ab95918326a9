"""What a visitor gets of a site, and how the site is then said to be; nothing is asked that must not be."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event
from typing import Any

import pytest

from runtime.wordpress.port import Visit, WordPressFault, WordPressTimeout
from tests.runtime.health.asking import ToldAgent, checks, health, page, raises, seen
from tests.runtime.operations.world import OperationWorld

DOWN = WordPressFault("The site could not be reached.")
LATE = WordPressTimeout("The site did not answer in time.")


HOMES: dict[str, tuple[Callable[[], Any], str, dict[str, str]]] = {
    "not found": (page(404), "UNHEALTHY", {"reachability": "FAIL", "responseTime": "PASS"}),
    "failing": (page(500), "UNHEALTHY", {"reachability": "FAIL", "responseTime": "PASS"}),
    "breaking off": (page(200, whole=False), "UNHEALTHY", {"reachability": "FAIL", "responseTime": "PASS"}),
    "refusing": (raises(DOWN), "UNHEALTHY", {"reachability": "FAIL", "responseTime": "SKIPPED"}),
    "silent": (raises(LATE), "UNHEALTHY", {"reachability": "FAIL", "responseTime": "FAIL"}),
    "slow": (page(200, seconds=2.5), "DEGRADED", {"reachability": "PASS", "responseTime": "WARN"}),
    "not looked at, by a fault of ours": (
        raises(RuntimeError("arn:aws:kms is on fire")),
        "UNKNOWN",
        {"reachability": "SKIPPED", "responseTime": "SKIPPED"},
    ),
}


@pytest.mark.parametrize("home", HOMES)
def test_the_home_page_decides_on_reachability_and_response_time(
    world: OperationWorld, agent: ToldAgent, site_id: str, home: str
) -> None:
    told, status, expected = HOMES[home]
    agent.told["/"] = told

    answer = health(world, site_id)

    assert seen(answer) == status
    assert {name: checks(answer)[name]["status"] for name in expected} == expected
    assert "arn:" not in answer.text


@pytest.mark.parametrize(
    ("index", "expected"),
    [(page(404), "FAIL"), (page(301), "WARN"), (page(200, whole=False), "FAIL"), (raises(LATE), "FAIL")],
    ids=["not found", "redirected", "breaking off", "silent"],
)
def test_a_rest_index_that_does_not_answer_makes_a_site_degraded(
    world: OperationWorld, agent: ToldAgent, site_id: str, index: Callable[[], Any], expected: str
) -> None:
    agent.told["/wp-json/"] = index

    answer = health(world, site_id)

    assert (seen(answer), checks(answer)["restApi"]["status"]) == ("DEGRADED", expected)


@pytest.mark.parametrize(
    ("location", "path"),
    [
        ("/start", "/start"),
        ("https://shop-1.dev.sites.example/start?a=b%20c&d", "/start?a=b%20c&d"),
        ("https://SHOP-1.dev.sites.example:443", "/"),
        ("//shop-1.dev.sites.example/x", "/x"),
        ("welcome", "/welcome"),
        ("/grüße\r\nX-Injected: 1", "/gr%C3%BC%C3%9FeX-Injected:%201"),
    ],
)
def test_a_redirect_within_the_site_is_followed(
    world: OperationWorld, agent: ToldAgent, site_id: str, location: str, path: str
) -> None:
    pages = iter([Visit(status=302, seconds=1.5, location=location), Visit(status=200, seconds=0.6)])
    agent.told["/"] = agent.told[path] = lambda: next(pages)

    answer = health(world, site_id)

    assert [visited for visited in agent.visited if visited != "/wp-json/"] == ["/", path]
    assert (seen(answer), checks(answer)["responseTime"]["value"]) == ("DEGRADED", 2.1), "a visitor waits for both"


@pytest.mark.parametrize(
    "location",
    [
        "http://169.254.169.254/latest/meta-data/",
        "http://127.0.0.1/",
        "http://[::1]/",
        "http://10.0.0.7/",
        "https://elsewhere.example/",
        "//elsewhere.example/",
        "http://shop-1.dev.sites.example/",
        "https://shop-1.dev.sites.example:8443/",
        "https://shop-1.dev.sites.example@elsewhere.example/",
        "https://shop-1.dev.sites.example.elsewhere.example/",
        "file:///etc/passwd",
        "https://[::1/",
        "https://shop-1.dev.sites.example:port/",
        "",
        None,
    ],
)
def test_a_redirect_that_leads_out_of_the_site_is_followed_nowhere(
    world: OperationWorld, agent: ToldAgent, site_id: str, location: str | None
) -> None:
    agent.told["/"] = page(302, location=location)

    answer = health(world, site_id)

    assert seen(answer) == "UNHEALTHY"
    assert (
        checks(answer)["reachability"]["detail"] == "The home page sends visitors to another address, which was not followed."
    )
    assert sorted(agent.visited) == ["/", "/wp-json/"]


def test_a_redirect_in_circles_is_left_after_three(world: OperationWorld, agent: ToldAgent, site_id: str) -> None:
    agent.told["/"] = page(301, location="/")

    answer = health(world, site_id)

    assert seen(answer) == "UNHEALTHY"
    assert checks(answer)["reachability"]["detail"] == "The home page redirects more than 3 times."
    assert agent.visited.count("/") == 4


def test_a_site_of_which_nothing_answers_is_unhealthy(world: OperationWorld, site_id: str) -> None:
    world.agent.down = DOWN

    answer = health(world, site_id)

    assert (seen(answer), answer.json["score"]) == ("UNHEALTHY", 3), "its certificate is still good"


@pytest.mark.parametrize("hanging", ["/", "/wp-json/", "vitals"])
@pytest.mark.usefixtures("impatience")
def test_what_hangs_is_not_waited_for(world: OperationWorld, agent: ToldAgent, site_id: str, hanging: str) -> None:
    never = Event()
    agent.told[hanging] = lambda: never.wait(60)

    answer = health(world, site_id)
    never.set()

    late = {"/": "responseTime", "/wp-json/": "restApi", "vitals": "database"}[hanging]
    assert checks(answer)[late]["status"] == ("SKIPPED" if hanging == "vitals" else "FAIL")
    assert checks(answer)[late]["detail"] == "The site did not answer in time."
    assert seen(answer) == {"/": "UNHEALTHY", "/wp-json/": "DEGRADED", "vitals": "UNKNOWN"}[hanging]
