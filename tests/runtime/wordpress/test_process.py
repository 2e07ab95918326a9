"""Maintenance jobs as processes: each runs once, whoever launches it and whoever is killed, and its end is known."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from runtime.wordpress import process, supervisor
from runtime.wordpress.jobs import FAILED_DETAIL, FULL_DETAIL, GONE, REFUSED_DETAIL, TEMPORARY_DETAIL
from runtime.wordpress.port import Job, JobCommand, JobState, JobStatus
from runtime.wordpress.process import ProcessMaintenance

RUNNING = JobState(status=JobStatus.RUNNING)
SUCCEEDED = JobState(status=JobStatus.SUCCEEDED)
JOB = Job(job_id="op-1-install", command=JobCommand.INSTALL, site_id="site-1", options={"title": "--help; $(x)", "host": "a.b"})

RUNS = "import os, pathlib; here = pathlib.Path(__file__).parent; (here / f'run-{os.getpid()}').touch()\n"
WAITS = RUNS + "import time\nwhile not (here / 'go').exists(): time.sleep(0.01)\n"

LAUNCHER_THAT_DIES = """
import os, signal, sys
from pathlib import Path
from runtime.wordpress.port import Job, JobCommand
from runtime.wordpress.process import ProcessMaintenance
ProcessMaintenance._launch = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
ProcessMaintenance(Path(sys.argv[1])).start(Job(job_id="op-1-install", command=JobCommand.INSTALL, site_id="site-1"))
"""


@pytest.fixture
def program(tmp_path: Path) -> Callable[[str], Path]:
    """Writes the maintenance command."""

    def write(source: str) -> Path:
        path = tmp_path / "maintenance"
        path.write_text(f"#!{sys.executable} -IS\n{source}")
        path.chmod(0o700)
        return path

    return write


def within(seconds: float, ready: Callable[[], object]) -> None:
    deadline = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < deadline, "It did not happen in time."
        time.sleep(0.01)


def ended(maintenance: ProcessMaintenance, job: Job = JOB) -> JobState:
    """The state in which a job ends."""
    within(10, lambda: maintenance.state(job.job_id) != RUNNING)
    return maintenance.state(job.job_id)


def runs(folder: Path) -> list[int]:
    """The processes that ever ran the command."""
    return [int(path.name.removeprefix("run-")) for path in folder.glob("run-*")]


def parent_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])


def test_a_job_runs_and_succeeds(program: Callable[[str], Path], tmp_path: Path) -> None:
    maintenance = ProcessMaintenance(program(RUNS))

    handle = maintenance.start(JOB)

    assert handle == JOB.job_id
    assert ended(maintenance) == SUCCEEDED
    assert len(runs(tmp_path)) == 1


def test_what_people_typed_reaches_the_command_as_it_is(program: Callable[[str], Path], tmp_path: Path) -> None:
    maintenance = ProcessMaintenance(program("import sys, json; print(json.dumps(sys.argv[1:]))"))
    maintenance.start(JOB)
    ended(maintenance)

    stdout = (tmp_path / "jobs" / JOB.job_id / "stdout").read_text()

    assert json.loads(stdout) == ["install", "--site-id=site-1", "--title=--help; $(x)", "--host=a.b"]


def test_the_command_gets_no_more_of_the_environment_than_it_needs(program: Callable[[str], Path], tmp_path: Path) -> None:
    environment = {name: name for name in process.INHERITED} | {"PATH": os.environ["PATH"]}
    others = {"TABLE_NAME": "x", "WORDPRESS_GATEWAY": "x", "AWS_LAMBDA_FUNCTION_NAME": "x", "LD_PRELOAD": "x"}
    source = "import os, json; print(json.dumps(dict(os.environ)))"
    maintenance = ProcessMaintenance(program(source), environment=environment | others)
    maintenance.start(JOB)
    ended(maintenance)

    seen = json.loads((tmp_path / "jobs" / JOB.job_id / "stdout").read_text())

    assert {name: value for name, value in seen.items() if name not in ("LC_CTYPE", "PWD")} == environment


def test_the_command_reads_nothing_and_is_in_a_session_of_its_own(program: Callable[[str], Path], tmp_path: Path) -> None:
    maintenance = ProcessMaintenance(program("import os, sys; print(len(sys.stdin.read()), os.getsid(0))"))
    maintenance.start(JOB)
    ended(maintenance)

    read, session = (tmp_path / "jobs" / JOB.job_id / "stdout").read_text().split()

    assert read == "0"
    assert int(session) != os.getsid(0)


def test_a_running_job_is_running_and_leaves_no_child_behind(program: Callable[[str], Path], tmp_path: Path) -> None:
    maintenance = ProcessMaintenance(program(WAITS))
    maintenance.start(JOB)
    assert maintenance.state(JOB.job_id) == RUNNING
    within(10, lambda: runs(tmp_path))
    (command,) = runs(tmp_path)
    assert maintenance.state(JOB.job_id) == RUNNING
    assert parent_of(parent_of(command)) != os.getpid()

    (tmp_path / "go").touch()

    assert ended(maintenance) == SUCCEEDED


@pytest.mark.parametrize(
    ("source", "state"),
    [
        ("print('progress'); print('{\"detail\": \"The backup is gone.\"}'); raise SystemExit(65)", "The backup is gone."),
        ('print(\'{"detail": "a\\\\u0000b\\\\u001b"}\'); raise SystemExit(65)', "ab"),
        ("print('{\"detail\": 7}'); raise SystemExit(65)", REFUSED_DETAIL),
        ("print('[1]'); raise SystemExit(65)", REFUSED_DETAIL),
        ("print('[' * 60000); raise SystemExit(65)", REFUSED_DETAIL),
        ("print('rubbish'); raise SystemExit(65)", REFUSED_DETAIL),
        ("import sys; sys.stdout.buffer.write(b'\\xff' * 1000000); raise SystemExit(65)", REFUSED_DETAIL),
        ("raise SystemExit(65)", REFUSED_DETAIL),
    ],
    ids=["its reason", "control characters", "no text", "no object", "deep nesting", "rubbish", "bytes", "nothing"],
)
def test_a_refusal_says_why_when_the_last_line_does(program: Callable[[str], Path], source: str, state: str) -> None:
    maintenance = ProcessMaintenance(program(source))
    maintenance.start(JOB)

    assert ended(maintenance) == JobState(status=JobStatus.REFUSED, detail=state)


@pytest.mark.parametrize(
    ("source", "detail"),
    [
        ("raise SystemExit(75)", TEMPORARY_DETAIL),
        ("raise SystemExit(73)", FULL_DETAIL),
        ("raise SystemExit(70)", FAILED_DETAIL),
        ("raise RuntimeError('/srv/secret')", FAILED_DETAIL),
        ('print(\'{"detail": "Access denied for root@db"}\'); raise SystemExit(70)', FAILED_DETAIL),
        ("import os; os.kill(os.getpid(), 9)", FAILED_DETAIL),
    ],
    ids=["temporary", "full", "internal", "exception", "a detail", "killed"],
)
def test_a_failure_says_nothing_of_its_inside(program: Callable[[str], Path], source: str, detail: str) -> None:
    maintenance = ProcessMaintenance(program(source))
    maintenance.start(JOB)

    assert ended(maintenance) == JobState(status=JobStatus.FAILED, detail=detail)


def test_a_program_that_is_not_there_is_a_failed_job(tmp_path: Path) -> None:
    maintenance = ProcessMaintenance(tmp_path / "nothing")
    maintenance.start(JOB)

    assert ended(maintenance) == JobState(status=JobStatus.FAILED, detail=FAILED_DETAIL)
    assert "cannot be run" in (tmp_path / "jobs" / JOB.job_id / "stderr").read_text()


def test_a_job_that_ran_is_not_run_again(program: Callable[[str], Path], tmp_path: Path) -> None:
    maintenance = ProcessMaintenance(program(RUNS + "raise SystemExit(70)"))
    maintenance.start(JOB)
    before = ended(maintenance)

    assert maintenance.start(JOB) == JOB.job_id
    assert maintenance.state(JOB.job_id) == before
    assert len(runs(tmp_path)) == 1


def test_a_job_that_is_started_by_many_at_once_runs_once(program: Callable[[str], Path], tmp_path: Path) -> None:
    path = program(WAITS)
    barrier = threading.Barrier(8)

    def start() -> str:
        barrier.wait()
        return ProcessMaintenance(path).start(JOB)

    with ThreadPoolExecutor(8) as pool:
        handles = [future.result() for future in [pool.submit(start) for _ in range(8)]]
    within(10, lambda: runs(tmp_path))
    (tmp_path / "go").touch()

    assert handles == [JOB.job_id] * 8
    assert ended(ProcessMaintenance(path)) == SUCCEEDED
    assert len(runs(tmp_path)) == 1


def test_two_jobs_run_beside_each_other(program: Callable[[str], Path], tmp_path: Path) -> None:
    maintenance = ProcessMaintenance(program(WAITS))
    other = Job(job_id="op-2-install", command=JobCommand.INSTALL, site_id="site-2")
    maintenance.start(JOB)
    maintenance.start(other)
    within(10, lambda: len(runs(tmp_path)) == 2)
    (tmp_path / "go").touch()

    assert [ended(maintenance, job) for job in (JOB, other)] == [SUCCEEDED, SUCCEEDED]


def test_a_job_whose_launcher_died_before_the_launch_is_launched_by_the_next(
    program: Callable[[str], Path], tmp_path: Path
) -> None:
    maintenance = ProcessMaintenance(program(RUNS))
    killed = subprocess.run(
        [sys.executable, "-c", LAUNCHER_THAT_DIES, str(tmp_path / "maintenance")], cwd=Path(__file__).parents[3], check=False
    )
    assert killed.returncode == -signal.SIGKILL
    assert (tmp_path / "jobs" / JOB.job_id / "lock").exists()

    maintenance.start(JOB)

    assert ended(maintenance) == SUCCEEDED
    assert len(runs(tmp_path)) == 1


def test_a_job_outlives_its_launcher(program: Callable[[str], Path], tmp_path: Path) -> None:
    path = program(WAITS)
    launcher = LAUNCHER_THAT_DIES.replace("ProcessMaintenance._launch", "unused") + "os.kill(os.getpid(), signal.SIGKILL)\n"
    subprocess.run([sys.executable, "-c", launcher, str(path)], cwd=Path(__file__).parents[3], check=False)
    maintenance = ProcessMaintenance(path)
    assert maintenance.state(JOB.job_id) == RUNNING

    (tmp_path / "go").touch()

    assert ended(maintenance) == SUCCEEDED


def test_a_job_killed_with_its_supervisor_is_gone_and_not_run_again(program: Callable[[str], Path], tmp_path: Path) -> None:
    maintenance = ProcessMaintenance(program(WAITS))
    maintenance.start(JOB)
    within(10, lambda: runs(tmp_path))
    (command,) = runs(tmp_path)
    watching = parent_of(command)

    os.kill(watching, signal.SIGKILL)
    os.kill(command, signal.SIGKILL)

    assert ended(maintenance) == GONE
    maintenance.start(JOB)
    assert maintenance.state(JOB.job_id) == GONE
    assert len(runs(tmp_path)) == 1


def test_a_command_whose_supervisor_was_killed_is_running_until_it_ends(program: Callable[[str], Path], tmp_path: Path) -> None:
    maintenance = ProcessMaintenance(program(WAITS))
    maintenance.start(JOB)
    within(10, lambda: runs(tmp_path))
    (command,) = runs(tmp_path)

    os.kill(parent_of(command), signal.SIGKILL)
    within(
        10, lambda: parent_of(command) == 1 or not Path(f"/proc/{parent_of(command)}/cmdline").read_bytes().count(b"supervisor")
    )

    assert maintenance.state(JOB.job_id) == RUNNING
    (tmp_path / "go").touch()
    assert ended(maintenance) == GONE


def test_a_stopped_job_is_gone_with_all_that_it_started(program: Callable[[str], Path], tmp_path: Path) -> None:
    helper = "import subprocess, sys\nsubprocess.Popen(['sleep', '60'], close_fds=False)\n"
    maintenance = ProcessMaintenance(program(helper + WAITS))
    maintenance.start(JOB)
    within(10, lambda: runs(tmp_path))
    (command,) = runs(tmp_path)

    maintenance.stop(JOB.job_id)

    assert ended(maintenance) == GONE, "the helper had the lock, too"
    within(10, lambda: not Path(f"/proc/{command}").exists() or "\nState:\tZ" in Path(f"/proc/{command}/status").read_text())
    assert len(runs(tmp_path)) == 1


def test_a_command_whose_supervisor_was_killed_is_stopped_too(program: Callable[[str], Path], tmp_path: Path) -> None:
    maintenance = ProcessMaintenance(program(WAITS))
    maintenance.start(JOB)
    within(10, lambda: runs(tmp_path))
    (command,) = runs(tmp_path)
    os.kill(parent_of(command), signal.SIGKILL)

    maintenance.stop(JOB.job_id)

    assert ended(maintenance) == GONE


def test_a_job_that_is_over_is_not_stopped_nor_one_that_never_was(program: Callable[[str], Path]) -> None:
    maintenance = ProcessMaintenance(program(RUNS))
    maintenance.start(JOB)
    ended(maintenance)

    maintenance.stop(JOB.job_id)
    maintenance.stop("op-0-install")

    assert ended(maintenance) == SUCCEEDED


def test_the_log_of_a_job_is_what_its_command_wrote_to_standard_error(program: Callable[[str], Path]) -> None:
    maintenance = ProcessMaintenance(program("import sys; sys.stderr.write('step by step')"))
    handle = maintenance.start(JOB)
    ended(maintenance)

    assert Path(maintenance.log_of(handle)).read_text() == "step by step"


def test_asking_for_the_state_never_keeps_a_job_from_starting(program: Callable[[str], Path], tmp_path: Path) -> None:
    maintenance = ProcessMaintenance(program(RUNS))
    folder = tmp_path / "jobs" / JOB.job_id
    folder.mkdir(parents=True)

    with ThreadPoolExecutor(1) as pool:
        with process._lock(folder):
            started = pool.submit(maintenance.start, JOB)
            time.sleep(0.1)
            assert not started.done()
        started.result(timeout=10)

    assert ended(maintenance) == SUCCEEDED


def test_a_launch_that_hangs_elsewhere_is_a_fault(
    program: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "LAUNCH_SECONDS", 0.1)
    folder = tmp_path / "jobs" / JOB.job_id
    folder.mkdir(parents=True)

    with process._lock(folder), pytest.raises(TimeoutError, match="op-1-install is being launched elsewhere"):
        ProcessMaintenance(program(RUNS)).start(JOB)
    assert runs(tmp_path) == []


def test_a_job_nobody_knows_any_more_is_gone(tmp_path: Path) -> None:
    assert ProcessMaintenance(tmp_path / "maintenance").state("op-0-install") == GONE


@pytest.mark.parametrize("job_id", ["", "../x", "a/b", "a" * 65, "a\n", "."])
def test_what_is_no_job_id_is_refused(tmp_path: Path, job_id: str) -> None:
    maintenance = ProcessMaintenance(tmp_path / "maintenance")
    job = Job(job_id=job_id, command=JobCommand.BACKUP, site_id="site-1")

    with pytest.raises(ValueError, match="is no job id"):
        maintenance.start(job)
    with pytest.raises(ValueError, match="is no job id"):
        maintenance.state(job_id)
    assert list(tmp_path.iterdir()) == []


def test_the_supervisor_needs_nothing_but_the_standard_library() -> None:
    blind = [sys.executable, "-I", "-S", "-c", f"import runpy; runpy.run_path({supervisor.__file__!r}, run_name='x')"]

    assert subprocess.run(blind, check=False).returncode == 0
