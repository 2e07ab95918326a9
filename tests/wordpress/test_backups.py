"""Backups: whole or not there, and a site put back is as it was."""

from __future__ import annotations

import gzip
import json
import shutil
import time
from pathlib import Path

import pytest

from tests.wordpress.support import SiteBed, TestSite
from wordpress.maintenance.archive import Archive


@pytest.fixture(scope="session")
def kept(bed: SiteBed) -> TestSite:
    """A site with content of every kind, backed up as ``first``."""
    site = bed.installed()
    site.sql("CREATE TRIGGER note AFTER INSERT ON wp_links FOR EACH ROW UPDATE wp_options SET option_value = option_value")
    (site.content / "uploads").mkdir(exist_ok=True)
    (site.content / "uploads" / "picture.txt").write_text("a picture")
    site.sql("UPDATE wp_posts SET post_title = 'Grüße 🌻' WHERE post_name = 'hello-world'")
    assert site.run("backup", "--backup-id", "first").code == 0
    return site


def content_of(site: TestSite) -> dict[str, object]:
    return {
        "titles": site.sql("SELECT post_title FROM wp_posts WHERE post_name = 'hello-world'"),
        "picture": (site.content / "uploads" / "picture.txt").read_text(),
        "triggers": site.sql("SELECT COUNT(*) FROM information_schema.triggers WHERE trigger_schema = DATABASE()"),
        "page": "Grüße 🌻" in site.get("/hello-world/").data.decode(),
        "databases": len(site.databases()),
        "folders": sorted(path.name for path in site.places.folder.iterdir()),
    }


UNTOUCHED = {
    "titles": ["Grüße 🌻"], "picture": "a picture", "triggers": ["1"], "page": True, "databases": 1,
    "folders": ["config.php", "public", "tmp"],
}  # fmt: skip
CHANGING_OVER = [
    "database filled", "files unpacked", "site closed", "database changed over", "files moved away", "files changed over",
    "site opened",
]  # fmt: skip
"""The steps of a restoration that change something."""


def spoil(site: TestSite) -> None:
    """Change the site in every way that a backup has to undo."""
    site.sql("UPDATE wp_posts SET post_title = 'Changed' WHERE post_name = 'hello-world'")
    site.sql("DROP TRIGGER IF EXISTS note")
    site.sql("CREATE TABLE IF NOT EXISTS wp_left_over (id INT)")
    (site.content / "uploads" / "picture.txt").write_text("another picture")
    (site.content / "uploads" / "left-over.txt").write_text("left over")


def test_a_backup_is_there_once_and_can_be_read(kept: TestSite) -> None:
    again = kept.run("backup", "--backup-id", "first")

    manifest = json.loads((kept.backups / "first" / "manifest.json").read_text())
    assert (again.code, again.changed) == (0, False)
    assert (manifest["siteId"], manifest["backupId"]) == (kept.site_id, "first")
    assert [path.name for path in kept.backups.iterdir()] == ["first"]
    assert {path.stat().st_mode & 0o077 for path in kept.backups.rglob("*")} == {0}
    Archive(kept.backups / "first").check()


def test_no_secret_of_the_site_is_in_its_backup(kept: TestSite) -> None:
    dump = gzip.decompress((kept.backups / "first" / "database.sql.gz").read_bytes()).decode()

    names = ["DB_PASSWORD", "BBWS_AGENT_SECRET", *(name for name in kept.config if name.endswith(("_KEY", "_SALT")))]
    assert [name for name in names if kept.config[name] in dump] == []


def test_a_site_put_back_is_as_it_was(kept: TestSite) -> None:
    spoil(kept)

    outcome = kept.run("restore", "--backup-id", "first")

    assert (outcome.code, outcome.changed) == (0, True), outcome.log
    assert outcome.steps == ["backup checked", *CHANGING_OVER]
    assert content_of(kept) == UNTOUCHED
    assert not (kept.content / "uploads" / "left-over.txt").exists()
    assert kept.sql("SHOW TABLES LIKE 'wp_left_over'") == []


def test_a_restoration_killed_after_each_step_in_turn_ends_like_one_that_was_not(bed: SiteBed, kept: TestSite) -> None:
    spoil(kept)
    bed.run_killed(CHANGING_OVER, "restore", "--site-id", kept.site_id, "--backup-id", "first")

    assert kept.run("restore", "--backup-id", "first").code == 0
    assert content_of(kept) == UNTOUCHED


def test_a_backup_killed_after_each_step_in_turn_ends_like_one_that_was_not(bed: SiteBed, kept: TestSite) -> None:
    for step in ("database dumped", "files packed", "backup checked"):
        bed.run_killed(step, "backup", "--site-id", kept.site_id, "--backup-id", "second")
        assert not (kept.backups / "second").exists(), "what is not whole is not there"

    assert kept.run("backup", "--backup-id", "second").changed is True
    assert sorted(path.name for path in kept.backups.iterdir()) == ["first", "second"]
    shutil.rmtree(kept.backups / "second")


def test_an_offline_site_is_put_back_and_stays_offline(kept: TestSite) -> None:
    kept.run("offline", "--reason", "suspended")

    kept.run("restore", "--backup-id", "first")

    assert kept.places.offline_marker.read_text() == "suspended"
    kept.run("online")


def test_a_site_is_frozen_before_it_is_backed_up_when_that_is_asked_for_and_until_it_is_thawed(kept: TestSite) -> None:
    again = kept.run("backup", "--backup-id", "first", "--freeze", "yes")
    kept.run("restore", "--backup-id", "first")

    assert (again.code, again.steps) == (0, ["site frozen"])
    assert kept.places.frozen_marker.exists()
    kept.places.frozen_marker.unlink()


@pytest.mark.parametrize("part", ["database.sql.gz", "files.tar.gz", "manifest.json"])
def test_a_damaged_backup_is_refused_and_the_site_stays_as_it_is(kept: TestSite, part: str) -> None:
    damaged = _copy(kept, f"damaged-{part.split('.')[0]}")
    _flip_a_byte(damaged / part)
    before = content_of(kept)

    outcome = kept.run("restore", "--backup-id", damaged.name)

    assert (outcome.code, outcome.result["detail"]) == (65, "The backup is missing or damaged.")
    assert content_of(kept) == before


def test_a_damaged_backup_is_made_again_when_it_is_asked_for_again(kept: TestSite) -> None:
    damaged = _copy(kept, "damaged")
    _flip_a_byte(damaged / "files.tar.gz")

    outcome = kept.run("backup", "--backup-id", "damaged")

    assert outcome.changed is True
    Archive(damaged).check()
    shutil.rmtree(damaged)


def test_a_backup_older_than_thirty_days_goes_with_the_next_one_of_any_site(bed: SiteBed, kept: TestSite) -> None:
    old, recent = _copy(kept, "old"), _copy(kept, "recent")
    for backup, days in ((old, 31), (recent, 29)):
        made = time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime(time.time() - days * 86_400))
        manifest = json.loads((backup / "manifest.json").read_text())
        (backup / "manifest.json").write_text(json.dumps({**manifest, "createdAt": made}))

    bed.installed().run("backup", "--backup-id", "another")

    assert (old.exists(), recent.exists()) == (False, True)
    shutil.rmtree(recent)


def test_a_site_that_was_never_made_has_nothing_to_back_up(bed: SiteBed) -> None:
    outcome = bed.new().run("backup", "--backup-id", "first")

    assert (outcome.code, outcome.changed) == (0, False)


def test_a_site_that_has_lost_its_database_is_not_taken_for_one_that_never_had_any(bed: SiteBed) -> None:
    site = bed.installed()
    bed.sql(f"DROP DATABASE `{site.site_id}`")

    assert site.run("backup", "--backup-id", "first").code == 75
    assert not site.backups.exists()


def test_there_is_nothing_to_put_back_where_no_site_is(bed: SiteBed) -> None:
    assert bed.new().run("restore", "--backup-id", "first").code == 65


def _copy(site: TestSite, backup_id: str) -> Path:
    return Path(shutil.copytree(site.backups / "first", site.backups / backup_id))


def _flip_a_byte(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(content)
