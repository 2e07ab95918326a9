"""A terminal in which runbooks are followed on the tests' own cloud; what it prints is compared with what they say."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass

from local.settings import ROOT, Local

ID = re.compile(r"\b(?:op|site)-[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
VARYING = (
    (ID, "ID"),
    (re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"), "UUID"),
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"), "MOMENT"),
    (re.compile(r"\((?:in )?\d+ s(?: ago)?\)"), "(SECONDS)"),
    (re.compile(r"^\d\d:\d\d:\d\d "), "TIME "),
    (re.compile(r"\b\d+:\d\d:\d\d\b"), "AGE"),
    (re.compile(r"\b\d+\.\d s$"), "SECONDS"),
    (re.compile(r"\bfence \d+"), "fence NUMBER"),
    (re.compile(r"https?://[a-z0-9.-]+:\d+"), "URL"),
    (re.compile(r" +"), " "),
)
"""What is another one each time."""

PROGRESS = re.compile(r"TIME \d+ % ")
"""Which steps of an operation are seen going by depends on how long each takes."""

ON_THIS_CLOUD = {
    "local": ("--state", "{local.state}", "--port", "{local.port}"),
    "ops": ("--state", "{local.state}"),
}


@dataclass(frozen=True)
class Terminal:
    """Runs commands as they are typed, but on one local cloud: what ``make`` would run is asked of ``make``."""

    local: Local

    def types(self, command: str, *, code: int = 0) -> list[str]:
        """What a command prints, line by line; it ends with this exit code."""
        words = self._here(shlex.split(self._made_by_make(command) if command.startswith("make ") else command))
        done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == code, f"{command}: {done.stdout}{done.stderr}"
        return done.stdout.splitlines()

    def _made_by_make(self, command: str) -> str:
        # Whoever runs the tests by make, has this make say more.
        own = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
        words = [*shlex.split(command), "--dry-run"]
        dry = subprocess.run(words, cwd=ROOT, env=own, capture_output=True, text=True, check=True)
        return dry.stdout.strip().splitlines()[-1]

    def _here(self, words: Sequence[str]) -> list[str]:
        """The same program with the tests' cloud for the user's own."""
        _, flag, module, *rest = words
        assert flag == "-m", words
        return [words[0], flag, module, *(word.format(local=self.local) for word in ON_THIS_CLOUD[module]), *rest]


def missing(expected: Sequence[str], printed: Sequence[str]) -> list[str]:
    """What a runbook says and was not printed in that order, but for what is another one each time; ``…`` is anything."""
    left = iter([_alike(line) for line in printed])
    wanted = [line for line in map(_alike, expected) if line.strip() not in {"", "…"} and not PROGRESS.match(line)]
    return [line for line in wanted if line not in left]


def _alike(line: str) -> str:
    for pattern, name in VARYING:
        line = pattern.sub(name, line)
    return line.rstrip()
