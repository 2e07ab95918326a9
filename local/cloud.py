"""Starting and stopping the local cloud's process: on loopback only, with a scratch folder of its own that goes with it."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Mapping
from contextlib import suppress

from local.settings import ROOT, Local, LocalError

PROGRAM = ROOT / ".ministack" / "bin" / "ministack"
START_SECONDS, STOP_SECONDS = 30, 20
ENVIRONMENT = {"BIND_HOST": "127.0.0.1", "IOT_MTLS_ENABLED": "0", "SFTP_ENABLED": "0", "LOG_LEVEL": "INFO"}


def start(local: Local, *, told: Mapping[str, str] | None = None) -> bool:
    """Start the cloud unless it runs; whether it had to be started. Raises LocalError when it cannot.

    ``told`` are variables for all functions: what a template cannot hold, because it is of this machine.
    """
    if is_ready(local):
        return False
    stop(local)
    if not PROGRAM.exists():
        raise LocalError("The local cloud is not installed: run make setup.")
    if _port_taken(local.port):
        raise LocalError(f"Port {local.port} is taken by something else: stop it, or choose another with make up PORT=4600.")
    local.spool.mkdir(parents=True, exist_ok=True)
    local.stack_file.unlink(missing_ok=True)
    # Functions inherit this environment, so it holds nothing but what they would find on a machine of their own.
    clean = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    clean |= {"TMPDIR": str(local.spool), "GATEWAY_PORT": str(local.port), "AWS_ENDPOINT_URL": local.endpoint}
    clean |= {**ENVIRONMENT, **(told or {})}
    with local.log.open("wb") as log:
        process = subprocess.Popen(  # noqa: S603 - the program this project installed
            [str(PROGRAM)], stdout=log, stderr=log, stdin=subprocess.DEVNULL, env=clean, cwd=local.spool, start_new_session=True
        )
    local.pid.write_text(str(process.pid))
    deadline = time.monotonic() + START_SECONDS
    while not is_ready(local):
        if process.poll() is not None or time.monotonic() > deadline:
            raise LocalError(f"The local cloud did not start: read {local.log}.")
        time.sleep(0.05)
    return True


def stop(local: Local) -> bool:
    """Stop the cloud and remove what it left; whether anything ran."""
    running = _pid(local)
    if running:
        os.killpg(running, signal.SIGTERM)  # its functions too: it waits for each of them in turn
        deadline = time.monotonic() + STOP_SECONDS
        while _alive(running) and time.monotonic() < deadline:
            time.sleep(0.05)
        if _alive(running):
            os.killpg(running, signal.SIGKILL)
    shutil.rmtree(local.spool, ignore_errors=True)
    for left in (local.pid, local.stack_file):
        left.unlink(missing_ok=True)
    return running is not None


def is_ready(local: Local) -> bool:
    """Whether this very cloud answers."""
    if _pid(local) is None:
        return False
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{local.port}/_ministack/ready", timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def _pid(local: Local) -> int | None:
    try:
        pid = int(local.pid.read_text())
    except (OSError, ValueError):
        return None
    return pid if _alive(pid) and _is_cloud(pid) else None


def _alive(pid: int) -> bool:
    with suppress(ChildProcessError):  # it may be a child of an earlier command, and then is nobody's to wait for here
        os.waitpid(pid, os.WNOHANG)
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _is_cloud(pid: int) -> bool:
    """Whether a process is a local cloud and not another that was given the same id since."""
    listing = subprocess.run(["ps", "-o", "args=", "-p", str(pid)], capture_output=True, text=True, check=False)  # noqa: S603, S607
    return "ministack" in listing.stdout


def _port_taken(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False
