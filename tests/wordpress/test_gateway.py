"""The web server: sites by host name, closed ones closed, and none of them reaching into another."""

from __future__ import annotations

import json

import pytest

from tests.wordpress.support import SiteBed, TestSite

AGENT = "/wp-json/bbws-agent/v1/facts"
PROBE = """<?php
echo json_encode([
    'own' => is_readable(dirname(__DIR__) . '/config.php'),
    'foreign' => @file_get_contents('%s') !== false,
    'system' => @file_get_contents('/etc/passwd') !== false,
    'programs' => function_exists('exec') || function_exists('proc_open'),
    'environment' => count(preg_grep('/AWS|SECRET|SITES/', array_keys(getenv()))),
    'scratch' => ini_get('upload_tmp_dir') === dirname(__DIR__) . '/tmp',
    'https' => $_SERVER['HTTPS'] ?? 'off',
    'client' => $_SERVER['REMOTE_ADDR'],
]);
"""


@pytest.fixture(scope="module")
def probed(bed: SiteBed) -> TestSite:
    """A site that tests put files into."""
    return bed.installed()


@pytest.fixture(scope="module")
def closed(bed: SiteBed) -> TestSite:
    """A site that is offline."""
    site = bed.installed()
    assert site.run("offline", "--reason", "suspended").changed is True
    return site


def test_an_offline_site_shows_a_page_that_says_so(closed: TestSite) -> None:
    page = closed.get()

    assert (page.status, page.headers["Retry-After"]) == (503, "3600")
    assert "This site is offline" in page.data.decode()
    assert closed.places.offline_marker.read_text() == "suspended"
    assert {closed.get(path).status for path in ("/wp-login.php", "/wp-json/", "/wp-includes/css/buttons.css", "/x.php")} == {
        503
    }
    assert closed.get("/wp-login.php", method="POST").status == 503


def test_the_agent_of_an_offline_site_answers_and_nothing_else_does_in_its_name(closed: TestSite) -> None:
    assert closed.get(AGENT, method="POST").status == 401
    assert closed.get(f"{AGENT}?rest_route=/wp/v2/posts", method="POST").status == 401
    assert closed.get(f"{AGENT}?rest_route=/wp/v2/posts").status == 403
    assert closed.get("/wp-json/wp/v2/posts/bbws-agent/").status == 503
    assert closed.get("/wp-json/bbws-agent/..%2fwp/v2/posts").status == 503
    assert closed.get("/bbws-offline.html").status == 404
    assert closed.get("/?rest_route=/bbws-agent/v1/facts", method="POST").status == 503


def test_offline_and_online_again_change_nothing_the_second_time(bed: SiteBed, closed: TestSite) -> None:
    runs = [closed.run(*command) for command in (("offline", "--reason", "suspended"), ("online",), ("online",))]

    assert [(run.code, run.changed) for run in runs] == [(0, False), (0, True), (0, False)]
    assert closed.get().status == 200
    closed.run("offline", "--reason", "suspended")


@pytest.fixture(scope="module")
def frozen(bed: SiteBed) -> TestSite:
    """A site that is frozen."""
    site = bed.installed()
    site.places.frozen_marker.touch()
    return site


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("path", ["/", "/wp-login.php", "/wp-json/wp/v2/posts", "/wp-includes/css/buttons.css"])
def test_a_frozen_site_takes_nothing_that_could_change_it(frozen: TestSite, method: str, path: str) -> None:
    answer = frozen.get(path, method=method)

    assert (answer.status, answer.headers["Retry-After"]) == (503, "60")


def test_a_frozen_site_is_not_deceived_by_what_calls_itself_a_get(frozen: TestSite) -> None:
    in_the_query = frozen.get("/wp-json/wp/v2/posts/1?_method=DELETE")
    in_a_header = frozen.get("/wp-json/wp/v2/posts/1", headers={"X-HTTP-Method-Override": "DELETE"})

    assert (in_the_query.status, in_a_header.status) == (503, 503)


@pytest.mark.parametrize(("method", "path"), [("GET", "/"), ("HEAD", "/"), ("GET", "/wp-json/"), ("OPTIONS", "/wp-json/")])
def test_a_frozen_site_can_be_read(frozen: TestSite, method: str, path: str) -> None:
    assert frozen.get(path, method=method).status == 200


def test_the_agent_of_a_frozen_site_is_still_asked(frozen: TestSite) -> None:
    assert frozen.get(AGENT, method="POST").status == 401


def test_a_frozen_site_that_is_offline_is_offline(frozen: TestSite) -> None:
    frozen.run("offline", "--reason", "suspended")
    closed = frozen.get()
    frozen.run("online")

    assert (closed.status, closed.headers["Retry-After"]) == (503, "3600")
    assert frozen.get("/", method="POST").status == 503, "neither of the two ends the freeze"


def test_a_host_without_a_site_is_not_found(bed: SiteBed) -> None:
    assert bed.get("nobody.localhost").status == 404
    assert bed.get("127.0.0.1").status == 404


def test_the_load_balancer_s_question_is_answered_under_no_site_s_name(bed: SiteBed, site: TestSite) -> None:
    assert bed.get("127.0.0.1", "/health").status == 200
    assert site.get("/health").status == 404


@pytest.mark.parametrize(
    "path",
    [
        "/wp-config.php", "/wp-config.php.bak", "/.git/config", "/.htaccess", "/wp-content/.env", "/dump.sql", "/readme.html",
        "/wp-content/debug.log", "/wp-content/uploads/shell.php", "/wp-content/uploads/2026/11/shell.phtml",
        "/wp-content/mu-plugins/bbws-agent.php", "/../config.php", "/%2e%2e/config.php",
    ],
)  # fmt: skip
def test_what_nobody_is_meant_to_fetch_is_not_served(probed: TestSite, path: str) -> None:
    uploads = probed.content / "uploads" / "2026" / "11"
    uploads.mkdir(parents=True, exist_ok=True)
    for name in (uploads / "shell.phtml", probed.content / "uploads" / "shell.php", probed.places.public / "dump.sql"):
        name.write_text("<?php echo 'executed';")

    answer = probed.get(path)

    assert answer.status in {400, 404}
    assert b"executed" not in answer.data


def test_a_route_that_ends_in_php_is_no_file(probed: TestSite) -> None:
    assert probed.get("/wp-json/wp/v2/x.php").json()["code"] == "rest_no_route"


def test_requests_of_two_sites_in_turn_each_reach_their_own_files_only(bed: SiteBed, probed: TestSite) -> None:
    other = bed.installed()
    for one, foreign in ((probed, other), (other, probed)):
        (one.places.public / "probe.php").write_text(PROBE % foreign.places.config)
    kept_apart = {
        "own": True, "foreign": False, "system": False, "programs": False, "environment": 0, "scratch": True, "https": "off",
        "client": "127.0.0.1",
    }  # fmt: skip

    answers = [one.get("/probe.php").json() for _ in range(8) for one in (probed, other)]

    assert answers == [kept_apart] * 16


def test_what_ends_tls_says_so_and_says_who_the_client_is(probed: TestSite) -> None:
    (probed.places.public / "probe.php").write_text(PROBE % "/nowhere")

    answer = json.loads(probed.get("/probe.php", headers={"X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.7"}).data)

    assert (answer["https"], answer["client"]) == ("on", "203.0.113.7")
