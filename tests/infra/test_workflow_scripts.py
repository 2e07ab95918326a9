"""The scripts of the workflows, run with stand-ins for the programs that would reach GitHub, a registry or AWS."""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.infra.support import ROOT

DIGEST, OTHER = f"sha256:{'a' * 64}", f"sha256:{'b' * 64}"
ECR = "111111111111.dkr.ecr.eu-west-1.amazonaws.com/bbws-portal-dev-wordpress"
GHCR = "ghcr.io/bbws/portal/wordpress"


@dataclass(frozen=True)
class Runner:
    """A folder with programs that answer as they are told, and note how they were called."""

    folder: Path
    variables: dict[str, str] = field(default_factory=dict)

    def program(self, name: str, script: str) -> None:
        """Let a program do this, in the shell, with its arguments as ``$*``."""
        path = self.folder / "bin" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f'#!/bin/bash\nprintf "%s\\n" "{name} $*" >>{shlex.quote(str(self.folder / "calls"))}\n{script}\n')
        path.chmod(0o755)

    def run(self, script: str, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        given: Mapping[str, str] = {
            "PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}",
            "GITHUB_REPOSITORY": "BBWS/Portal",
            "GITHUB_SERVER_URL": "https://github.com",
            "GITHUB_RUN_ID": "7",
            "GITHUB_ACTOR": "somebody",
            "GITHUB_OUTPUT": str(self.folder / "output"),
            "GITHUB_STEP_SUMMARY": str(self.folder / "summary"),
            "RUNNER_TEMP": str(self.folder),
            "TOKEN": "token",
            **variables,
        }
        command = ["bash", str(ROOT / ".github" / "scripts" / script), *arguments]
        return subprocess.run(command, cwd=ROOT, env=dict(given), capture_output=True, text=True, check=False)

    def calls(self) -> list[str]:
        return self._lines("calls")

    def outputs(self) -> list[str]:
        return self._lines("output")

    def _lines(self, name: str) -> list[str]:
        path = self.folder / name
        return path.read_text().splitlines() if path.exists() else []


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    return Runner(tmp_path)


def file(runner: Runner, text: str) -> str:
    path = runner.folder / "diff.md"
    path.write_text(text)
    return str(path)


def test_the_first_difference_is_a_new_comment(runner: Runner) -> None:
    runner.program("gh", 'for a in "$@"; do [[ $a = body=@* ]] && cat "${a#body=@}" >&2; done; true')

    done = runner.run("comment.sh", file(runner, "### dev"), NUMBER="12")

    assert done.returncode == 0, done.stderr
    assert [call.split(" --field")[0] for call in runner.calls()[1:]] == [
        "gh api --silent --method POST repos/BBWS/Portal/issues/12/comments"
    ]
    assert done.stderr == "<!-- what changes on AWS -->\n## What this changes on AWS\n\n### dev"


def test_a_later_difference_takes_the_first_comment_s_place(runner: Runner) -> None:
    runner.program("gh", '[[ $* = *--paginate* ]] && printf "41\\n42\\n"; true')

    done = runner.run("comment.sh", file(runner, "### dev"), NUMBER="12")

    assert done.returncode == 0, done.stderr
    assert [call.split(" --field")[0] for call in runner.calls()[1:]] == [
        "gh api --silent --method PATCH repos/BBWS/Portal/issues/comments/41"
    ]


def test_where_nothing_changes_nothing_is_said_unless_something_was(runner: Runner) -> None:
    runner.program("gh", "true")
    runner.run("comment.sh", file(runner, ""), NUMBER="12")
    silent = runner.calls()

    runner.program(
        "gh", '[[ $* = *--paginate* ]] && echo 41; for a in "$@"; do [[ $a = body=@* ]] && cat "${a#body=@}" >&2; done; true'
    )
    done = runner.run("comment.sh", file(runner, ""), NUMBER="12")

    assert len(silent) == 1
    assert done.stderr.endswith("Nothing any more.\n")


def test_a_failing_call_fails_the_job(runner: Runner) -> None:
    runner.program("gh", "exit 1")

    assert runner.run("comment.sh", file(runner, "### dev"), NUMBER="12").returncode != 0


@pytest.mark.parametrize(
    ("text", "begins"),
    [("", "Nothing changes on AWS."), ("### dev", "### dev"), ("x" * 1_100_000, "**The end of this does not fit")],
)
def test_the_summary_is_never_longer_than_github_takes(runner: Runner, text: str, begins: str) -> None:
    runner.run("summary.sh", file(runner, text))

    shown = (runner.folder / "summary").read_text()
    assert shown.startswith(begins)
    assert len(shown) < 1024 * 1024


@pytest.mark.parametrize(("open_issue", "call"), [("", "gh issue create"), ("9", "gh issue comment 9")])
def test_drift_is_told_in_one_issue(runner: Runner, open_issue: str, call: str) -> None:
    runner.program("gh", f'[[ $* = "issue list"* ]] && echo "{open_issue}"; true')

    done = runner.run("drift-issue.sh")

    assert done.returncode == 0, done.stderr
    assert runner.calls()[1].startswith(f"{call} --repo BBWS/Portal")
    assert "https://github.com/BBWS/Portal/actions/runs/7" in runner.calls()[1]


def test_an_image_that_a_stage_lacks_is_copied_with_its_digest_kept(runner: Runner) -> None:
    runner.program("aws", "echo password")
    runner.program("skopeo", "[[ $1 = login ]] && cat >/dev/null; [[ $1 != inspect ]]")

    done = runner.run("copy-image.sh", SOURCE=f"{GHCR}@{DIGEST}", REPOSITORY=ECR)

    assert done.returncode == 0, done.stderr
    assert runner.calls()[-1] == (
        f"skopeo copy --preserve-digests docker://{GHCR}@{DIGEST} docker://{ECR}:{DIGEST.replace(':', '-')}"
    )
    assert runner.outputs() == [f"image={ECR}@{DIGEST}"]


def test_an_image_that_a_stage_has_is_not_pushed_again(runner: Runner) -> None:
    runner.program("aws", "echo password")
    runner.program("skopeo", "[[ $1 = login ]] && cat >/dev/null; true")

    runner.run("copy-image.sh", SOURCE=f"{GHCR}@{DIGEST}", REPOSITORY=ECR)

    assert [call for call in runner.calls() if call.startswith("skopeo copy")] == []
    assert runner.outputs() == [f"image={ECR}@{DIGEST}"]


def test_an_image_by_a_tag_is_refused_before_anything_is_asked(runner: Runner) -> None:
    done = runner.run("copy-image.sh", SOURCE=f"{GHCR}:latest", REPOSITORY=ECR)

    assert (done.returncode, runner.calls()) == (1, [])
    assert "is no image by its digest" in done.stderr


def build(runner: Runner, *, there: str, after: str = DIGEST) -> subprocess.CompletedProcess[str]:
    """Build or find: ``there`` is the digest that the registry has under this name, and ``after`` what it has afterwards."""
    runner.program("make", f"echo {GHCR}@{DIGEST}")
    known, built = runner.folder / "known", runner.folder / "built"
    known.write_text(there)
    inspect = f'digest=$(cat {built} 2>/dev/null || cat {known}); [ -n "$digest" ] && echo "{{\\"digest\\": \\"$digest\\"}}"'
    runner.program(
        "docker", f'case "$*" in *inspect*) {inspect};; *create*) echo {after} >{built};; login*) cat >/dev/null;; esac'
    )
    return runner.run("image.sh")


def test_an_image_is_built_where_there_is_none_of_these_files_in_this_week(runner: Runner) -> None:
    done = build(runner, there="")

    assert done.returncode == 0, done.stderr
    assert [call for call in runner.calls() if call.startswith("make")] == [f"make -s image REPOSITORY={GHCR}"]
    assert runner.outputs() == [f"image={GHCR}@{DIGEST}"]


def test_an_image_that_was_built_before_is_taken(runner: Runner) -> None:
    done = build(runner, there=OTHER)

    assert done.returncode == 0, done.stderr
    assert [call for call in runner.calls() if call.startswith("make")] == []
    assert runner.outputs() == [f"image={GHCR}@{OTHER}"]


def test_a_name_that_ends_up_on_another_image_is_refused(runner: Runner) -> None:
    done = build(runner, there="", after=OTHER)

    assert (done.returncode, runner.outputs()) == (1, [])
    assert "is another image than" in done.stderr
