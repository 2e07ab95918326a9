"""The plugin directory of the local stage: what it says of the packages in its folder, in the words of WordPress.org."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import urllib3
from hypothesis import given
from hypothesis import strategies as st

from local.directory.pack import Mishap, pack
from local.directory.packages import Packages, rank
from local.directory.server import MAX_BODY_BYTES, Directory
from local.settings import ROOT

MAIN = """<?php
/**
 * Plugin Name: Guest <b>book</b>
 * Plugin URI: https://guestbook.example/
 * Description: Lets guests write.
 * Version: 1.0
 * Author: Anna
 * Requires at least: 6.5
 * Requires PHP: 8.1
 * Requires Plugins: akismet, hello-dolly
 */
"""
README = """=== Guestbook ===
Tags: guests, contact form
Requires at least: 5.0
Tested up to: 7.1
Stable tag: 1.0

Lets guests write.

== Description ==

First & foremost.

Then the rest.

== Changelog ==
= 1.0 =
* Began
"""


@pytest.fixture
def plugin(tmp_path: Path) -> Path:
    """The folder of a plugin."""
    folder = tmp_path / "guestbook"
    folder.mkdir()
    (folder / "index.php").write_text("<?php // Silence")
    (folder / "main.php").write_text(MAIN)
    (folder / "readme.txt").write_text(README)
    return folder


@dataclass
class Served:
    """A directory, and its folder."""

    folder: Path
    origin: str
    pool: urllib3.PoolManager

    def get(self, path: str, **fields: str) -> urllib3.BaseHTTPResponse:
        return self.pool.request("GET", f"{self.origin}{path}", fields=fields)

    def information(self, slug: str) -> urllib3.BaseHTTPResponse:
        fields = {"action": "plugin_information", "request[slug]": slug}
        return self.get("/api.wordpress.org/plugins/info/1.2/", **fields)

    def updates(self, body: str) -> Any:
        url = f"{self.origin}/api.wordpress.org/plugins/update-check/1.1/"
        answer = self.pool.request("POST", url, fields={"plugins": body, "locale": "[]"}, encode_multipart=False)
        assert answer.status == 200
        return answer.json()


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    folder = tmp_path / "packages"
    folder.mkdir()
    with Directory(0, Packages(folder)) as server, urllib3.PoolManager(retries=False, timeout=10) as pool:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield Served(folder, f"http://127.0.0.1:{server.server_port}", pool)
        server.shutdown()


def test_what_is_known_of_a_plugin_is_what_its_files_say(served: Served, plugin: Path) -> None:
    pack(plugin, "guestbook", "1.0", served.folder)
    pack(plugin, "guestbook", "1.10", served.folder)

    answer = served.information("guestbook").json()

    downloads = "https://downloads.wordpress.org/plugin"
    told = {
        "name": "Guest <b>book</b>",
        "slug": "guestbook",
        "version": "1.10",
        "author": "Anna",
        "requires": "6.5",
        "tested": "7.1",
        "requires_php": "8.1",
        "requires_plugins": ["akismet", "hello-dolly"],
        "homepage": "https://guestbook.example/",
        "short_description": "Lets guests write.",
        "download_link": f"{downloads}/guestbook.1.10.zip",
        "versions": {version: f"{downloads}/guestbook.{version}.zip" for version in ("1.0", "1.10")},
        "tags": {"guests": "guests", "contact-form": "contact form"},
        "language_packs": [],
    }
    assert {name: answer[name] for name in told} == told
    assert answer["sections"]["description"] == "<p>First &amp; foremost.</p>\n<p>Then the rest.</p>\n"
    assert set(answer["sections"]) == {"description", "changelog"}


@pytest.mark.parametrize("slug", ["unknown", "", "../guestbook"])
def test_a_plugin_that_is_not_there_is_not_found(served: Served, slug: str) -> None:
    answer = served.information(slug)

    assert (answer.status, answer.json()) == (404, {"error": "Plugin not found."})


def test_only_the_asked_about_newer_versions_are_updates(served: Served, plugin: Path) -> None:
    pack(plugin, "guestbook", "1.10", served.folder)
    pack(plugin, "other", "1.0", served.folder)
    installed = {
        "guestbook/main.php": {"Version": "1.9"},
        "other/main.php": {"Version": "1.0"},
        "other/another.php": {"Version": "0.1"},
        "unknown/unknown.php": {"Version": "1.0"},
    }

    answer = served.updates(json.dumps({"plugins": installed, "active": []}))

    assert {file: offer["new_version"] for file, offer in answer["plugins"].items()} == {"guestbook/main.php": "1.10"}
    assert list(answer["no_update"]) == ["other/main.php"]
    assert answer["translations"] == []


def test_the_one_file_that_wordpress_brings_along_is_known_by_its_slug(served: Served, tmp_path: Path) -> None:
    hello = tmp_path / "hello.php"
    hello.write_text("<?php\n/*\nPlugin Name: Hello\nVersion: 1.7\n*/\n")
    pack(hello, "hello-dolly", "1.8", served.folder)

    offer = served.updates('{"plugins": {"hello.php": {"Version": "1.7"}}}')["plugins"]["hello.php"]

    assert (offer["slug"], offer["new_version"]) == ("hello-dolly", "1.8")


@pytest.mark.parametrize("body", ["", "[]", "null", "{", '{"plugins": []}', '{"plugins": {"x/x.php": 7}}', "[" * 5000])
def test_what_is_no_list_of_plugins_has_no_updates(served: Served, body: str) -> None:
    assert served.updates(body) == {"plugins": {}, "no_update": {}, "translations": []}


def test_wordpress_itself_and_themes_are_up_to_date(served: Served) -> None:
    (offer,) = served.get("/api.wordpress.org/core/version-check/1.7/", version="7.1.1").json()["offers"]
    themes = served.get("/api.wordpress.org/themes/update-check/1.1/").json()

    assert (offer["response"], offer["version"]) == ("latest", "7.1.1")
    assert themes == {"themes": {}, "no_update": {}, "translations": []}


def test_a_package_is_sent_by_its_version_or_the_latest(served: Served, plugin: Path) -> None:
    older, latest = (pack(plugin, "guestbook", version, served.folder) for version in ("1.0", "2.0"))
    named_otherwise = older.rename(served.folder / "copy of it.zip")

    sent = {name: served.get(f"/downloads.wordpress.org/plugin/{name}") for name in ("guestbook.1.0.zip", "guestbook.zip")}

    assert sent["guestbook.1.0.zip"].data == named_otherwise.read_bytes()
    assert sent["guestbook.zip"].data == latest.read_bytes()


@pytest.mark.parametrize("name", ["guestbook.9.zip", "../secret.zip", "..%2Fsecret.zip", "", "secret.txt"])
def test_what_is_no_package_is_not_sent(served: Served, name: str) -> None:
    for secret in ("secret.zip", "packages/secret.txt"):
        (served.folder.parent / secret).write_text("secret")

    assert served.get(f"/downloads.wordpress.org/plugin/{name}").status == 404


def test_a_package_counts_as_soon_as_it_is_there_and_as_long(served: Served, plugin: Path, tmp_path: Path) -> None:
    package = pack(plugin, "guestbook", "1.0", served.folder)
    seen = [served.get("/").json()]
    shutil.copy(pack(plugin, "guestbook", "2.0", tmp_path), served.folder / "new.zip")
    seen.append(served.get("/").json())
    package.unlink()
    seen.append(served.get("/").json())

    assert [each["plugins"]["guestbook"] for each in seen] == [["1.0"], ["2.0", "1.0"], ["2.0"]]


def test_a_file_that_is_no_plugin_is_passed_over(served: Served, plugin: Path) -> None:
    whole = pack(plugin, "guestbook", "1.0", served.folder).read_bytes()
    (served.folder / "half.zip").write_bytes(whole[: len(whole) // 2])
    (served.folder / "text.zip").write_text("no zip")
    with zipfile.ZipFile(served.folder / "theme.zip", "w") as archive:
        archive.writestr("theme/style.css", "/* Theme Name: x */")

    assert served.get("/").json() == {"plugins": {"guestbook": ["1.0"]}}


def test_what_wordpress_org_would_not_answer_is_not_answered(served: Served) -> None:
    statuses = [
        served.get("/api.wordpress.org/nothing/").status,
        served.get("/elsewhere").status,
        served.get("/api.wordpress.org/plugins/info/1.2/", action="query_plugins").status,
        served.pool.request("POST", f"{served.origin}/", headers={"Content-Length": str(MAX_BODY_BYTES + 1)}).status,
    ]

    assert statuses == [404, 404, 400, 413]


ORDERED = ["1.0-dev", "1.0a", "1.0-beta", "1.0-beta2", "1.0RC1", "1.0", "1.0.1", "1.0pl1", "1.9", "1.10", "2"]


def test_versions_are_compared_as_php_compares_them() -> None:
    assert all(rank(lesser) < rank(greater) for lesser, greater in pairwise(ORDERED))


@given(st.text(max_size=20))
def test_any_text_can_be_compared_as_a_version(text: str) -> None:
    assert rank(text) < rank(f"{text}.1")


def test_a_packed_plugin_has_its_version_everywhere(plugin: Path, tmp_path: Path) -> None:
    package = pack(plugin, "other", "3.1", tmp_path)

    with zipfile.ZipFile(package) as archive:
        assert set(archive.namelist()) == {"other/index.php", "other/main.php", "other/readme.txt"}
        assert " * Version: 3.1\n" in archive.read("other/main.php").decode()
        assert "\nStable tag: 3.1\n" in archive.read("other/readme.txt").decode()
    assert package.name == "other.3.1.zip"
    assert [path.name for path in tmp_path.glob("*.new")] == []


@pytest.mark.parametrize("end", ["", "?>", "?>\n"])
@pytest.mark.parametrize("mishap", Mishap)
def test_a_package_can_be_broken_on_purpose(plugin: Path, tmp_path: Path, mishap: Mishap, end: str) -> None:
    (plugin / "main.php").write_text(MAIN + end)

    with zipfile.ZipFile(pack(plugin, "guestbook", "2.0", tmp_path, mishap)) as archive:
        main = archive.read("guestbook/main.php").decode()
        assert "Broken on purpose" in archive.read("guestbook/bbws-mishap.php").decode()
    begin = "<?php " if end else "\n"
    assert main.endswith(f"{begin}require __DIR__ . '/bbws-mishap.php';\n")


def test_what_is_no_plugin_cannot_be_packed(plugin: Path, tmp_path: Path) -> None:
    (plugin / "main.php").unlink()

    with pytest.raises(ValueError, match="is no plugin"):
        pack(plugin, "guestbook", "1.0", tmp_path)


def test_a_person_packs_a_plugin_by_a_command(plugin: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "local.directory.pack", "--from", str(plugin), "--slug", "guestbook"]

    ran = subprocess.run(
        [*command, "--version", "2.0", "--to", str(tmp_path), "--break", "home"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip

    assert ran.stdout.strip() == str(tmp_path / "guestbook.2.0.zip")
