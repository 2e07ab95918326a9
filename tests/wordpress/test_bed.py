"""The bed: up from nothing, up again, one process short, and gone."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from local import wordpress
from local.bed.layout import INSTALLED, bed_of
from local.settings import DEFAULT_PORT, Local, LocalError
from tests.wordpress.support import SiteBed, TestSite, free_port

pytestmark = pytest.mark.slow


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Local]:
    """A bed without a cloud, which its test may break."""
    local = Local(state=tmp_path / "own", port=free_port())
    assert wordpress.start(local) is True
    yield local
    wordpress.stop(local)


def ids(local: Local) -> list[str]:
    return [process.pid_file.read_text() for process in wordpress.processes(local)]


def test_a_bed_that_runs_is_left_alone(own: Local) -> None:
    before = ids(own)

    assert wordpress.is_ready(own)
    assert wordpress.start(own) is False
    assert ids(own) == before


@pytest.mark.parametrize("dead", [0, 1, 2, 3], ids=["mariadb", "php-fpm", "nginx", "directory"])
def test_a_process_that_died_is_started_again_and_the_others_are_left_alone(own: Local, dead: int) -> None:
    before = ids(own)
    os.killpg(int(before[dead].split()[0]), signal.SIGKILL)
    while wordpress.processes(own)[dead].is_ready():
        time.sleep(0.01)

    assert wordpress.start(own) is True

    after = ids(own)
    assert [known == now for known, now in zip(before, after, strict=True)] == [number != dead for number in range(4)]
    assert wordpress.is_ready(own)


def test_a_stopped_bed_leaves_no_process_and_no_file(own: Local) -> None:
    groups = {known.split()[0] for known in ids(own)}

    assert wordpress.stop(own) is True

    running = subprocess.run(["ps", "-eo", "pgid=,stat="], capture_output=True, text=True, check=True).stdout
    assert [line for line in running.splitlines() if line.split()[0] in groups and "Z" not in line] == []
    assert not own.bed.exists()
    assert wordpress.stop(own) is False


def test_it_listens_on_loopback_only(own: Local) -> None:
    access = json.loads(bed_of(own).access_file.read_text())
    ports = {f"{access[name]:04X}" for name in ("web_port", "database_port", "directory_port")}
    listening = [line.split()[1] for file in ("tcp", "tcp6") for line in Path(f"/proc/net/{file}").read_text().splitlines()[1:]]

    assert {address for address in listening if address.split(":")[1] in ports} == {f"0100007F:{port}" for port in ports}


def test_the_functions_are_told_where_the_bed_is(own: Local) -> None:
    access = json.loads(bed_of(own).access_file.read_text())
    port = access["web_port"]

    assert wordpress.environment(own) == {
        "SITE_ORIGIN": f"http://*.localhost:{port}",
        "WORDPRESS_GATEWAY": f"http://127.0.0.1:{port}",
        "MAINTENANCE_PROGRAM": str(own.bed / "maintenance"),
        "WORDPRESS_ORG_API": f"http://127.0.0.1:{access['directory_port']}/api.wordpress.org",
    }


def test_a_bed_from_before_it_had_a_directory_gets_one(own: Local) -> None:
    file = bed_of(own).access_file
    wordpress.processes(own)[3].kill()
    known = json.loads(file.read_text())
    del known["directory_port"]
    file.write_text(json.dumps(known))

    assert wordpress.start(own) is True

    kept = json.loads(file.read_text())
    assert {name: kept[name] for name in known} == known
    with urllib.request.urlopen(f"http://127.0.0.1:{kept['directory_port']}/") as answer:
        assert set(json.load(answer)["plugins"]) == {"akismet", "hello-dolly"}


def test_a_taken_port_is_named_with_the_mend(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("local.bed.layout._is_free", lambda port: False)

    with pytest.raises(LocalError, match=r"Port 8480 is taken by something else: stop it, or choose others"):
        wordpress.start(Local(state=tmp_path, port=DEFAULT_PORT))


def test_the_database_lets_nobody_in_without_the_password(bed: SiteBed, site: TestSite) -> None:
    client = [f"{INSTALLED}/bin/mariadb", "--no-defaults", "--batch", "-e", "SELECT 1"]
    ways = [
        ["--socket", str(bed_of(bed.local).database_socket)],
        ["--host", "127.0.0.1", "--port", str(bed.access.database_port)],
    ]

    for way in ways:
        for user in ("root", "", site.site_id):
            attempt = subprocess.run([*client, *way, "--user", user], capture_output=True, text=True, check=False)
            assert "ERROR 1045" in attempt.stderr or "ERROR 1698" in attempt.stderr


def test_a_site_s_user_sees_that_site_s_database_only(bed: SiteBed, site: TestSite) -> None:
    bed.installed()
    client = [f"{INSTALLED}/bin/mariadb", "--no-defaults", "--batch", "--skip-column-names", "-e", "SHOW DATABASES"]
    login = [
        "--socket",
        str(bed_of(bed.local).database_socket),
        "--user",
        site.site_id,
        f"--password={site.config['DB_PASSWORD']}",
    ]

    seen = subprocess.run([*client, *login], capture_output=True, text=True, check=True).stdout.split()

    assert seen == ["information_schema", site.site_id]


def test_the_program_of_the_functions_takes_the_agents_key_from_them(bed: SiteBed) -> None:
    site = bed.new()
    program = wordpress.environment(bed.local)["MAINTENANCE_PROGRAM"]

    done = subprocess.run(
        [program, "install", *site.order], env={"AGENT_KEY_ID": bed.key_id}, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["changed"] is True
    assert Path(program).stat().st_mode & 0o777 == 0o700


def test_publishing_the_database_secret_again_replaces_it(bed: SiteBed) -> None:
    wordpress.publish_database_secret(bed.local)

    assert bed.new().run("remove").code == 0
