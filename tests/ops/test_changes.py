"""What is said of a change to the infrastructure: small repositories, synthesised and compared by the real CDK CLI."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ops.changes import STAGES, Change, ChangesError, changes, compare, render

ROOT = Path(__file__).resolve().parents[2]
APP = """
import json, os
from pathlib import Path
from tests.ops.test_changes import write_assembly
stage = json.loads(os.environ["CDK_CONTEXT_JSON"])["stage"]
seen = {"SECRET": os.environ.get("AWS_SECRET_ACCESS_KEY", "none"), "TOOLS": str(Path("own").exists())}
text = Path("stacks.json").read_text()
for name, value in seen.items():
    text = text.replace(name, value)
write_assembly(Path(os.environ["CDK_OUTDIR"]), **{f"{stage}-{name}": found for name, found in json.loads(text).items()})
"""
"""An app of which the stacks are written in a file."""

Json = dict[str, Any]
Compared = Callable[[Json, Json], list[Change]]

slow = pytest.mark.slow


def write_assembly(folder: Path, **stacks: Json) -> None:
    """A cloud assembly with these stacks, each with these resources."""
    folder.mkdir(parents=True, exist_ok=True)
    artifacts = {}
    for name, resources in stacks.items():
        (folder / f"{name}.json").write_text(json.dumps({"Resources": resources}))
        artifacts[name] = {
            "type": "aws:cloudformation:stack",
            "environment": "aws://unknown-account/eu-west-1",
            "properties": {"templateFile": f"{name}.json"},
        }
    (folder / "manifest.json").write_text(json.dumps({"version": "36.0.0", "artifacts": artifacts}))


@pytest.fixture
def compared(tmp_path: Path) -> Compared:
    """What is found between the resources of a stack before and after."""

    def compared(before: Json, after: Json) -> list[Change]:
        write_assembly(tmp_path / "before", **{"dev-queues": before})
        write_assembly(tmp_path / "after", **{"dev-queues": after})
        return compare(tmp_path / "before", tmp_path / "after", tmp_path / "scratch")

    return compared


@dataclass(frozen=True)
class Repository:
    """A checkout with an app, this project's CLI and Python, and a history."""

    root: Path

    def git(self, *arguments: str) -> None:
        identity = ["-c", "user.name=Test", "-c", "user.email=test@example.test"]
        subprocess.run(["git", *identity, *arguments], cwd=self.root, check=True, capture_output=True)

    def stacks(self, **stacks: Json) -> None:
        """Let the app have these stacks, each with these resources."""
        (self.root / "stacks.json").write_text(json.dumps(stacks))

    def commit(self) -> None:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", "A change")

    def changes(self, base: str = "base") -> list[Change]:
        """What is found for dev, as it is told of one stage."""
        return changes(base, ["dev"], root=self.root)["dev"]


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    """A repository whose branch ``base`` has one queue."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    made = Repository(tmp_path / "checkout")
    (made.root / "local").mkdir(parents=True)
    (made.root / "app.py").write_text(APP)
    (made.root / "cdk.json").write_text(json.dumps({"app": ".venv/bin/python app.py", "versionReporting": False}))
    (made.root / ".gitignore").write_text(".venv\nnode_modules\n")
    (made.root / "requirements.txt").write_text("aws-cdk-lib==1\n")
    for tools in (".venv", "node_modules"):
        (made.root / tools).symlink_to(ROOT / tools)
    made.git("init", "--quiet", "--initial-branch", "base")
    made.stacks(queues={"Jobs": queue()})
    made.commit()
    made.git("checkout", "--quiet", "-b", "change")
    return made


def queue(**properties: Any) -> Json:
    return {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "jobs", **properties}}


def function(code: str, version: str) -> Json:
    """A function as the CDK writes it: its code by a hash, and a version whose name ends with one."""
    versions = f"WorkerCurrentVersion1B6C5B37{version * 32}"
    return {
        "Worker": {"Type": "AWS::Lambda::Function", "Properties": {"Code": {"S3Bucket": "b", "S3Key": f"{code * 64}.zip"}}},
        versions: {"Type": "AWS::Lambda::Version", "Properties": {"FunctionName": {"Ref": "Worker"}}},
        "Live": {"Type": "AWS::Lambda::Alias", "Properties": {"FunctionVersion": {"Fn::GetAtt": [versions, "Version"]}}},
    }


def reader(action: str) -> Json:
    statement = {"Effect": "Allow", "Action": action, "Resource": "*", "Sid": "Read"}
    policies = [{"PolicyName": "P", "PolicyDocument": {"Version": "2012-10-17", "Statement": [statement]}}]
    return {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {"Statement": []}, "Policies": policies}}


@slow
def test_nothing_is_said_where_nothing_changes(repository: Repository) -> None:
    found = changes("base", ["dev", "prod"], root=repository.root)

    assert found == {"dev": [], "prod": []}
    assert render(found) == ""


@slow
def test_what_is_added_changed_and_removed_is_shown_property_by_property(compared: Compared) -> None:
    before = {"Jobs": queue(DelaySeconds=5), "Old": queue(QueueName="old")}

    (change,) = compared(before, {"Jobs": queue(DelaySeconds=9), "New": queue(QueueName="new")})

    assert (change.stack, change.added, change.changed, change.removed, change.replaced) == ("dev-queues", 1, 1, 1, 0)
    assert "[+] AWS::SQS::Queue New" in change.details
    assert "[~] DelaySeconds\n     ├─ [-] 5\n     └─ [+] 9" in change.details
    assert "[-] AWS::SQS::Queue Old destroy" in change.details


@slow
def test_a_replacement_is_counted_and_stands_out(compared: Compared) -> None:
    (change,) = compared({"Jobs": queue()}, {"Jobs": queue(QueueName="other")})

    assert change.replaced == 1
    assert "QueueName (requires replacement)" in change.details
    assert "| dev-queues |  | 1 | **1** |  |  |  |" in render({"dev": [change]})


@slow
def test_a_wider_permission_stands_before_everything_that_is_folded(compared: Compared) -> None:
    (change,) = compared({"Jobs": queue()}, {"Jobs": queue(DelaySeconds=5), "Reader": reader("sqs:*")})

    text = render({"dev": [change]})

    assert "sqs:*" in change.security
    assert "sqs:*" in text[: text.index("<details>")]
    assert "| dev-queues | 1 | 1 |  |  |  | **yes** |" in text


@slow
def test_who_may_connect_is_a_security_change(compared: Compared) -> None:
    door = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "CidrIp": "0.0.0.0/0"}
    group = {"GroupDescription": "A door", "SecurityGroupIngress": [door]}

    (change,) = compared({}, {"Door": {"Type": "AWS::EC2::SecurityGroup", "Properties": group}})

    assert "TCP 22" in change.security
    assert "Everyone (IPv4)" in change.security


@slow
def test_new_code_is_one_number_and_hides_no_change_of_the_function_itself(compared: Compared) -> None:
    resized = function("b", "2")
    resized["Worker"]["Properties"]["MemorySize"] = 512

    (code,), (both,) = compared(function("a", "1"), function("b", "2")), compared(function("a", "1"), resized)

    assert code == Change(stack="dev-queues", code=1)
    assert (both.code, both.added, both.changed, both.removed) == (1, 0, 1, 0)
    assert "MemorySize" in both.details


@slow
def test_a_new_stack_and_one_that_is_gone_are_told_apart(tmp_path: Path) -> None:
    write_assembly(tmp_path / "before", old={"Jobs": queue()})
    write_assembly(tmp_path / "after", new={"Jobs": queue()})

    new, gone = compare(tmp_path / "before", tmp_path / "after", tmp_path / "scratch")

    assert (new.stack, new.added, new.gone) == ("new", 1, False)
    assert (gone.stack, gone.removed, gone.gone) == ("old", 1, True)
    assert "`cdk destroy old`" in render({"dev": [gone]})


@slow
def test_what_others_changed_since_is_not_shown_as_ours(repository: Repository) -> None:
    repository.stacks(queues={"Jobs": queue(DelaySeconds=5)})
    repository.commit()
    repository.git("checkout", "--quiet", "base")
    repository.stacks(queues={"Jobs": queue(), "Theirs": queue(QueueName="theirs")})
    repository.commit()
    repository.git("checkout", "--quiet", "change")

    (change,) = repository.changes("base")

    assert (change.added, change.changed, change.removed) == (0, 1, 0)


@slow
def test_a_base_that_is_locked_differently_gets_tools_of_its_own(repository: Repository) -> None:
    (repository.root / "local" / "setup.sh").write_text(f'[ "$1" = tools ]; ln -s {ROOT}/.venv .venv; touch own\n')
    repository.stacks(queues={"Jobs": queue(QueueName="TOOLS")})
    repository.commit()
    (repository.root / "requirements.txt").write_text("aws-cdk-lib==2\n")

    (change,) = repository.changes("change")

    assert "[-] True" in change.details
    assert "[+] False" in change.details


@slow
def test_no_credentials_reach_what_is_synthesised(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hunter2")
    repository.stacks(queues={"Jobs": queue(QueueName="SECRET")})

    (change,) = repository.changes()

    assert "hunter2" not in change.details
    assert "[+] none" in change.details


def test_a_base_that_is_not_there_is_named_with_the_mend(repository: Repository) -> None:
    with pytest.raises(ChangesError, match=r"'origin/main' shares no revision with this checkout: fetch it"):
        repository.changes("origin/main")


def test_a_working_tree_that_cannot_be_synthesised_is_told_from_the_base(repository: Repository) -> None:
    (repository.root / "stacks.json").write_text("no stacks")

    with pytest.raises(
        ChangesError, match=r"^dev could not be synthesised from the working tree: json\.decoder\.JSONDecodeError: "
    ):
        repository.changes()


def test_what_does_not_fit_into_a_comment_is_left_out_whole_and_counted() -> None:
    long, short = "x" * 1000, "y" * 10
    found = {"dev": [Change(stack="a", changed=1, details=long), Change(stack="b", changed=1, security=short, details=short)]}

    text = render(found, within=600)

    assert len(text) < 700
    assert long not in text
    assert text.count(short) == 2
    assert "more than fits in here: 1 parts" in text
    assert text.count("<details>") == text.count("</details>") == 1


def test_what_was_written_cannot_end_its_own_block() -> None:
    text = render({"dev": [Change(stack="a", changed=1, details="before\n```\n<b>after</b>")]})

    assert "\n````\nbefore\n```\n<b>after</b>\n````\n" in text


def test_the_stages_are_those_on_aws() -> None:
    from stacks.config import STAGES as CONFIGURED

    assert set(STAGES) == set(CONFIGURED) - {"local"}
