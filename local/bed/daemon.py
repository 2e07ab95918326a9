"""One process of the bed: started unless it runs, found again by a later command, and stopped."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from local.settings import LocalError

START_SECONDS, STOP_SECONDS = 30, 15


@dataclass(frozen=True, kw_only=True)
class Daemon:
    """A program that runs until it is stopped. ``answers`` tells whether it can be used already."""

    name: str
    command: Sequence[str]
    run: Path
    answers: Callable[[], bool]
    environment: Mapping[str, str]

    @property
    def log(self) -> Path:
        """What it prints."""
        return self.run / f"{self.name}.log"

    @property
    def pid_file(self) -> Path:
        """Which process was started."""
        return self.run / f"{self.name}.started"

    def is_ready(self) -> bool:
        """Whether it runs and answers."""
        return self._pid() is not None and self.answers()

    def launch(self) -> bool:
        """Start it unless it runs, without waiting for it to answer; whether it had to be started."""
        if self._pid() is not None:
            return False
        with self.log.open("ab") as log:
            process = subprocess.Popen(  # noqa: S603 - programs this project installed
                list(self.command), stdout=log, stderr=log, stdin=subprocess.DEVNULL, env=dict(self.environment), cwd=self.run,
                start_new_session=True,
            )  # fmt: skip
        self.pid_file.write_text(_identity(process.pid) or "")
        return True

    def wait(self) -> None:
        """Return when it answers; raises LocalError when it ends or does not answer in time."""
        deadline = time.monotonic() + START_SECONDS
        while not self.is_ready():
            if self._pid() is None or time.monotonic() > deadline:
                raise LocalError(f"{self.name} of the WordPress bed did not start: read {self.log}.")
            time.sleep(0.02)

    def kill(self) -> bool:
        """End it and what it started, without a word: what it leaves is thrown away. Whether it ran."""
        pid = self._pid()
        if pid is None:
            return False
        with suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)
        deadline = time.monotonic() + STOP_SECONDS
        while self._pid() is not None and time.monotonic() < deadline:
            time.sleep(0.02)
        self.pid_file.unlink(missing_ok=True)
        return True

    def _pid(self) -> int | None:
        """The id of the running process, and not of another that was given the same one since."""
        try:
            known = self.pid_file.read_text()
            pid = int(known.split(maxsplit=1)[0])
        except (OSError, ValueError, IndexError):
            return None
        with suppress(
            ChildProcessError
        ):  # it may have been started by an earlier command, and then is nobody's to wait for here
            os.waitpid(pid, os.WNOHANG)
        return pid if _identity(pid) == known else None


def _identity(pid: int) -> str | None:
    """A process' id with the moment of its start, None when it has ended. Its command line changes while it is started."""
    listing = subprocess.run(  # noqa: S603
        ["ps", "-o", "stat=,lstart=", "-p", str(pid)], capture_output=True, text=True, env={"LC_ALL": "C"}, check=False  # noqa: S607
    )  # fmt: skip
    state, _, start = listing.stdout.strip().partition(" ")
    return f"{pid} {start.strip()}" if start and not state.startswith("Z") else None
