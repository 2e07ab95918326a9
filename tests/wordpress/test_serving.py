"""The image's entrypoint and configuration on this machine's PHP and nginx: it serves, keeps to itself, and ends well."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
import urllib3

from local.bed.daemons import AS_ROOT
from local.bed.layout import INSTALLED
from tests.wordpress.image import HERE, configured
from tests.wordpress.support import free_port

pytestmark = pytest.mark.slow

HOST = "shop.example"
CHILDREN = 2
SLOW = """<?php
ignore_user_abort(true);
touch(__DIR__ . '/../tmp/begun-' . uniqid());
for ($end = microtime(true) + 1.5; microtime(true) < $end;) { usleep(10000); }
touch(__DIR__ . '/../tmp/finished-' . uniqid());
echo 'finished';
"""
ASIDE = """<?php
$large = fopen('php://temp', 'w+');
fwrite($large, str_repeat('x', 6 << 20));
echo json_encode([sys_get_temp_dir(), stream_get_meta_data(tmpfile())['uri']]);
"""


@dataclass(frozen=True)
class Task:
    """The entrypoint while it serves one site."""

    folder: Path
    port: int
    process: subprocess.Popen[bytes]

    @property
    def servers(self) -> dict[str, int]:
        """The process ids of the servers that the entrypoint started, by the names of their programs."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return {Path(f"/proc/{child}/exe").resolve().name.rstrip(".0123456789"): int(child) for child in children}

    def marks(self, kind: str) -> int:
        """How many scripts of the site have left their mark: that they have begun, or finished."""
        return len(list((self.folder / "sites" / "shop" / "tmp").glob(f"{kind}-*")))

    def get(self, path: str, *, host: str = HOST, timeout: float = 30) -> urllib3.BaseHTTPResponse:
        """Ask for a page as the load balancer passes the question on."""
        headers = {"Host": host, "X-Forwarded-Proto": "https"}
        with urllib3.PoolManager(retries=False, timeout=timeout) as pool:
            return pool.request("GET", f"http://127.0.0.1:{self.port}{path}", headers=headers)


@pytest.fixture
def task(tmp_path: Path) -> Iterator[Task]:
    port = free_port()
    config = configured(tmp_path, LISTEN=f"127.0.0.1:{port}", CHILDREN=str(CHILDREN))
    _make_site(tmp_path)
    programs = tmp_path / "programs"
    programs.mkdir()
    # The image runs nobody's programs as root; here that may be who runs the tests.
    _offer(programs / "php-fpm8.2", f"{INSTALLED}/bin/php-fpm {'--allow-to-run-as-root' if AS_ROOT else ''}")
    _offer(programs / "nginx", f"{INSTALLED}/bin/nginx")
    environ = {"PATH": f"{programs}:/usr/bin:/bin", "PHPRC": str(config), "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/secret"}
    with (tmp_path / "output").open("wb") as output:
        process = subprocess.Popen([str(HERE / "entrypoint"), "serve"], env=environ, stdout=output, stderr=output)
    task = Task(tmp_path, port, process)
    try:
        until(lambda: _is_healthy(task))
        yield task
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)


def _make_site(folder: Path) -> None:
    public = folder / "sites" / "shop" / "public"
    public.mkdir(parents=True)
    (folder / "sites" / "shop" / "tmp").mkdir()
    (folder / "hosts").mkdir()
    (folder / "hosts" / HOST).symlink_to("../sites/shop")
    (public / "slow.php").write_text(SLOW)
    (public / "aside.php").write_text(ASIDE)
    (public / "index.php").write_text("<?php echo $_SERVER['HTTPS'] ?? 'off';")


def _offer(program: Path, command: str) -> None:
    # The servers write their titles over the environment in /proc, so it is kept before they do.
    program.write_text(f'#!/bin/sh\nenv >"$0.env"\nexec {command} "$@"\n')
    program.chmod(0o755)


def _is_healthy(task: Task) -> bool:
    assert task.process.poll() is None, (task.folder / "output").read_text()
    try:
        return task.get("/health", host="10.0.0.1").status == 200
    except urllib3.exceptions.HTTPError:
        return False


def until(come_true: Callable[[], bool]) -> None:
    """Wait for something to come true, for half a minute at most."""
    deadline = time.monotonic() + 30
    while not come_true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def processes(task: Task) -> list[Path]:
    """The servers and their workers, in /proc."""
    found = list(task.servers.values())
    for pid in found:
        found += map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())
    return [Path(f"/proc/{pid}") for pid in found]


def written_by(process: Path) -> set[Path]:
    """The files that a process holds open to write to."""
    found = set()
    for file in (process / "fd").iterdir():
        flags = next(line for line in (process / "fdinfo" / file.name).read_text().splitlines() if line.startswith("flags:"))
        if int(flags.split()[1], 8) & os.O_ACCMODE and stat.S_ISREG(file.stat().st_mode):
            found.add(Path(os.readlink(file).removesuffix(" (deleted)")))
    return found


def test_a_site_is_told_that_the_visitor_came_by_https(task: Task) -> None:
    assert task.get("/").data == b"on"
    assert task.get("/", host="nobody.example").status == 404


def test_the_servers_get_no_credentials_of_the_task(task: Task) -> None:
    seen = [{line.split("=")[0] for line in kept.read_text().splitlines()} for kept in (task.folder / "programs").glob("*.env")]

    assert [names - {"PWD", "SHLVL", "_"} for names in seen] == [{"PATH", "PHPRC", "PHP_INI_SCAN_DIR"}] * 2


def test_nothing_is_written_but_in_the_folder_for_it_and_in_those_of_the_sites(task: Task) -> None:
    run, output = task.folder / "run", task.folder / "output"

    assert [
        path for process in processes(task) for path in written_by(process) if path != output and run not in path.parents
    ] == []
    assert [run in (Path(place), *Path(place).parents) for place in json.loads(task.get("/aside.php").data)] == [True, True]


def test_the_log_says_what_was_asked_for_and_keeps_the_query_to_itself(task: Task) -> None:
    task.get("/a-page/?key=secret")

    log = task.folder / "run" / "access.log"
    until(lambda: log.read_text().endswith("\n"))
    last = json.loads(log.read_text().splitlines()[-1])
    assert (last["path"], last["status"], last["host"]) == ("/a-page/", 200, HOST)


def test_a_task_is_healthy_while_all_its_scripts_are_busy(task: Task) -> None:
    with ThreadPoolExecutor(CHILDREN) as visitors:
        answers = [visitors.submit(task.get, "/slow.php") for _ in range(CHILDREN)]
        until(lambda: task.marks("begun") == CHILDREN)

        assert task.get("/health", host="10.0.0.1").status == 200

        assert [answer.done() for answer in answers] == [False] * CHILDREN


def test_a_task_that_is_stopped_answers_what_it_has_begun_to_and_what_waits_for_a_free_script(task: Task) -> None:
    with ThreadPoolExecutor(CHILDREN + 1) as visitors:
        answers = [visitors.submit(task.get, "/slow.php") for _ in range(CHILDREN + 1)]
        until(lambda: task.marks("begun") == CHILDREN)
        time.sleep(0.3)  # nobody can see from outside that nginx has the last one too

        task.process.send_signal(signal.SIGTERM)

        assert task.process.wait(timeout=30) == 0
        assert [(answer.result().status, answer.result().data) for answer in answers] == [(200, b"finished")] * (CHILDREN + 1)


def test_a_task_that_is_stopped_lets_a_script_finish_whose_visitor_did_not_wait(task: Task) -> None:
    with pytest.raises(urllib3.exceptions.ReadTimeoutError):
        task.get("/slow.php", timeout=0.3)
    until(lambda: task.marks("begun") == 1)

    task.process.send_signal(signal.SIGTERM)

    assert task.process.wait(timeout=30) == 0
    assert task.marks("finished") == 1


@pytest.mark.parametrize("dead", ["php-fpm", "nginx"])
def test_a_task_fails_when_one_of_its_servers_ends(task: Task, dead: str) -> None:
    servers = task.servers

    os.kill(servers[dead], signal.SIGTERM)

    assert task.process.wait(timeout=30) == 1
    assert [name for name, pid in servers.items() if Path(f"/proc/{pid}").exists()] == []
