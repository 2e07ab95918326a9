"""What the infrastructure tests share: stages synthesised once, and a small API to hang endpoints on."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sns as sns
from aws_cdk.cx_api import CloudFormationStackArtifact

from constructs.hateoas_endpoint import HateoasApi
from constructs.hateoas_endpoint.api import Issuer
from constructs.portal_function import Runtime, Takeover
from constructs.portal_table import PortalTable
from stacks.config import Stage
from stacks.portal import Portal

ROOT = Path(__file__).resolve().parents[2]
CONTEXT: dict[str, Any] = json.loads((ROOT / "cdk.json").read_text())["context"]

Json = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Resource:
    """A resource of a template."""

    stack: str
    id: str
    body: Json

    @property
    def type(self) -> str:
        return str(self.body["Type"])

    @property
    def properties(self) -> Json:
        properties: Json = self.body.get("Properties", {})
        return properties

    def __str__(self) -> str:
        return f"{self.stack}: {self.id} ({self.type})"


def resources_of(template: Json, type_: str | None = None, *, stack: str = "") -> list[Resource]:
    """The resources of a template, or those of one type."""
    found = (Resource(stack=stack, id=id_, body=body) for id_, body in template["Resources"].items())
    return [resource for resource in found if type_ in (None, resource.type)]


@dataclass(frozen=True, kw_only=True)
class Synthesised:
    """A stage with its templates, by component."""

    stage: Stage
    portal: Portal
    artifacts: dict[str, CloudFormationStackArtifact]
    templates: dict[str, Json]

    def resources(self, type_: str | None = None, *, component: str | None = None) -> list[Resource]:
        """The resources of all stacks or one, of all types or one."""
        return [
            resource
            for name, template in self.templates.items()
            if component in (None, name)
            for resource in resources_of(template, type_, stack=name)
        ]

    def resource(self, type_: str) -> Resource:
        """The one resource of a type."""
        (resource,) = self.resources(type_)
        return resource

    def key(self, id_: str) -> Resource:
        """The KMS key with this id in its stack."""
        (found,) = (key for key in self.resources("AWS::KMS::Key") if key.id.startswith(id_))
        return found

    def exported(self, value: Json) -> Json:
        """What a value imported from another stack was exported as."""
        name = value["Fn::ImportValue"]
        outputs = [output for template in self.templates.values() for output in template.get("Outputs", {}).values()]
        (found,) = (output["Value"] for output in outputs if output.get("Export", {}).get("Name") == name)
        return dict(found)

    def resolved(self, value: Any) -> Any:
        """A value with whatever it imports from other stacks in its place."""
        if isinstance(value, list):
            return [self.resolved(each) for each in value]
        if not isinstance(value, dict):
            return value
        if "Fn::ImportValue" in value:
            return self.exported(value)
        return {name: self.resolved(each) for name, each in value.items()}

    def function(self, name: str) -> Resource:
        """The function whose name ends so."""
        (found,) = (f for f in self.resources("AWS::Lambda::Function") if f.properties["FunctionName"].endswith(f"-{name}"))
        return found

    def leads_to(self, value: object, function: Resource) -> bool:
        """Whether a value leads to a function: to its alias, where it has one, and not past that."""
        aliases = {
            alias.id
            for alias in self.resources("AWS::Lambda::Alias", component=function.stack)
            if alias.properties["FunctionName"] == {"Ref": function.id}
        }
        return {function.id, *aliases} & set(strings_in(value)) == (aliases or {function.id})

    def role_of(self, function: Resource) -> Resource:
        """The role a function runs with."""
        wanted = function.properties["Role"]["Fn::GetAtt"][0]
        (role,) = (role for role in self.resources("AWS::IAM::Role", component=function.stack) if role.id == wanted)
        return role


def make_bundle(folder: Path) -> Path:
    """A zip that stands in for the functions' bundle: templates only hold its hash."""
    archive = folder / "bundle.zip"
    with zipfile.ZipFile(archive, "w") as bundle:
        bundle.writestr(zipfile.ZipInfo("empty.py"), "")
    return archive


def synthesise(stage: Stage, bundle: Path, folder: Path) -> Synthesised:
    """Synthesise a stage as app.py does, with the context of cdk.json."""
    app = cdk.App(context=CONTEXT, outdir=str(folder))
    portal = Portal(app, stage=stage, bundle=bundle)
    assembly = app.synth()
    artifacts = {stack.component: assembly.get_stack_by_name(stack.stack_name) for stack in portal.stacks}
    templates = {component: artifact.template for component, artifact in artifacts.items()}
    return Synthesised(stage=stage, portal=portal, artifacts=artifacts, templates=templates)


def statements_of(role: Resource) -> list[Json]:
    """All statements of a role's inline policies."""
    return [statement for policy in role.properties.get("Policies", []) for statement in policy["PolicyDocument"]["Statement"]]


def listed(value: object) -> list[Any]:
    """IAM writes one element without its list."""
    return value if isinstance(value, list) else [value]


def strings_in(value: object) -> Iterator[str]:
    """Every string in a document, keys apart."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for child in value.values():
            yield from strings_in(child)
    elif isinstance(value, list):
        for child in value:
            yield from strings_in(child)


@dataclass(frozen=True, kw_only=True)
class Bed:
    """A stack with an API, a table and an alarm topic, for endpoints to be put into."""

    app: cdk.App
    stack: cdk.Stack
    api: HateoasApi
    table: PortalTable
    topic: sns.Topic

    def template(self) -> Json:
        """Synthesise the stack."""
        template: Json = self.app.synth().get_stack_by_name(self.stack.stack_name).template
        return template


def make_bed(bundle: Path, folder: Path, *, alarms: bool = True, gradual: bool = True) -> Bed:
    """A stack of its own for endpoints; without alarms, as in the local stage, nothing takes over step by step."""
    app = cdk.App(context=CONTEXT, outdir=str(folder))
    stack = cdk.Stack(app, "Bed", env=cdk.Environment(account="111111111111", region="eu-west-1"))
    topic = sns.Topic(stack, "Topic")
    runtime = Runtime(
        code=lambda_.Code.from_asset(str(bundle)),
        architecture=lambda_.Architecture.ARM_64,
        log_retention=logs.RetentionDays.ONE_WEEK,
        removal_policy=cdk.RemovalPolicy.DESTROY,
        name_prefix="bed-api",
        stage="bed",
        takeover=Takeover(stack, "Takeover", name_prefix="bed-api", gradual=gradual) if alarms else None,
    )
    table = PortalTable(stack, "Portal", table_name="bed", removal_policy=cdk.RemovalPolicy.DESTROY, deletion_protection=False)
    api = HateoasApi(
        stack,
        "Api",
        name="bed",
        issuer=Issuer(url="https://issuer.example", audience="client"),
        origins=["https://portal.example"],
        runtime=runtime,
        alarm_topic=topic if alarms else None,  # type: ignore[arg-type, unused-ignore]
    )
    return Bed(app=app, stack=stack, api=api, table=table, topic=topic)
