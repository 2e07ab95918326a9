"""A synthesised stage as the permissions are read off it: its resources, its exports, and the findings it accepts."""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from stacks.config import Stage

ROOT = Path(__file__).resolve().parents[2]
LOGICAL_ID, ACKNOWLEDGED = "aws:cdk:logicalId", "aws:cdk:acknowledged-rules"
WILDCARD = "AwsSolutions-IAM5"
"""The rule of cdk-nag that finds wildcards."""

Json = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Resource:
    """A resource of a template. ``path`` is that of its construct below the stack; ``stack`` the stack's component."""

    stack: str
    id: str
    path: str
    type: str
    properties: Json


@dataclass(frozen=True, kw_only=True)
class Placed:
    """A value of a template, with the stack whose ids it means."""

    stack: str
    value: Any


@dataclass(frozen=True, kw_only=True)
class Acknowledged:
    """A finding that is accepted at a construct, with the reason."""

    stack: str
    path: str
    rule: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Assembly:
    """All stacks of a stage. ``parameters`` are the defaults of the templates' own, by stack and id."""

    stage: Stage
    resources: tuple[Resource, ...]
    exports: Mapping[str, Placed]
    parameters: Mapping[tuple[str, str], str]
    acknowledged: tuple[Acknowledged, ...]

    def reason_for_wildcard(self, resource: Resource, wildcard: str) -> str | None:
        """Why a resource may hold a wildcard, as its construct or one around it says; ``wildcard`` as cdk-nag writes it."""
        reasons = (
            each.reason
            for each in self.acknowledged
            if each.rule == f"{WILDCARD}[Resource::{wildcard}]"
            and each.stack == resource.stack
            and (resource.path == each.path or resource.path.startswith(f"{each.path}/"))
        )
        return next(reasons, None)


def synthesise_all() -> dict[str, Assembly]:
    """Synthesise every stage, by name."""
    os.environ["CDK_VALIDATION"] = "false"  # before aws_cdk is imported; the checks have tests of their own
    from stacks.config import STAGES

    return {name: _synthesise(stage) for name, stage in STAGES.items()}


def _synthesise(stage: Stage) -> Assembly:
    """Synthesise a stage as app.py does, with a stand-in for its functions' bundle, of which templates only hold the hash."""
    import aws_cdk as cdk

    from stacks.portal import Portal

    with TemporaryDirectory() as folder:
        bundle = Path(folder, "bundle.zip")
        with zipfile.ZipFile(bundle, "w") as archive:
            archive.writestr(zipfile.ZipInfo("empty.py"), "")
        context = json.loads((ROOT / "cdk.json").read_text())["context"]
        app = cdk.App(context=context, outdir=str(Path(folder, "assembly")))
        Portal(app, stage=stage, bundle=bundle)
        return read(Path(app.synth().directory), stage)


def read(folder: Path, stage: Stage) -> Assembly:
    """Read what the CDK wrote into a folder."""
    artifacts = json.loads((folder / "manifest.json").read_text())["artifacts"]
    stacks = {
        name.removeprefix(f"{stage.prefix}-"): _Stack.read(folder, name, artifact)
        for name, artifact in artifacts.items()
        if artifact["type"] == "aws:cloudformation:stack"
    }
    return Assembly(
        stage=stage,
        resources=tuple(resource for name, stack in stacks.items() for resource in stack.resources(name)),
        exports={
            output["Export"]["Name"]: Placed(stack=name, value=output["Value"])
            for name, stack in stacks.items()
            for output in stack.template.get("Outputs", {}).values()
            if "Export" in output
        },
        parameters={
            (name, id_): str(parameter.get("Default", id_))
            for name, stack in stacks.items()
            for id_, parameter in stack.template.get("Parameters", {}).items()
        },
        acknowledged=tuple(found for name, stack in stacks.items() for found in stack.acknowledged(name)),
    )


@dataclass(frozen=True, kw_only=True)
class _Stack:
    """A template and what the CDK noted at its constructs, by their paths."""

    template: Json
    metadata: Mapping[str, list[Json]]

    @classmethod
    def read(cls, folder: Path, name: str, artifact: Json) -> _Stack:
        noted: dict[str, list[Json]] = dict(artifact.get("metadata", {}))
        if "additionalMetadataFile" in artifact:
            noted.update(json.loads((folder / artifact["additionalMetadataFile"]).read_text()))
        return cls(
            template=json.loads((folder / artifact["properties"]["templateFile"]).read_text()),
            metadata={path.removeprefix(f"/{name}").removeprefix("/"): entries for path, entries in noted.items()},
        )

    def resources(self, name: str) -> Iterator[Resource]:
        paths = {entry["data"]: path for path, entry in self._entries(LOGICAL_ID)}
        for id_, body in self.template["Resources"].items():
            yield Resource(stack=name, id=id_, path=paths[id_], type=body["Type"], properties=body.get("Properties", {}))

    def acknowledged(self, name: str) -> Iterator[Acknowledged]:
        for path, entry in self._entries(ACKNOWLEDGED):
            for rule, reason in entry["data"].items():
                yield Acknowledged(stack=name, path=path, rule=rule.removeprefix("Annotation::"), reason=reason)

    def _entries(self, type_: str) -> Iterator[tuple[str, Json]]:
        for path, entries in self.metadata.items():
            yield from ((path, entry) for entry in entries if entry["type"] == type_)
