"""Runs the maintenance command many times: each run is a process of its own, and what all of them import is imported once."""

from __future__ import annotations

import json
import signal
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from local.settings import ROOT
from local.wordpress import PYTHON

SERVER = """
import json, os, signal, sys
from wordpress.maintenance.cli import main

def run(arguments, environ, kill_after, files):
    for number, name in enumerate(files):
        os.dup2(os.open(name, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600), number)
    os.environ.clear()
    os.environ.update(environ)
    def kill(step):
        if step == kill_after:
            os.kill(os.getpid(), signal.SIGKILL)
    code = main(arguments, os.environ, did=kill if kill_after else None)
    sys.stdout.flush()
    os._exit(code)

for order in sys.stdin:
    child = os.fork()
    if child == 0:
        try:
            run(**json.loads(order))
        finally:
            os._exit(1)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""
KILLED = -signal.SIGKILL


class Runner:
    """The process that starts the runs, from its first one on."""

    def __init__(self) -> None:
        self._server: subprocess.Popen[str] | None = None

    def run(
        self, arguments: Sequence[str], environ: Mapping[str, str], *, kill_after: str | None = None
    ) -> tuple[int, str, str]:
        """A run's exit code and what it wrote to both its outputs; killed as soon as it has done a step, if one is named."""
        server = self._server = self._server or _started()
        with tempfile.TemporaryDirectory() as folder:
            files = ["/dev/null", f"{folder}/out", f"{folder}/log"]
            order = {"arguments": arguments, "environ": dict(environ), "kill_after": kill_after, "files": files}
            assert server.stdin
            assert server.stdout
            server.stdin.write(json.dumps(order) + "\n")
            server.stdin.flush()
            code = int(server.stdout.readline())
            return code, Path(files[1]).read_text(), Path(files[2]).read_text()

    def close(self) -> None:
        """End the process."""
        if self._server:
            self._server.communicate()


def _started() -> subprocess.Popen[str]:
    return subprocess.Popen(
        [str(PYTHON), "-c", SERVER], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
    )
