"""Where there is no room left: the command says so by an exit code of its own, and can be run again when there is."""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from local import wordpress
from tests.wordpress.support import SiteBed, TestSite
from wordpress.maintenance import changing, cli, files
from wordpress.maintenance.cli import main
from wordpress.maintenance.context import Context
from wordpress.maintenance.outcomes import Full, Result
from wordpress.maintenance.room import says_that_it_is_full, tells_of_want_of_room
from wordpress.maintenance.settings import settings_from
from wordpress.maintenance.site import Site

SITE_ID = "site-0192f0c1-7e57-7000-8000-000000000001"
NO_ROOM = "There is no room left for this."
FULL = "/dev/full"
"""What the system gives no room on, for real."""


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
def site(environ: dict[str, str]) -> Site:
    site = Site(SITE_ID, Path(environ["SITES_FOLDER"]))
    site.folder.mkdir(parents=True)
    return site


@pytest.fixture
def full(monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], None]:
    """Leaves no room for a file."""
    opened = os.open

    def leave_none_for(path: Path) -> None:
        def open_(name: Any, *arguments: Any, **named: Any) -> int:
            return opened(FULL, os.O_WRONLY) if Path(name) == path else opened(name, *arguments, **named)

        monkeypatch.setattr(os, "open", open_)

    return leave_none_for


@pytest.mark.parametrize(
    "said",
    [
        "ERROR 1021 (HY000) at line 1: Disk full (/rdsdbdata/tmp); waiting for someone to free some space...",
        "ERROR 1114 (HY000) at line 40: The table 'wp_posts' is full",
        "ERROR 3 (HY000): Error writing file './x.MYD' (Errcode: 28 \"No space left on device\")",
        "ERROR 1030 (HY000): Got error 28 from storage engine InnoDB",
        "mariadb-dump: Got error: 1114: The table 'x' is full when dumping",
        "mariadb-dump: Got errno 28 on write",
        "tar: public/x: Cannot write: No space left on device",
        "tar: public/x: Cannot write: Disk quota exceeded",
        "PHP Warning: fwrite(): Write of 8192 bytes failed with errno=28 No space left on device",
        "WordPress database error The table 'wp_options' is full for query INSERT INTO",
    ],
)
def test_what_programs_say_of_want_of_room_is_understood(said: str) -> None:
    assert says_that_it_is_full(said)


@pytest.mark.parametrize(
    "said",
    [
        "ERROR 1044 (42000): Access denied for user 'x'@'%' to database 'x'",
        "ERROR 1281 (HY000): x",
        "ERROR 2002 (HY000): Can't connect to server on 'x' (115)",
        "ERROR 1064 (42000) at line 28: You have an error in your SQL syntax",
        "tar: Error is not recoverable: exiting now",
        "Error: Could not create directory.",
    ],
)
def test_other_complaints_are_none_of_want_of_room(said: str) -> None:
    assert not says_that_it_is_full(said)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_file_system_and_a_used_up_quota_are_want_of_room(number: int) -> None:
    met = OSError(number, os.strerror(number), "/srv/x")

    assert tells_of_want_of_room(met)
    assert tells_of_want_of_room(shutil.Error([("a", "b", str(met))])), "as copying a folder tells it"
    assert not tells_of_want_of_room(OSError(errno.EIO, os.strerror(errno.EIO)))


def test_the_command_ends_with_a_code_of_its_own_and_leaves_nothing_of_the_file(
    environ: dict[str, str], site: Site, full: Callable[[Path], None], capsys: pytest.CaptureFixture[str]
) -> None:
    full(site.folder / "offline.new")

    code = main(["offline", "--site-id", SITE_ID, "--reason", "suspended"], environ)

    assert (code, json.loads(capsys.readouterr().out.splitlines()[-1])["detail"]) == (73, NO_ROOM)
    assert list(site.folder.iterdir()) == []


@pytest.mark.parametrize("fault", [Full("ERROR 1114"), shutil.Error([("a", "b", "[Errno 28] No space left on device")])])
def test_whatever_has_no_room_ends_so(
    environ: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], fault: Exception
) -> None:
    def online(context: Context) -> Result:
        raise fault

    monkeypatch.setattr(cli, "take_online", online)

    assert main(["online", "--site-id", SITE_ID], environ) == 73
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["detail"] == NO_ROOM


@pytest.mark.parametrize("was_open", [True, False])
def test_a_site_whose_configuration_cannot_be_written_stays_what_it_was(
    environ: dict[str, str], site: Site, full: Callable[[Path], None], was_open: bool
) -> None:
    site.config.write_text("<?php\ndefine('DB_NAME', 'a');\n")
    if not was_open:
        site.offline_marker.write_text("changing over")
    full(site.folder / "config.php.new")

    with pytest.raises(OSError, match="No space left"):
        changing.change_database(Context(settings_from(environ), site), "b", done="changed over")

    assert Context(settings_from(environ), site).config == {"DB_NAME": "a"}
    assert site.offline_marker.exists() is not was_open


def test_a_folder_that_cannot_be_filled_is_gone_again(tmp_path: Path) -> None:
    content = tmp_path / "core" / "wp-content"
    content.mkdir(parents=True)
    os.mkfifo(content / "cannot-be-copied")

    with pytest.raises(shutil.Error):
        files.copy_wordpress(tmp_path / "core", tmp_path / "public.new")

    assert not (tmp_path / "public.new").exists()


def test_a_full_database_ends_a_restoration_which_leaves_nothing_and_can_be_done_when_there_is_room(
    bed: SiteBed, full_database: TestSite
) -> None:
    (before,) = bed.sql("SELECT @@max_heap_table_size")
    bed.sql("SET GLOBAL max_heap_table_size = 65536")
    outcome = full_database.run("restore", "--backup-id", "first")
    bed.sql(f"SET GLOBAL max_heap_table_size = {before}")

    assert (outcome.code, outcome.result["detail"]) == (73, NO_ROOM), outcome.log
    assert "ERROR 1114" in outcome.log
    assert (len(full_database.databases()), full_database.get().status) == (1, 200)
    assert full_database.run("restore", "--backup-id", "first").code == 0
    assert full_database.sql("SELECT COUNT(*) FROM wp_heap") == ["2000"]


@pytest.fixture(scope="module")
def full_database(bed: SiteBed) -> TestSite:
    """A site with a table that the database has no room for when it is told so, backed up as ``first``."""
    site = bed.installed()
    site.sql(
        "CREATE TABLE wp_heap (id INT, note CHAR(200)) ENGINE=MEMORY;"
        "INSERT INTO wp_heap SELECT seq, REPEAT('x', 200) FROM seq_1_to_2000"
    )
    assert site.run("backup", "--backup-id", "first").code == 0
    return site


def test_a_full_file_system_ends_the_unpacking_of_a_backup(tmp_path: Path, full_database: TestSite) -> None:
    (tmp_path / "tar").write_text("#!/bin/sh\necho 'tar: public/x: Cannot write: No space left on device' >&2\nexit 2\n")
    (tmp_path / "tar").chmod(0o700)
    path = f"{tmp_path}:{full_database.bed.environment['PATH']}"

    outcome = full_database.bed.run(
        "restore", "--site-id", full_database.site_id, "--backup-id", "first", environ={"PATH": path}
    )

    assert (outcome.code, outcome.result["detail"]) == (73, NO_ROOM), outcome.log
    assert (len(full_database.databases()), full_database.get().status) == (1, 200)
    assert sorted(entry.name for entry in full_database.places.folder.iterdir()) == ["config.php", "public", "tmp"]


def test_a_backup_for_which_there_is_no_room_leaves_nothing_behind(full_database: TestSite, tmp_path: Path) -> None:
    """On a file system of half a megabyte, which takes a mount of one's own."""
    backups = tmp_path / "backups"
    backups.mkdir()
    mount = f"mount -t tmpfs -o size=512k none {backups} && "
    command = [str(wordpress.PYTHON), "-m", "wordpress.maintenance", "backup", "--site-id", full_database.site_id]
    shell = f'{mount}"$@"; code=$?; ls -A {backups}/*; exit $code'
    if subprocess.run(["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", f"{mount}true"], check=False).returncode:
        pytest.skip("this system lets nobody mount anything")

    outcome = subprocess.run(
        ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", shell, "sh", *command, "--backup-id", "second"],
        env={**full_database.bed.environment, "BACKUPS_FOLDER": str(backups)}, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert outcome.returncode == 73, outcome.stderr
    assert json.loads(outcome.stdout.splitlines()[0])["detail"] == NO_ROOM
    assert outcome.stdout.splitlines()[1:] == [], "no partial backup keeps the disk full"
