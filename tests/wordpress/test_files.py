"""What the command writes: whole or not there, with secrets that stay."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from wordpress.maintenance.config import read_config, with_secrets, write_config
from wordpress.maintenance.database import safe
from wordpress.maintenance.files import (
    AGENT,
    PARTIAL,
    add_missing,
    copy_if_there,
    copy_site,
    copy_wordpress,
    furnish,
    write,
)


@pytest.fixture
def core(tmp_path: Path) -> Path:
    folder = tmp_path / "core"
    for name in ("index.php", "wp-includes/version.php", "wp-content/themes/one/style.css"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    return folder


def test_a_file_is_written_once_and_with_its_mode(tmp_path: Path) -> None:
    file = tmp_path / "secret"

    assert [write(file, b"one", 0o600), write(file, b"one", 0o600), write(file, b"two", 0o600)] == [True, False, True]
    assert (file.read_bytes(), file.stat().st_mode & 0o777) == (b"two", 0o600)
    assert list(tmp_path.iterdir()) == [file]


def test_what_a_killed_command_left_of_a_file_is_in_nobody_s_way(tmp_path: Path) -> None:
    (tmp_path / "secret.new").write_text("half")

    assert write(tmp_path / "secret", b"whole", 0o600) is True
    assert [path.name for path in tmp_path.iterdir()] == ["secret"]


def test_a_site_shares_the_files_that_it_never_changes_and_no_others(core: Path, tmp_path: Path) -> None:
    copy_wordpress(core, tmp_path / "site")

    shared = {name: (tmp_path / "site" / name).samefile(core / name) for name in ("index.php", "wp-includes/version.php")}
    assert shared == {"index.php": True, "wp-includes/version.php": True}
    assert not (tmp_path / "site/wp-content/themes/one/style.css").samefile(core / "wp-content/themes/one/style.css")


def test_a_copy_that_was_begun_is_begun_anew(core: Path, tmp_path: Path) -> None:
    (tmp_path / "site" / "half").mkdir(parents=True)

    copy_wordpress(core, tmp_path / "site")

    assert not (tmp_path / "site" / "half").exists()


def test_the_agent_in_a_site_becomes_the_platform_s_own_again(core: Path) -> None:
    plugins = core / "wp-content" / "mu-plugins"
    first, again = furnish(core), furnish(core)
    (plugins / "bbws-agent.php").write_text("<?php // meddled with")
    (plugins / "bbws-agent" / "Backdoor.php").write_text("<?php // put beside it")
    (plugins / "of-the-customer.php").write_text("<?php")

    mended = furnish(core)

    assert (first, again, mended) == (True, False, True)
    ours = {path.relative_to(AGENT) for path in AGENT.rglob("*") if path.is_file()}
    assert {path.relative_to(plugins) for path in plugins.rglob("*") if path.is_file()} == {*ours, Path("of-the-customer.php")}
    assert (plugins / "bbws-agent.php").read_bytes() == (AGENT / "bbws-agent.php").read_bytes()


@pytest.fixture
def public(core: Path, tmp_path: Path) -> Path:
    """A site that has been in use for a while."""
    public = tmp_path / "source"
    copy_wordpress(core, public)
    furnish(public)
    for name in (
        ".maintenance", "google.html", "wp-admin/index.php", "wp-content/uploads/a.png", "wp-content/plugins/x/x.php",
        "wp-content/debug.log",
        "wp-content/plugins/x/error.log", "wp-content/cache/page.html", "wp-content/upgrade/x.zip",
        "wp-content/object-cache.php", "wp-content/upgrade-temp-backup/x", "wp-content/advanced-cache.php",
        "wp-content/uploads/cache/b.png",
        "wp-content/mu-plugins/of-the-customer.php", "wp-content/logs.log/kept.txt",
    ):  # fmt: skip
        (public / name).parent.mkdir(parents=True, exist_ok=True)
        (public / name).write_text(name)
    return public


def files_in(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir()}


def test_a_copy_has_the_files_of_a_site_without_logs_caches_and_the_platform_s_own_plugin(public: Path, tmp_path: Path) -> None:
    copy_site(public, tmp_path / "copy")

    assert files_in(tmp_path / "copy") == {
        "index.php", "google.html", "wp-config.php", "wp-admin/index.php", "wp-includes/version.php",
        "wp-content/themes/one/style.css", "wp-content/uploads/a.png", "wp-content/uploads/cache/b.png",
        "wp-content/plugins/x/x.php", "wp-content/mu-plugins/of-the-customer.php", "wp-content/logs.log/kept.txt",
    }  # fmt: skip


def test_a_copy_shares_what_no_site_changes_and_no_file_that_one_may_write_to(public: Path, tmp_path: Path) -> None:
    copy_site(public, tmp_path / "copy")

    shared = {name for name in files_in(tmp_path / "copy") if (tmp_path / "copy" / name).samefile(public / name)}
    assert shared == {"wp-admin/index.php", "wp-includes/version.php"}


def test_a_copy_keeps_links_as_links_and_does_without_pipes(public: Path, tmp_path: Path) -> None:
    (public / "wp-content" / "link").symlink_to("/nowhere")
    os.mkfifo(public / "wp-content" / "pipe")

    copy_site(public, tmp_path / "copy")

    assert (tmp_path / "copy/wp-content/link").readlink() == Path("/nowhere")
    assert not (tmp_path / "copy/wp-content/pipe").exists()


def test_a_file_that_a_visitor_s_request_removes_while_it_is_copied_is_missing_from_the_copy(tmp_path: Path) -> None:
    copy_if_there(tmp_path / "gone", tmp_path / "copy")

    assert list(tmp_path.iterdir()) == []


def test_uploads_of_both_are_there_afterwards_and_a_name_of_both_means_what_it_meant(tmp_path: Path) -> None:
    mine, theirs = tmp_path / "mine", tmp_path / "theirs"
    for name in (
        "mine/both.png",
        "mine/2026/mine.png",
        "mine/file",
        "theirs/both.png",
        "theirs/2025/theirs.png",
        "theirs/file/x",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    for folder in (mine / "2025", theirs / "2025"):
        folder.mkdir(exist_ok=True)
        (folder / PARTIAL).write_text("left by a command that was killed")

    added = [add_missing(theirs, mine), add_missing(theirs, mine), add_missing(tmp_path / "none", mine)]

    assert added == [True, False, False]
    assert files_in(mine) == {"both.png", "file", "2026/mine.png", "2025/theirs.png"}
    assert (mine / "both.png").read_text() == "mine/both.png"


def test_constants_come_back_as_they_were_written(tmp_path: Path) -> None:
    constants = {"DB_NAME": "site-1", "DB_HOST": "localhost:/run/x.sock", "WP_HOME": "http://shop.localhost:8480"}

    assert write_config(tmp_path / "config.php", constants) is True
    assert write_config(tmp_path / "config.php", constants) is False
    assert read_config(tmp_path / "config.php") == constants
    assert read_config(tmp_path / "none.php") == {}


@pytest.mark.parametrize("value", ["a'b", "a\\", "a\nb"])
def test_a_value_that_could_end_its_constant_is_never_written(tmp_path: Path, value: str) -> None:
    with pytest.raises(ValueError, match="have no quotes"):
        write_config(tmp_path / "config.php", {"DB_NAME": value})


def test_secrets_are_made_once() -> None:
    made = with_secrets({}, agent_secret="agent")

    assert with_secrets(made, agent_secret="agent") == made
    assert len(set(made.values())) == len(made) == 10
    assert min(len(value) for name, value in made.items() if name != "BBWS_AGENT_SECRET") == 64


def test_the_agent_secret_before_the_current_one_is_kept_beside_it() -> None:
    first = with_secrets({}, agent_secret="one")
    second = with_secrets(first, agent_secret="two")
    again = with_secrets(second, agent_secret="two")

    assert "BBWS_AGENT_SECRET_PREVIOUS" not in first
    assert (second["BBWS_AGENT_SECRET"], second["BBWS_AGENT_SECRET_PREVIOUS"]) == ("two", "one")
    assert again == second


@pytest.mark.parametrize("name", ["a'b", "a`b", "a b", "a;b", "ä", "a%"])
def test_nothing_that_means_anything_in_sql_gets_into_it(name: str) -> None:
    with pytest.raises(ValueError, match="may stand in SQL"):
        safe(name)
