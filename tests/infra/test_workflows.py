"""The workflows on GitHub: what they run is what anybody can run here, and none may do more than it has to."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest

from stacks.config import STAGES
from stacks.delivery_stack import DeliveryStack
from tests.infra.support import CONTEXT, ROOT, Json, resources_of

yaml: Any = importlib.import_module("yaml")  # it comes without types
GITHUB = ROOT / ".github"
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yml"))
ACTIONS = sorted((GITHUB / "actions").glob("*/action.yml"))
MAKEFILE = (ROOT / "Makefile").read_text()
TARGETS = set(re.findall(r"^([a-z]+):", MAKEFILE, re.MULTILINE))
CLOUD = ("dev", "sit", "prod")
PINNED = re.compile(r"uses: (?P<action>[\w-]+/[\w/-]+)@(?P<commit>[0-9a-f]{40}) # (?P<version>v\d+\.\d+\.\d+)")


@dataclass(frozen=True)
class Job:
    """A job of a workflow."""

    workflow: str
    name: str
    body: Json

    @property
    def steps(self) -> list[Json]:
        return list(self.body.get("steps", []))

    @property
    def calls(self) -> str | None:
        """The workflow of this repository that it stands for."""
        return self.body.get("uses")

    def __str__(self) -> str:
        return f"{self.workflow}/{self.name}"


def document(path: Path) -> Json:
    found: Json = yaml.safe_load(path.read_text())
    return found


def triggers(path: Path) -> Json:
    """What starts a workflow: YAML reads the key ``on`` as true."""
    found: Json = yaml.safe_load(path.read_text())[True]
    return found


DOCUMENTS = {path.stem: document(path) for path in WORKFLOWS}
JOBS = [Job(stem, name, body) for stem, found in DOCUMENTS.items() for name, body in found["jobs"].items()]


def job(workflow: str, name: str) -> Job:
    (found,) = (each for each in JOBS if (each.workflow, each.name) == (workflow, name))
    return found


def steps_that_use(action: str) -> list[tuple[Job, Json]]:
    return [(each, step) for each in JOBS for step in each.steps if step.get("uses", "").startswith(f"{action}@")]


def commands() -> Iterator[tuple[str, Json]]:
    """Each command line of each step, and the step's variables with those of its job."""
    for each in JOBS:
        for step in each.steps:
            variables = {**each.body.get("env", {}), **step.get("env", {})}
            yield from ((line.strip(), variables) for line in step.get("run", "").split("&&") if line.strip())


def test_every_action_of_others_is_pinned_by_a_commit_and_says_its_version() -> None:
    lines = [line.strip(" -") for path in [*WORKFLOWS, *ACTIONS] for line in path.read_text().splitlines() if "uses:" in line]
    others = [line for line in lines if "uses: ./" not in line]

    assert others
    assert [line for line in others if not PINNED.fullmatch(line)] == []


def test_an_action_is_the_same_commit_wherever_it_is_used() -> None:
    pins = {found.groups() for path in [*WORKFLOWS, *ACTIONS] for found in PINNED.finditer(path.read_text())}

    assert len(pins) == len({action for action, _, _ in pins})


def test_what_is_used_of_this_repository_is_there() -> None:
    used = [step["uses"] for each in JOBS for step in each.steps if step.get("uses", "").startswith("./")]
    called = [each.calls for each in JOBS if each.calls]

    assert [path for path in used if not (ROOT / path / "action.yml").exists()] == []
    assert [path for path in called if not (ROOT / path).exists()] == []


def test_nothing_is_allowed_but_what_a_job_asks_for_itself() -> None:
    assert {stem: found["permissions"] for stem, found in DOCUMENTS.items()} == {stem: {} for stem in DOCUMENTS}
    assert [str(each) for each in JOBS if "permissions" not in each.body] == []


def test_who_may_write_is_known_by_name() -> None:
    writing = {
        str(each): {scope for scope, access in each.body["permissions"].items() if access == "write"}
        for each in JOBS
        if "write" in each.body["permissions"].values()
    }

    assert writing == {
        "changes/comment": {"pull-requests"},
        "deliver/image": {"packages"},
        **{f"deliver/{stage}": {"id-token"} for stage in CLOUD},
        "stage/deploy": {"id-token"},
        "drift/look": {"id-token"},
        "drift/report": {"issues"},
    }


def test_a_job_that_runs_a_pull_request_s_code_may_only_read_it() -> None:
    of_pull_requests = {path.stem for path in WORKFLOWS if "pull_request" in triggers(path)}
    running = [
        each
        for each in JOBS
        if each.workflow in of_pull_requests and any(s.get("run", "").startswith("make") for s in each.steps)
    ]

    assert {str(each) for each in running} >= {"checks/test", "changes/diff"}
    assert {str(each): each.body["permissions"] for each in running} == {str(each): {"contents": "read"} for each in running}


def test_no_workflow_is_started_by_a_stranger_with_rights_of_ours() -> None:
    assert [
        path.stem for path in WORKFLOWS if {"pull_request_target", "workflow_run", "issue_comment"} & set(triggers(path))
    ] == []


def test_there_are_no_secrets_to_steal() -> None:
    asking = re.compile(r"\$\{\{[^}]*\bsecrets\b|secrets: inherit")

    assert [path.name for path in [*WORKFLOWS, *ACTIONS] if asking.search(path.read_text())] == []


def test_a_checkout_leaves_no_token_behind() -> None:
    found = steps_that_use("actions/checkout")

    assert [str(each) for each, step in found if step["with"].get("persist-credentials") is not False] == []
    assert len(found) == len([each for each in JOBS if not each.calls])


def test_every_job_ends_at_some_time() -> None:
    assert [str(each) for each in JOBS if not (each.calls or 0 < each.body.get("timeout-minutes", 0) <= 75)] == []


def test_values_get_into_commands_as_variables_only() -> None:
    actions = [step for path in ACTIONS for step in document(path)["runs"]["steps"]]
    steps = [step for each in JOBS for step in each.steps] + actions

    assert [step["run"] for step in steps if "${{" in step.get("run", "")] == []


@pytest.mark.parametrize(("command", "variables"), list(commands()), ids=lambda value: value if isinstance(value, str) else "")
def test_a_command_is_a_make_target_or_a_script_that_is_there(command: str, variables: Json) -> None:
    program, *arguments = command.split()

    if program == "make":
        assert set(arguments) <= TARGETS
        assert {name for name in variables if not (name.startswith("CDK_") or f"$({name})" in MAKEFILE)} == set()
    elif program == "bash":
        assert (ROOT / arguments[0]).exists()
    else:
        assert command == "git diff --exit-code -- docs" or program == "echo"


def test_the_gates_are_those_of_ci_and_more() -> None:
    local = set(re.findall(r"exec make (.*)", (ROOT / ".ci" / "run").read_text())[0].split())
    gates = {target for command, _ in commands() if command.startswith("make ") for target in command.split()[1:]}

    assert local <= gates
    assert {"synth", "diff", "openapi", "permissions", "costs", "deploy", "smoke", "drift"} <= gates


def test_every_stage_is_synthesised_and_each_on_aws_is_looked_at_for_drift() -> None:
    assert set(job("checks", "synth").body["strategy"]["matrix"]["stage"]) == set(STAGES)
    assert set(job("drift", "look").body["strategy"]["matrix"]["stage"]) == set(STAGES) - {"local"} == set(CLOUD)


def needed(name: str) -> set[str]:
    """The jobs of the delivery that come before one."""
    needs = job("deliver", name).body.get("needs", [])
    direct = {needs} if isinstance(needs, str) else set(needs)
    return direct.union(*(needed(each) for each in direct))


def test_a_stage_follows_the_one_before_and_dev_follows_the_checks() -> None:
    assert {name: needed(name) for name in ("image", *CLOUD)} == {
        "image": {"checks"},
        "dev": {"checks", "image"},
        "sit": {"checks", "image", "dev"},
        "prod": {"checks", "image", "dev", "sit"},
    }
    assert all("if" not in job("deliver", name).body for name in ("image", *CLOUD)), "needs alone say when a stage may begin"


def test_every_stage_gets_the_one_image_that_was_built() -> None:
    given = {name: job("deliver", name).body["with"] for name in CLOUD}

    assert given == {name: {"stage": name, "image": "${{ needs.image.outputs.image }}"} for name in CLOUD}
    assert [str(each) for each in JOBS for step in each.steps if step.get("run", "").endswith("image.sh")] == [
        "deliver/image",
        "stage/deploy",
    ]


def test_a_deployment_is_followed_by_the_smoke_test_with_rights_that_only_read() -> None:
    steps = job("stage", "deploy").steps
    positions = {step["run"]: at for at, step in enumerate(steps) if step.get("run", "").startswith("make")}
    (looking,) = (at for at, step in enumerate(steps) if step.get("with", {}).get("role-chaining"))

    assert positions["make deploy"] < looking < positions["make smoke"]
    assert "lookup-role" in steps[looking]["with"]["role-to-assume"]


def test_a_stage_is_deployed_by_one_run_at_a_time_and_none_is_cut_short() -> None:
    assert job("stage", "deploy").body["concurrency"] == {"group": "stage-${{ inputs.stage }}", "cancel-in-progress": False}


@pytest.fixture(scope="module")
def dev(tmp_path_factory: pytest.TempPathFactory) -> Json:
    app = cdk.App(context=CONTEXT, outdir=str(tmp_path_factory.mktemp("delivery")))
    stack = DeliveryStack(app, stage=STAGES["dev"])
    template: Json = app.synth().get_stack_by_name(stack.stack_name).template
    return template


@pytest.mark.parametrize(("workflow", "name"), [("stage", "deploy"), ("drift", "look")])
def test_a_job_takes_on_a_role_that_trusts_its_environment(workflow: str, name: str, dev: Json) -> None:
    def of_dev(text: str) -> str:
        return re.sub(r"\$\{\{ (?:inputs|matrix)\.stage \}\}", "dev", text)

    found = job(workflow, name)
    environment = found.body["environment"]
    environment = of_dev(environment if isinstance(environment, str) else environment["name"])
    (assumed, *_) = (
        s["with"]["role-to-assume"] for each, s in steps_that_use("aws-actions/configure-aws-credentials") if each == found
    )
    (role,) = (r for r in resources_of(dev, "AWS::IAM::Role") if of_dev(assumed).endswith(f":role/{r.properties['RoleName']}"))

    (trust,) = role.properties["AssumeRolePolicyDocument"]["Statement"]
    subject = trust["Condition"]["StringEquals"]["token.actions.githubusercontent.com:sub"]
    assert subject == f"repo:{STAGES['dev'].repository}:environment:{environment}"


def test_the_image_goes_to_the_repository_that_the_stack_makes(dev: Json) -> None:
    (images,) = resources_of(dev, "AWS::ECR::Repository")
    (copying,) = (step for step in job("stage", "deploy").steps if step.get("run", "").endswith("copy-image.sh"))

    repository = copying["env"]["REPOSITORY"].replace("${{ inputs.stage }}", "dev").partition("amazonaws.com/")[2]
    assert repository == images.properties["RepositoryName"]


def test_the_document_names_what_there_is() -> None:
    said = (ROOT / "docs" / "delivery.md").read_text()
    checks = re.findall(r'"([^"]+)"', said.partition('"contexts": [')[2].partition("]")[0])
    names = {
        each.body["name"].replace("${{ matrix.stage }}", stage)
        for each in JOBS
        if each.workflow in {"checks", "changes"} and str(each) != "changes/comment"
        for stage in each.body.get("strategy", {}).get("matrix", {}).get("stage", [""])
    }

    assert set(re.findall(r"`make ([a-z]+)", said)) <= TARGETS
    assert [
        link for link in re.findall(r"\]\(([^)#]+)[^)]*\)", said) if "://" not in link and not (ROOT / "docs" / link).exists()
    ] == []
    assert set(checks) == names
