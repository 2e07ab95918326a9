"""The command line: what it takes, how it ends, and that it never works twice on one site."""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from local import wordpress
from tests.wordpress.support import SiteBed, TestSite
from wordpress.maintenance import cli, lock
from wordpress.maintenance.cli import main
from wordpress.maintenance.install import Order
from wordpress.maintenance.outcomes import Refused, Result, Temporary
from wordpress.maintenance.site import Site, site_named

SITE_ID = "site-0192f0c1-7e57-7000-8000-000000000001"
GOOD = {
    "host": "shop.localhost", "url": "http://shop.localhost:8480", "title": "Shop", "admin_email": "anna@shop.test",
    "environment": "DEV", "plugins": ("akismet",),
}  # fmt: skip


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    for name in ("sites", "backups"):
        (tmp_path / name).mkdir()
    return {
        "SITES_FOLDER": str(tmp_path / "sites"),
        "BACKUPS_FOLDER": str(tmp_path / "backups"),
        "WORDPRESS_CORE": "/core",
        "WP_CLI": "/wp-cli.phar",
        "PHP": "/php",
        "AGENT_KEY_ID": "key",
        "DATABASE_SECRET_ID": "secret",
    }


@pytest.fixture
def place(tmp_path: Path) -> Site:
    (tmp_path / "locks").mkdir()
    return Site(SITE_ID, tmp_path)


@pytest.fixture
def busy(place: Site) -> Iterator[Site]:
    with place.lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield place


def last_line(capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    said: dict[str, object] = json.loads(capsys.readouterr().out.splitlines()[-1])
    return said


def test_the_last_line_says_what_was_done(environ: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    folder = Path(environ["SITES_FOLDER"]) / "sites" / SITE_ID
    folder.mkdir(parents=True)

    code = main(["offline", "--site-id", SITE_ID, "--reason", "deleted"], environ)

    assert code == 0
    assert last_line(capsys) == {"command": "offline", "siteId": SITE_ID, "changed": True, "detail": "The site is offline."}
    assert (folder / "offline").read_text() == "deleted"


@pytest.mark.parametrize("site_id", ["shop", "site-../../etc", "site-A", "site-x_y", "site-", f"site-{'x' * 41}"])
def test_what_is_no_site_s_id_is_refused(site_id: str, environ: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["online", "--site-id", site_id], environ) == 65
    assert last_line(capsys)["detail"] == "This is not the id of a site."


@pytest.mark.parametrize("backup_id", ["../other", "a/b", ".hidden", "", "x" * 65])
def test_what_is_no_backup_s_id_is_refused(backup_id: str, environ: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["restore", "--site-id", SITE_ID, "--backup-id", backup_id], environ) == 65
    assert last_line(capsys)["detail"] == "This is not the id of a backup."


@pytest.mark.parametrize(
    ("change", "detail"),
    [
        ({"host": "shop"}, "The site's address is not valid."),
        ({"host": "other.localhost"}, "The site's address is not valid."),
        ({"host": "a/b.localhost", "url": "http://a/b.localhost"}, "The site's address is not valid."),
        ({"url": "ftp://shop.localhost"}, "The site's address is not valid."),
        ({"url": "http://shop.localhost/path"}, "The site's address is not valid."),
        ({"url": "http://shop.localhost'"}, "The site's address is not valid."),
        ({"admin_email": "anna"}, "The administrator's e-mail address is not valid."),
        ({"admin_email": "anna@shop.test\nb"}, "The administrator's e-mail address is not valid."),
        ({"title": " "}, "The site's name is not valid."),
        ({"title": "a\x00b"}, "The site's name is not valid."),
        ({"environment": "LIVE"}, "The environment is none of DEV, SIT and PROD."),
        ({"plugins": ("--require=/tmp/x",)}, "A plugin's name is not valid."),
        ({"plugins": ("https://elsewhere.test/x.zip",)}, "A plugin's name is not valid."),
    ],
)
def test_what_can_be_no_site_is_refused_before_anything_is_made(change: dict[str, object], detail: str) -> None:
    with pytest.raises(Refused) as refused:
        Order(**{**GOOD, **change})  # type: ignore[arg-type]  # the wrong values are the point

    assert str(refused.value) == detail


@pytest.mark.parametrize(
    "arguments",
    [
        [], ["frobnicate", "--site-id", SITE_ID], ["online"], ["online", "--site-id"],
        ["online", "--site-id", SITE_ID, "--force", "yes"], ["offline", "--site-id", SITE_ID, "--reason", "because"],
    ],
)  # fmt: skip
def test_a_command_that_does_not_exist_is_an_internal_fault(
    arguments: list[str], environ: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments, environ) == 70
    assert last_line(capsys)["detail"] == "The maintenance command failed."


def test_a_missing_setting_is_an_internal_fault(environ: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    del environ["AGENT_KEY_ID"]

    assert main(["online", "--site-id", SITE_ID], environ) == 70
    assert last_line(capsys)["detail"] == "The maintenance command failed."


def test_storage_that_is_not_mounted_is_a_passing_fault(environ: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    environ["SITES_FOLDER"] += "-gone"

    assert main(["online", "--site-id", SITE_ID], environ) == 75
    assert last_line(capsys)["detail"] == "The storage of the sites cannot be reached at the moment."


def test_a_value_may_begin_with_a_hyphen(environ: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["restore", f"--site-id={SITE_ID}", "--backup-id=--x"], environ) == 65
    assert last_line(capsys)["detail"] == "There is no such site to restore."


def test_a_second_command_waits_for_the_first_for_so_long_and_then_gives_up(busy: Site) -> None:
    with pytest.raises(Temporary, match="Another job is at work"), lock.locked(busy, wait_seconds=0.2):
        pytest.fail("two commands at once")


def test_a_lock_goes_with_its_command(place: Site) -> None:
    for _ in range(2):
        with lock.locked(place, wait_seconds=0):
            assert place.lock.exists()
        assert not place.lock.exists()


def test_a_lock_is_held_by_what_a_killed_command_had_started(place: Site) -> None:
    holder = f"""
import os, signal, subprocess
from pathlib import Path
from wordpress.maintenance.lock import locked
from wordpress.maintenance.site import Site
with locked(Site({SITE_ID!r}, Path({str(place.sites)!r}))):
    subprocess.Popen(["sleep", "0.5"], close_fds=False)
    os.kill(os.getpid(), signal.SIGKILL)
"""
    subprocess.run([sys.executable, "-c", holder], check=False)

    with pytest.raises(Temporary), lock.locked(place, wait_seconds=0.05):
        pytest.fail("the sleeper still works on the site")
    with lock.locked(place, wait_seconds=5):
        assert place.lock.exists()


@pytest.mark.parametrize(("site_id", "source_id"), [("site-a", "site-b"), ("site-b", "site-a")])
def test_a_copy_is_made_while_both_sites_are_held_taken_in_one_order(
    site_id: str, source_id: str, environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[str] = []
    held: list[str] = []
    locks = Path(environ["SITES_FOLDER"]) / "locks"

    def locked(site: Site) -> AbstractContextManager[None]:
        taken.append(site.site_id)
        return lock.locked(site)

    def clone(*_: object) -> Result:
        held.extend(os.listdir(locks))
        return Result(True, "The site is copied.")

    monkeypatch.setattr(cli, "locked", locked)
    monkeypatch.setattr(cli, "clone", clone)
    place = ["--host", "a.localhost", "--url", "http://a.localhost", "--environment", "DEV"]

    assert main(["clone", "--site-id", site_id, "--source-id", source_id, *place], environ) == 0

    assert (taken, sorted(held)) == (["site-a", "site-b"], ["site-a", "site-b"])
    assert os.listdir(locks) == []


def test_every_site_has_names_of_its_own_for_its_databases_and_its_user(tmp_path: Path) -> None:
    site = site_named(SITE_ID, tmp_path)

    assert {*site.databases, site.user} == {SITE_ID, f"{SITE_ID}-b"}
    assert all(len(name) <= 64 for name in site.databases)


def test_two_installations_of_one_site_at_once_end_in_one_site(bed: SiteBed, site: TestSite) -> None:
    twice = bed.new()
    processes = [bed.start("install", *twice.order) for _ in range(2)]

    assert [process.wait(timeout=120) for process in processes] == [0, 0]
    assert twice.look() == site.look()


def test_a_database_that_is_away_is_a_passing_fault(bed: SiteBed, site: TestSite) -> None:
    away = bed.new()
    (mariadb, *_) = wordpress.processes(bed.local)
    mariadb.kill()
    try:
        commands = [away.install(), away.run("remove"), site.run("backup", "--backup-id", "x")]
        assert [(run.code, run.result["detail"]) for run in commands] == [
            (75, "The database cannot be reached at the moment.")
        ] * 3
    finally:
        wordpress.start(bed.local)

    assert away.install().code == 0


def test_secrets_that_are_away_are_a_passing_fault(bed: SiteBed) -> None:
    outcome = bed.run("install", *bed.new().order, environ={"AWS_ENDPOINT_URL": "http://127.0.0.1:9"})

    assert (outcome.code, outcome.result["detail"]) == (75, "The platform's secrets cannot be reached at the moment.")
