"""Renewing a site: other secrets, and never a moment without access to the database."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from local.bed.layout import bed_of
from local.clients import client
from tests.wordpress.support import SiteBed, TestSite
from wordpress.maintenance.config import SALTS

STEPS = ["both passwords let in", "configuration changed", "files in place", "former password refused"]


@pytest.fixture
def renewed(bed: SiteBed) -> TestSite:
    """A site that a test may renew."""
    return bed.installed()


def lets_in(site: TestSite, password: str) -> bool:
    """Whether the database lets the site in with a password."""
    connect = f"<?php echo json_encode(@(new mysqli(null, '{site.site_id}', '{password}', '', 0, '%s'))->connect_errno === 0);"
    probe = site.places.public / "connect.php"
    probe.write_text("<?php mysqli_report(MYSQLI_REPORT_OFF); ?>" + connect % bed_of(site.bed.local).database_socket)
    answer: bool = site.get("/connect.php").json()
    probe.unlink()
    return answer


def test_a_renewed_site_has_another_password_and_is_otherwise_what_it_was(renewed: TestSite) -> None:
    before, look = renewed.config, renewed.look()

    outcome = renewed.run("renew")

    after = renewed.config
    assert (outcome.code, outcome.changed, outcome.steps) == (0, True, STEPS), outcome.log
    assert {name for name in before if before[name] != after[name]} == {"DB_PASSWORD"}
    assert renewed.look() == look
    assert (lets_in(renewed, after["DB_PASSWORD"]), lets_in(renewed, before["DB_PASSWORD"])) == (True, False)


def test_a_renewal_killed_after_each_step_in_turn_ends_like_one_that_was_not(bed: SiteBed, renewed: TestSite) -> None:
    look, passwords = renewed.look(), [renewed.config["DB_PASSWORD"]]
    for step in STEPS:
        bed.run_killed(step, "renew", "--site-id", renewed.site_id)
        assert (step, renewed.get().status) == (step, 200)
        passwords.append(renewed.config["DB_PASSWORD"])

    last = renewed.run("renew")

    assert last.code == 0, last.log
    assert renewed.look() == look
    assert lets_in(renewed, renewed.config["DB_PASSWORD"])
    assert [password for password in passwords if lets_in(renewed, password)] == []


def test_visitors_get_their_pages_all_the_while(renewed: TestSite) -> None:
    seen: set[int] = set()
    over = threading.Event()

    def visit() -> None:
        while not over.is_set():
            seen.add(renewed.get().status)
            time.sleep(0.01)

    visitor = threading.Thread(target=visit)
    visitor.start()
    codes = [renewed.run("renew").code for _ in range(2)]
    over.set()
    visitor.join()

    assert (codes, seen) == ([0, 0], {200})


def test_salts_are_renewed_only_when_that_is_asked_for(renewed: TestSite) -> None:
    before = renewed.config

    renewed.run("renew", "--salts", "yes")

    after = renewed.config
    assert {name for name in before if before[name] != after[name]} == {"DB_PASSWORD", *SALTS}


def test_another_key_makes_another_agent_secret_and_the_former_one_counts_until_it_is_to_be_forgotten(
    bed: SiteBed, renewed: TestSite
) -> None:
    former = renewed.config["BBWS_AGENT_SECRET"]
    key = client(bed.local, "kms").create_key(KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")["KeyMetadata"]["Arn"]
    arguments, environ = ("--site-id", renewed.site_id), {"AGENT_KEY_ID": key}

    found = []
    for options in ((), (), ("--forget-former", "yes")):
        assert bed.run("renew", *arguments, *options, environ=environ).code == 0
        config = renewed.config
        found.append((config["BBWS_AGENT_SECRET"] == former, config.get("BBWS_AGENT_SECRET_PREVIOUS") == former))

    assert found == [(False, True), (False, True), (False, False)]


def test_the_platform_s_files_are_those_of_today_again(renewed: TestSite) -> None:
    agent = renewed.content / "mu-plugins" / "bbws-agent.php"
    today = agent.read_bytes()
    agent.write_text("<?php // of yesterday")

    renewed.run("renew")

    assert agent.read_bytes() == today


def test_a_database_that_moved_is_found_where_it_is_now(renewed: TestSite) -> None:
    config: Path = renewed.places.config
    config.write_text(config.read_text().replace(renewed.config["DB_HOST"], "database.of.yesterday:3306"))

    renewed.run("renew")

    assert renewed.get().status == 200


def test_what_is_not_there_is_not_renewed(bed: SiteBed, renewed: TestSite) -> None:
    nowhere = bed.new().run("renew")
    database = renewed.config["DB_NAME"]
    bed.sql(f"DROP DATABASE `{database}`")

    without_database = renewed.run("renew")

    assert (nowhere.code, nowhere.result["detail"]) == (65, "There is no such site to renew.")
    assert (without_database.code, without_database.result["detail"]) == (
        75,
        "A part of the site cannot be found at the moment.",
    )
