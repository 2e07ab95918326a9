"""The runbooks hold together: what they tell people to type exists, and what they refer to is there."""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Callable, Iterator
from functools import cache, partial

import pytest

from local.settings import ROOT
from ops.__main__ import parser
from tests.ops import awscli
from tests.ops.runbooks import Runbook, runbook, runbooks

CDK = ROOT / "node_modules" / ".bin" / "cdk"
BOOKS = list(runbooks())
COMMANDS = sorted({command for book in BOOKS for command in book.commands})
MENTIONS = sorted({command for book in BOOKS for command in book.mentions} - {*COMMANDS})
PAGES = [book.name for book in BOOKS if book.name != "README"]
LONGEST = 160


def complaints(command: str, *, whole: bool = True) -> list[str]:
    """What is wrong with a command, of which nothing is left out if it is ``whole``."""
    words = shlex.split(command)
    programs: dict[str, Callable[[list[str]], Iterator[str]]] = {
        "aws": partial(awscli.complaints, whole=whole),
        "make": _make_complaints,
        "npx": _cdk_complaints,
        ".venv/bin/python": _python_complaints,
        "git": _git_complaints,
    }
    if words[0] == "export":
        return [] if re.fullmatch(r"[A-Z_]+=\S+", " ".join(words[1:])) else ["it exports nothing"]
    check = programs.get(words[0])
    return list(check(words)) if check else [f"nobody knows the program {words[0]}"]


def _make_complaints(words: list[str]) -> Iterator[str]:
    """A target that is none, or a variable that it does nothing with."""
    done = subprocess.run(["make", "--dry-run", *words[1:]], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        yield done.stderr.strip()
        return
    for word in words[2:]:
        name, _, value = word.partition("=")
        if value not in done.stdout:
            yield f"make {words[1]} makes nothing of {name}"


def _cdk_complaints(words: list[str]) -> Iterator[str]:
    _, program, command, *rest = words
    text = _help_of_cdk(command)
    if program != "cdk" or f"cdk {command}" not in text:
        yield f"there is no {program} {command}"
    options = [word for word in rest if word.startswith("--")]
    yield from (f"cdk {command} has no {option}" for option in options if not re.search(rf"{option}[, ]", text))


@cache
def _help_of_cdk(command: str) -> str:
    return subprocess.run([str(CDK), command, "--help"], capture_output=True, text=True, check=False).stdout


def _python_complaints(words: list[str]) -> Iterator[str]:
    _, flag, module, *rest = words
    if flag != "-m" or not (ROOT / module.replace(".", "/") / "__main__.py").exists():
        yield f"{module} is no program of ours"
    if module == "ops":
        try:
            parser().parse_args(rest)
        except SystemExit:
            yield "its arguments are not those that it takes"


def _git_complaints(words: list[str]) -> Iterator[str]:
    done = subprocess.run(["git", words[1], "-h"], cwd=ROOT, capture_output=True, text=True, check=False)
    usage = done.stdout + done.stderr
    if "usage:" not in usage:
        yield f"git has no {words[1]}"
    yield from (f"git {words[1]} has no {w}" for w in words[2:] if w.startswith("--") and w.replace("--no-", "") not in usage)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_exists_with_the_options_it_is_given(command: str) -> None:
    assert complaints(command) == []


@pytest.mark.parametrize("command", MENTIONS)
def test_every_command_that_is_spoken_of_exists(command: str) -> None:
    assert complaints(command, whole=False) == []


@pytest.mark.parametrize(
    "command",
    [
        "make levitate",
        "make operation OPERATION=op-1 COLOUR=red",
        "aws levitate now",
        "aws sqs levitate",
        "aws sqs get-queue-attributes --queue URL",
        "aws sqs get-queue-attributes --attribute-names All",
        "aws sqs get-queue-attributes --queue-url URL --attribute-names Colour",
        "aws rds describe-events --source-type db-instance --duration long",
        "aws rds wait db-instance-levitating",
        "aws rds describe-db-instances --query 'Instances[].Colour'",
        "aws efs create-access-point --file-system-id FS --posix-user Uid=33,Colour=red",
        "aws deploy stop-deployment --deployment-id D --auto-rollback-enabled yes",
        "npx cdk levitate",
        "npx cdk deploy --colour red",
        ".venv/bin/python -m ops levitate",
        ".venv/bin/python -m ops recover --site site-1",
        ".venv/bin/python -m levitation",
        "git levitate",
        "git revert --levitate COMMIT",
        "rm -rf /",
        "export nothing",
    ],
)
def test_what_does_not_exist_is_found_out(command: str) -> None:
    assert complaints(command) != []


@pytest.mark.parametrize("book", BOOKS, ids=lambda book: str(book.name))
def test_every_link_leads_somewhere(book: Runbook) -> None:
    for link in book.links:
        file, _, anchor = link.partition("#")
        path = (book.path.parent / file).resolve() if file else book.path

        assert path.exists(), f"{link} leads nowhere"
        assert not anchor or anchor in Runbook(path).anchors, f"{link} names no heading"


@pytest.mark.parametrize("name", PAGES)
def test_every_runbook_is_short_and_says_how_to_see_that_it_is_over(name: str) -> None:
    book = runbook(name)

    assert "check" in book.anchors
    assert len(book.text.splitlines()) <= LONGEST


def test_every_runbook_is_in_the_list_of_them() -> None:
    assert {f"{name}.md" for name in PAGES} <= {link.partition("#")[0] for link in runbook("README").links}
