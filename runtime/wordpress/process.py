"""Maintenance jobs as processes of this machine, for the local stage: launched once each, and found again by their folder.

A job's folder holds its ``lock``, which the supervisor and the command inherit and the system releases when both are gone, so
that no process id can be mistaken for another's; ``started``, which names the job's process group, and ``exit`` by the
supervisor; and the output.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from runtime.wordpress import supervisor
from runtime.wordpress.jobs import GONE, arguments_of, state_of_exit
from runtime.wordpress.port import Job, JobState, JobStatus

JOB_ID = re.compile(r"[A-Za-z0-9-]{1,64}")
LAUNCH_SECONDS = 5.0
POLL_SECONDS = 0.02
RESULT_BYTES = 65_536
DETAIL_CHARACTERS = 500
INHERITED = (
    "PATH", "HOME", "TMPDIR",
    "AWS_ENDPOINT_URL", "AWS_REGION", "AWS_DEFAULT_REGION",
    "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN",
    "AGENT_KEY_ID", "DATABASE_SECRET_ID",
)  # fmt: skip
"""All that the command gets of the function's environment."""


class ProcessMaintenance:
    """Runs ``program``; the jobs' folders are in ``jobs_folder``, which is the program's neighbour ``jobs`` unless named."""

    first_look_seconds = 1

    def __init__(self, program: Path, jobs_folder: Path | None = None, *, environment: Mapping[str, str] = os.environ) -> None:
        self._program = program
        self._jobs_folder = jobs_folder or program.parent / "jobs"
        self._environment = environment

    def start(self, job: Job) -> str:
        """Start the job unless it ever began; the handle is its id. Raises TimeoutError when a launch elsewhere hangs."""
        folder = self._folder(job.job_id)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        deadline = time.monotonic() + LAUNCH_SECONDS
        while not (folder / supervisor.STARTED).exists():
            with _lock(folder) as lock:
                # Whoever held the lock before may have been the job itself.
                if lock is not None and not (folder / supervisor.STARTED).exists():
                    self._launch(job, folder, lock)
                    break
            if time.monotonic() > deadline:
                raise TimeoutError(f"Job {job.job_id} is being launched elsewhere and does not begin.")
            time.sleep(POLL_SECONDS)
        return job.job_id

    def state(self, handle: str) -> JobState:
        """The exit code's meaning; while there is none, whether anything of the job still lives."""
        folder = self._folder(handle)
        if not folder.is_dir():
            return GONE
        with _lock(folder) as lock:
            # Looked for after the lock, so that a job that ends meanwhile is not taken for gone.
            if (folder / supervisor.EXIT).exists():
                return state_of_exit(int((folder / supervisor.EXIT).read_text()), _refusal(folder / "stdout"))
            return JobState(status=JobStatus.RUNNING) if lock is None else GONE

    def stop(self, handle: str) -> None:
        """Kill the command, whatever it has started, and the supervisor; what is over is left alone.

        While anything of the job lives, its process group is nobody else's.
        """
        started = self._folder(handle) / supervisor.STARTED
        if self.state(handle).status is JobStatus.RUNNING and started.exists() and (group := started.read_text()):
            with suppress(ProcessLookupError):
                os.killpg(int(group), signal.SIGKILL)

    def log_of(self, handle: str) -> str:
        """The path of the job's log: what the command wrote to standard error."""
        return str(self._folder(handle) / "stderr")

    def _launch(self, job: Job, folder: Path, lock: int) -> None:
        command = [
            sys.executable,
            "-I",
            "-S",
            supervisor.__file__,
            str(folder),
            str(lock),
            str(self._program),
            *arguments_of(job),
        ]
        inherited = {name: self._environment[name] for name in INHERITED if name in self._environment}
        with (folder / "stdout").open("wb") as stdout, (folder / "stderr").open("wb") as stderr:
            subprocess.run(  # noqa: S603 - no shell, and the program this stage was set up with
                command,
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=stderr,
                env=inherited,
                cwd=folder,
                pass_fds=[lock],
                start_new_session=True,
                check=True,
                timeout=LAUNCH_SECONDS,
            )

    def _folder(self, job_id: str) -> Path:
        if not JOB_ID.fullmatch(job_id):
            raise ValueError(f"{job_id!r} is no job id: use 1-64 letters, digits and hyphens.")
        return self._jobs_folder / job_id


@contextmanager
def _lock(folder: Path) -> Iterator[int | None]:
    """The descriptor of the job's lock; None when it is held already. Inherited, it outlives this block."""
    with (folder / "lock").open("ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield None
        else:
            yield file.fileno()


def _refusal(stdout: Path) -> str:
    """What the last line of the output says of a refusal; nothing when it is not the object it should be."""
    with stdout.open("rb") as file:
        file.seek(max(0, stdout.stat().st_size - RESULT_BYTES))
        lines = file.read().splitlines()
    try:
        result = json.loads(lines[-1] if lines else b"")
    except (ValueError, RecursionError):
        return ""
    detail = result.get("detail") if isinstance(result, dict) else None
    return "".join(filter(str.isprintable, detail))[:DETAIL_CHARACTERS] if isinstance(detail, str) else ""
