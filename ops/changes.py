"""What a change does to the infrastructure of each stage, as Markdown for whoever reviews it: ``python -m ops.changes``.

Two sets of templates are compared, those of a base revision and those of the working tree, by the CDK's own ``cdk diff``. That
needs neither credentials nor a network, and so it can be shown for a stranger's pull request. What it cannot see is what was
changed by hand: ``cdk drift`` looks for that.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
STAGES = ("dev", "sit", "prod")
LOCKED = ("requirements.txt", "local/uv.txt")
"""What the environment's packages, as far as templates depend on them, are locked by."""

BUNDLED = ("runtime/requirements.txt", "constructs/python_bundle/defaults.py")
"""What the functions' dependencies are locked by."""

LONGEST_COMMENT = 60_000
"""GitHub refuses comments over 65,536 characters; the rest is for what the workflow writes around it."""

BUNDLE = re.compile(r"\b[0-9a-f]{64}\.zip\b")
VERSION = re.compile(r"(CurrentVersion[0-9A-F]{8})[0-9a-f]{32}\b")
"""The name of a Lambda version ends with a hash of its function, which is compared itself."""

SECURITY = ("IAM Statement Changes", "IAM Policy Changes", "IAM Identity Center Changes", "Security Group Changes")
SECTIONS = ("Template", "Parameters", "Metadata", "Mappings", "Conditions", "Resources", "Outputs", "Other Changes")
"""The headings that ``cdk diff`` writes."""

REPLACED = re.compile(r"^\[~\] \S+ .+ (?:replace|may be replaced)$", re.MULTILINE)

Json = dict[str, Any]


class ChangesError(Exception):
    """Something a person has to mend; the message is one sentence that says what."""


@dataclass(frozen=True, kw_only=True)
class Change:
    """What becomes of one stack.

    ``code`` counts the functions that get new code, and ``replaced`` what CloudFormation makes anew, or may, with what refers
    to it. ``security`` and ``details`` are what ``cdk diff`` wrote; both are empty when there is new code and nothing else.
    ``gone`` is a stack that is in the base only.
    """

    stack: str
    added: int = 0
    changed: int = 0
    removed: int = 0
    replaced: int = 0
    code: int = 0
    security: str = ""
    details: str = ""
    gone: bool = False


def changes(base: str, stages: Sequence[str], *, root: Path = ROOT) -> dict[str, list[Change]]:
    """What the working tree under ``root`` changes against the last revision it shares with ``base``, by stage.

    Raises ChangesError when there is no such revision, or one of the two cannot be synthesised.
    """
    commit = _shared_revision(base, root)
    with tempfile.TemporaryDirectory(prefix="changes-") as scratch:
        folder = Path(scratch)
        tree = _tree_of(commit, folder / "tree", root)
        before, after = folder / "before", folder / "after"
        with ThreadPoolExecutor(max_workers=2) as pool:
            jobs = [pool.submit(_synthesise, of, stages, out, root) for of, out in ((tree, before), (root, after))]
            for job in jobs:
                job.result()
            compared = pool.map(lambda each: compare(before / each, after / each, folder / f"settled-{each}", root), stages)
            return dict(zip(stages, compared, strict=True))


def compare(before: Path, after: Path, scratch: Path, root: Path = ROOT) -> list[Change]:
    """The stacks that differ between two cloud assemblies of a stage, in the order in which they are deployed."""
    old, new = _templates(before), _templates(after)
    found = []
    for name in [*new, *(name for name in old if name not in new)]:
        then, now = old.get(name, "{}"), new.get(name, "{}")
        if name not in new:
            found.append(Change(stack=name, removed=len(_resources(then)), gone=True))
        elif _settled(then) != _settled(now):
            found.append(_changed(name, then, now, after, scratch, root))
        elif code := _functions_with_new_code(then, now):
            found.append(Change(stack=name, code=code))
    return found


def _changed(name: str, then: str, now: str, assembly: Path, scratch: Path, root: Path) -> Change:
    old, new = _resources(_settled(then)), _resources(_settled(now))
    said = _cdk_diff(name, _settled(then), _settled(now), assembly, scratch, root)
    security, details = _sections(said)
    return Change(
        stack=name,
        added=len(new.keys() - old.keys()),
        removed=len(old.keys() - new.keys()),
        changed=sum(old[id_] != new[id_] for id_ in old.keys() & new.keys()),
        replaced=len(REPLACED.findall(details)),
        code=_functions_with_new_code(then, now),
        security=security,
        details=details,
    )


def _cdk_diff(name: str, then: str, now: str, assembly: Path, scratch: Path, root: Path) -> str:
    """What ``cdk diff`` says of a stack whose templates are compared as they are here rather than as they were synthesised."""
    scratch.mkdir(exist_ok=True)
    (scratch / "base.json").write_text(then)
    manifest = json.loads((assembly / "manifest.json").read_text())
    stack = {**manifest["artifacts"][name], "dependencies": []}
    stack.pop("additionalMetadataFile", None)
    (scratch / "manifest.json").write_text(json.dumps({"version": manifest["version"], "artifacts": {name: stack}}))
    (scratch / stack["properties"]["templateFile"]).write_text(now)
    options = ["--app", str(scratch), "--exclusively", "--no-color", "--ci", "--template", str(scratch / "base.json")]
    return _run([str(_cdk(root)), "diff", name, *options], cwd=root, failing=f"{name} could not be compared")


def _sections(said: str) -> tuple[str, str]:
    """What was said of permissions and of who may connect, and all the rest."""
    parts: dict[str, list[str]] = {}
    heading = ""
    for line in said.splitlines():
        heading = line if line in (*SECURITY, *SECTIONS) else heading
        if heading and not line.startswith(("(NOTE: There may be security", "✨")):
            parts.setdefault(heading, []).append(line)
    security, rest = ("\n\n".join("\n".join(parts[t]).strip() for t in parts if t in titles) for titles in (SECURITY, SECTIONS))
    return security, rest


def _templates(assembly: Path) -> dict[str, str]:
    """The templates of an assembly by stack."""
    artifacts: Json = json.loads((assembly / "manifest.json").read_text())["artifacts"]
    return {
        name: (assembly / artifact["properties"]["templateFile"]).read_text()
        for name, artifact in artifacts.items()
        if artifact["type"] == "aws:cloudformation:stack"
    }


def _settled(template: str) -> str:
    """A template without what follows from the functions' code alone, which would show every function as changed."""
    settled = VERSION.sub(r"\1", BUNDLE.sub("bundle.zip", template))
    return json.dumps(json.loads(settled), indent=1, sort_keys=True)


def _resources(template: str) -> Json:
    return dict(json.loads(template).get("Resources", {}))


def _functions_with_new_code(then: str, now: str) -> int:
    old, new = (
        {
            id_: body["Properties"]["Code"].get("S3Key")
            for id_, body in _resources(template).items()
            if body["Type"] == "AWS::Lambda::Function"
        }
        for template in (then, now)
    )
    return sum(old[id_] != new[id_] for id_ in old.keys() & new.keys())


def _shared_revision(base: str, root: Path) -> str:
    mend = f"{base!r} shares no revision with this checkout: fetch it (git fetch origin main), with its history"
    return _run(["git", "merge-base", "--", base, "HEAD"], cwd=root, failing=mend).strip()


def _tree_of(commit: str, folder: Path, root: Path) -> Path:
    """The files of a revision in a folder of their own, with this checkout's tools where they are locked alike."""
    archive = folder.with_suffix(".tar")
    _run(["git", "archive", "--output", str(archive), commit], cwd=root, failing=f"{commit} could not be read")
    with tarfile.open(archive) as files:
        files.extractall(folder, filter="data")
    if _alike(LOCKED, folder, root):
        (folder / ".venv").symlink_to(root / ".venv")
    else:  # otherwise what another version of the CDK makes of the same stacks would not be seen
        _run(["bash", "local/setup.sh", "tools"], cwd=folder, failing="The base's tools could not be installed")
    if _alike(BUNDLED, folder, root):
        (folder / ".build").mkdir()
        for dependencies in (root / ".build").glob("dependencies-*"):
            (folder / ".build" / dependencies.name).symlink_to(dependencies)
    return folder


def _alike(names: Sequence[str], *trees: Path) -> bool:
    """Whether files with these names, or their absence, are the same everywhere."""
    return all(len({(tree / name).exists() and (tree / name).read_bytes() for tree in trees}) == 1 for name in names)


def _synthesise(tree: Path, stages: Sequence[str], out: Path, root: Path) -> None:
    # What cdk-nag finds does not keep changes from being seen: make synth fails for it.
    synth, which = [str(_cdk(root)), "synth", "--quiet", "--ignore-errors"], "working tree" if tree == root else "base"
    for stage in stages:  # one after the other: the first one packs the functions' bundle for all
        command = [*synth, "--context", f"stage={stage}", "--output", str(out / stage)]
        _run(command, cwd=tree, failing=f"{stage} could not be synthesised from the {which}")


def _cdk(root: Path) -> Path:
    return root / "node_modules" / ".bin" / "cdk"


def _run(command: Sequence[str], *, cwd: Path, failing: str) -> str:
    """What a command prints; ChangesError, with what it said last, when it fails."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    environment |= {"AWS_EC2_METADATA_DISABLED": "true", "CDK_DISABLE_CLI_TELEMETRY": "true", "CDK_VALIDATION": "false"}
    environment |= {"PYTHON_COLORS": "0"}
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)  # noqa: S603 - our own commands
    if done.returncode:
        reasons = [line.strip() for line in done.stderr.splitlines() if line.strip() and "Subprocess exited" not in line]
        raise ChangesError(f"{failing}: {reasons[-1] if reasons else 'no reason given'}")
    return done.stdout


def render(found: dict[str, list[Change]], *, within: int | None = None) -> str:
    """The changes as Markdown, and nothing when there are none.

    What has to be seen comes first: counts, then permissions, then the rest, folded. Blocks that would make it longer than
    ``within`` characters are left out, and counted.
    """
    if not any(found.values()):
        return ""
    text, left_out = "".join(_counts(stage, stacks) for stage, stacks in found.items()), 0
    for block in _blocks(found):
        if within and len(text) + len(block) > within:
            left_out += 1
        else:
            text += block
    rest = f"\n**There is more than fits in here: {left_out} parts.** The summary of the job has them.\n"
    return text + (rest if left_out else "")


def _counts(stage: str, stacks: list[Change]) -> str:
    lines = [f"### {stage}", ""]
    if stacks:
        lines += ["| stack | added | changed | **replaced** | removed | new code | security |", "|---|---|---|---|---|---|---|"]
    for each in stacks:
        replaced = f"**{each.replaced}**" if each.replaced else ""
        counts = [str(count or "") for count in (each.added, each.changed, replaced, each.removed, each.code)]
        lines.append(f"| {each.stack} | {' | '.join(counts)} | {'**yes**' if each.security else ''} |")
    gone = [each.stack for each in stacks if each.gone]
    lines += [f"\n**{name} is no stack any more.** No deployment deletes it: `cdk destroy {name}` does." for name in gone]
    return "\n".join([*lines, *([] if stacks else ["Nothing changes."]), "", ""])


def _blocks(found: dict[str, list[Change]]) -> Iterator[str]:
    changed = [(stage, each) for stage, stacks in found.items() for each in stacks]
    for stage, each in changed:
        if each.security:
            yield f"**{stage}: security changes in {each.stack}**\n{_fenced(each.security)}\n"
    for stage, each in changed:
        if each.details:
            yield f"<details><summary>{stage}: {each.stack}</summary>\n{_fenced(each.details)}\n</details>\n"


def _fenced(text: str) -> str:
    fence = "`" * max(3, max((len(run) for run in re.findall(r"`+", text)), default=0) + 1)
    return f"\n{fence}\n{text}\n{fence}\n"


def main() -> int:
    """Print the changes or write them into files; what a person has to mend is one sentence on standard error."""
    parser = argparse.ArgumentParser(prog="python -m ops.changes", description=__doc__)
    parser.add_argument("--base", default="origin/main")
    parser.add_argument("--stage", action="append", choices=("local", *STAGES), help="all on AWS unless given")
    parser.add_argument("--output", type=Path, help="write to this file rather than print")
    parser.add_argument("--comment", type=Path, help="write to this file what fits into a comment on GitHub")
    arguments = parser.parse_args()
    try:
        found = changes(arguments.base, arguments.stage or STAGES)
    except ChangesError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    if arguments.comment:
        arguments.comment.write_text(render(found, within=LONGEST_COMMENT))
    if arguments.output:
        arguments.output.write_text(render(found))
    else:
        sys.stdout.write(render(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
