"""Removing: nothing of the site is left, and nothing of any other is touched."""

from __future__ import annotations

import pytest

from tests.wordpress.support import SiteBed, TestSite


def everything_of(site: TestSite) -> dict[str, object]:
    return {
        "databases": site.databases(),
        "users": site.users(),
        "links": site.places.links,
        "folder": site.places.folder.exists(),
        "lock": site.places.lock.exists(),
        "page": site.get().status,
    }


NOTHING = {"databases": [], "users": [], "links": [], "folder": False, "lock": False, "page": 404}


@pytest.fixture(scope="module")
def removed(bed: SiteBed) -> TestSite:
    """A site that was backed up and then removed."""
    once = bed.installed()
    once.run("backup", "--backup-id", "last")
    assert once.run("remove").changed is True
    return once


def test_a_removed_site_leaves_no_database_no_user_no_file_and_no_link(removed: TestSite, site: TestSite) -> None:
    assert everything_of(removed) == NOTHING
    assert site.get().status == 200, "another site still answers"


def test_removing_again_does_nothing(removed: TestSite) -> None:
    again = removed.run("remove")

    assert (again.code, again.changed) == (0, False)


def test_the_backups_of_a_removed_site_stay(removed: TestSite) -> None:
    assert {path.name for path in (removed.backups / "last").iterdir()} == {"database.sql.gz", "files.tar.gz", "manifest.json"}


def test_the_address_of_a_removed_site_is_free(bed: SiteBed, removed: TestSite) -> None:
    other = TestSite(bed, bed.new().site_id, removed.host, "", "DEV")

    assert other.install().code == 0
    assert other.get().status == 200
    other.run("remove")


def test_a_removal_killed_after_each_step_in_turn_leaves_nothing(bed: SiteBed) -> None:
    steps = bed.new().run("remove").steps
    removed = bed.installed()
    bed.run_killed(steps, "remove", "--site-id", removed.site_id)

    assert removed.run("remove").code == 0
    assert everything_of(removed) == NOTHING


def test_what_an_installation_left_half_made_is_removed_too(bed: SiteBed) -> None:
    half = bed.new()
    bed.run_killed("files copied", "install", *half.order)

    assert half.run("remove").code == 0
    assert everything_of(half) == NOTHING
