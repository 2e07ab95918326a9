"""The walk-throughs of docs/, each followed word for word on a copy of the repository."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from local.settings import ROOT
from tests.system.conftest import Portal

NEW_FILE = re.compile(r"```python file=(\S+)\n(.*?)```", re.DOTALL)
DIFF = re.compile(r"```diff\n(.*?)```", re.DOTALL)
CALL = re.compile(r"curl -s \S+?(/tenants/\S+) .*USER=(\S+)\)")
ANSWER = re.compile(r"```json\n(.*?)```", re.DOTALL)
LINKED = (".venv", ".ministack", ".wordpress", "node_modules")


def test_the_walk_through_adds_an_endpoint_that_answers_as_it_says(portal: Portal, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    guide = _follow("add-an-endpoint.md", copy)
    call, answer = CALL.search(guide), ANSWER.search(guide)
    assert call
    assert answer

    _run(copy, "-m", "pytest", "-q", "tests/runtime/tenants/test_get_tenant.py")
    _run(copy, "-m", "local", "--state", str(portal.local.state), "--port", str(portal.local.port), "up")
    found = portal.call("GET", call[1], portal.token(call[2]))
    entry = portal.call("GET", "/", portal.token(call[2]))

    assert found.status == 200
    assert found.json == json.loads(answer[1])
    assert entry.json["_embedded"]["tenants"][0]["_links"]["tenant"]["href"] == call[1]


def test_the_walk_through_adds_a_consumer_that_works_off_its_queue(tmp_path: Path) -> None:
    copy, out = tmp_path / "copy", tmp_path / "cdk.out"
    _follow("add-a-consumer.md", copy)

    _run(copy, "-m", "pytest", "-q", "tests/runtime/tenants/test_tenant_status.py")
    _run(copy, "app.py", CDK_OUTDIR=str(out), CDK_CONTEXT_JSON=_context("dev"), CDK_VALIDATION="false")
    resources = json.loads((out / "bbws-portal-dev-operations.template.json").read_text())["Resources"]
    added = [resource["Type"] for id_, resource in resources.items() if id_.startswith("TenantStatus")]
    queues = [resource["Properties"].get("QueueName") for resource in resources.values()]

    assert len(added) == 11
    assert "bbws-tenant-status-dev" in queues


def _follow(guide: str, copy: Path) -> str:
    """Do what a guide says to a copy of the repository; gives the guide's text."""
    text = (ROOT / "docs" / guide).read_text()
    _copy_repository(copy)
    for name, content in NEW_FILE.findall(text):
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        (copy / name).write_text(content)
    for change in DIFF.findall(text):
        _apply(change, copy)
    return text


def _context(stage: str) -> str:
    """The context that the CDK CLI hands the app."""
    return json.dumps({**json.loads((ROOT / "cdk.json").read_text())["context"], "stage": stage})


def _copy_repository(copy: Path) -> None:
    ignored = shutil.ignore_patterns(*LINKED, ".build", ".git", ".local", "cdk.out", "__pycache__", ".*_cache", ".hypothesis")
    shutil.copytree(ROOT, copy, ignore=ignored)
    # The bundles apart: a new one takes the place of the one before, which other tests may be about to deploy.
    (copy / ".build").mkdir()
    for linked in (*map(ROOT.joinpath, LINKED), *(ROOT / ".build").glob("dependencies-*")):
        (copy / linked.relative_to(ROOT)).symlink_to(linked)


def _apply(change: str, copy: Path) -> None:
    """Replace, in each file a change names, the lines it takes away and keeps by those it keeps and adds."""
    for part in re.split(r"^--- a/\S+\n\+\+\+ b/", change, flags=re.MULTILINE)[1:]:
        name, hunks = part.split("\n", 1)
        path = copy / name
        for hunk in re.split(r"^@@\n", hunks, flags=re.MULTILINE)[1:]:
            lines = hunk.splitlines(keepends=True)
            before = "".join(line[1:] for line in lines if not line.startswith("+"))
            after = "".join(line[1:] for line in lines if not line.startswith("-"))
            text = path.read_text()
            assert text.count(before) == 1, f"{name} does not have once: {before}"
            path.write_text(text.replace(before, after))


def _run(copy: Path, *arguments: str, **variables: str) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"} | variables
    done = subprocess.run([sys.executable, *arguments], cwd=copy, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
