"""The runbooks as tests read them: the commands in them, what they say these print, and where their links lead."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from local.settings import ROOT

FOLDER = ROOT / "docs" / "runbooks"
FENCE = re.compile(r"^(?P<indent> *)```(?P<language>\w*)\n(?P<body>.*?)^(?P=indent)```$", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`((?:aws|make|npx|git) [^`]+)`")
LINK = re.compile(r"\]\(([^)\s]+)\)")


@dataclass(frozen=True, kw_only=True)
class Shown:
    """Commands, and what the runbook says that they print, one after the other."""

    commands: list[str]
    output: list[str]


@dataclass(frozen=True)
class Runbook:
    """One page."""

    path: Path

    @property
    def name(self) -> str:
        return self.path.stem

    @property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @property
    def commands(self) -> list[str]:
        """Every command that a reader is told to type."""
        return [command for language, body in self._blocks() if language == "sh" for command in body]

    @property
    def mentions(self) -> list[str]:
        """The commands that the text speaks of, which may leave things out."""
        return INLINE.findall(FENCE.sub("", self.text))

    @property
    def shown(self) -> list[Shown]:
        """The blocks of commands whose output follows them."""
        blocks = self._blocks()
        return [
            Shown(commands=commands, output=output)
            for (typed, commands), (printed, output) in pairwise(blocks)
            if (typed, printed) == ("sh", "text")
        ]

    @property
    def links(self) -> list[str]:
        """Where its links lead, those to the world apart."""
        return [link for link in LINK.findall(self.text) if "://" not in link]

    @property
    def anchors(self) -> set[str]:
        """What a link may name after a ``#``: its headings, as GitHub makes anchors of them."""
        headings = re.findall(r"^#+ (.+)$", FENCE.sub("", self.text), re.MULTILINE)
        return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}

    def _blocks(self) -> list[tuple[str, list[str]]]:
        found = ((match["language"], textwrap.dedent(match["body"])) for match in FENCE.finditer(self.text))
        return [(language, body.replace("\\\n", " ").splitlines()) for language, body in found]


def runbooks() -> Iterator[Runbook]:
    """Every runbook, the list of them included."""
    return (Runbook(path) for path in sorted(FOLDER.glob("*.md")))


def runbook(name: str) -> Runbook:
    """The runbook of this name."""
    return Runbook(FOLDER / f"{name}.md")
