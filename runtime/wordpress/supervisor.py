"""Sees one job of the maintenance command through, after whoever launched it is gone, and writes its exit code down.

A program of its own, run by its path and with the standard library alone: the folder of the job, the descriptor of the job's
lock, and the command. The lock is inherited by the command as well, so that it is held for as long as either of them lives.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

STARTED, EXIT = "started", "exit"
NOT_RUN = 70


def main() -> None:
    """Leave the launcher, run the command, write the exit code."""
    folder, lock, command = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
    if os.fork():
        # This half is what the launcher waits for; the other becomes nobody's zombie.
        return
    _write(folder / STARTED, str(os.getpgid(0)))
    try:
        code = subprocess.run(command, pass_fds=[lock], check=False).returncode  # noqa: S603 - no shell, a list from our own code
    except OSError as error:
        sys.stderr.write(f"The maintenance command cannot be run: {error}\n")
        code = NOT_RUN
    _write(folder / EXIT, str(code))


def _write(path: Path, text: str) -> None:
    """Write a file in one piece."""
    new = path.with_name(f"{path.name}.new")
    new.write_text(text)
    new.replace(path)


if __name__ == "__main__":
    main()
