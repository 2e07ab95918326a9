"""Every statement of every policy of a stage, wherever in the templates it stands, in one shape."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from ops.permissions.assembly import Assembly, Json, Resource
from ops.permissions.names import Names, flattened
from stacks.reasons import UNNAMED, WHY, Unnamed

ROLE, FUNCTION, PERMISSION, TASKS = (
    "AWS::IAM::Role",
    "AWS::Lambda::Function",
    "AWS::Lambda::Permission",
    "AWS::ECS::TaskDefinition",
)
ATTACHED = {"AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"}
GUARDED = ("Queues", "Topics", "Bucket", "SecretId", "ResourceArn", "EventBusName", "FunctionName")
"""The properties by which a policy that is a resource of its own names what it is about."""

OPEN: Mapping[str, str] = {"AWS::EC2::VPCEndpoint": "PolicyDocument", "AWS::EFS::FileSystem": "FileSystemPolicy"}
"""What lets everybody in who can reach it as long as this property says nothing else.

https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html
https://docs.aws.amazon.com/efs/latest/ug/iam-access-control-nfs-efs.html
"""

EVERYTHING: Json = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}

UNUSED = {"NotAction", "NotResource", "NotPrincipal"}
"""What no statement here uses: it allows whatever nobody thought of."""


class UnreadablePolicy(Exception):
    """A policy in a form that cannot be listed; the message says where."""


class Kind(Enum):
    """What a statement is part of."""

    IDENTITY = "what a role may do"
    TRUST = "who may take on a role"
    RESOURCE = "who may use a resource"


@dataclass(frozen=True, kw_only=True)
class Condition:
    """One line of a condition."""

    operator: str
    key: str
    values: tuple[str, ...]

    def __str__(self) -> str:
        return f"`{self.key}` {self.operator} {', '.join(self.values)}"


@dataclass(frozen=True, kw_only=True)
class Statement:
    """A statement. ``who`` has it, or is guarded by it; ``wildcards`` are resources with a ``*``, as cdk-nag writes them."""

    kind: Kind
    source: Resource
    who: tuple[str, ...]
    sid: str | None
    effect: str
    actions: tuple[str, ...]
    principals: tuple[str, ...]
    resources: tuple[str, ...]
    wildcards: tuple[str, ...]
    conditions: tuple[Condition, ...]

    @property
    def origin(self) -> Unnamed:
        """By what a statement without a sid is recognised."""
        principals = tuple(principal.replace("`", "") for principal in self.principals)
        return Unnamed(type=self.source.type, effect=self.effect, actions=self.actions, principals=principals)

    @property
    def allows_unnamed_actions(self) -> bool:
        """Whether it allows actions that it does not name one by one."""
        return self.effect == "Allow" and any("*" in action for action in self.actions)

    @property
    def allows_everybody(self) -> bool:
        """Whether it allows something to whoever asks, without a condition."""
        return self.effect == "Allow" and "`*`" in self.principals and not self.conditions

    @property
    def why(self) -> str | None:
        """The reason for it, when one is written."""
        return WHY.get(self.sid) if self.sid else UNNAMED.get(self.origin)

    def __str__(self) -> str:
        return f"{self.source.stack}/{self.source.path}: {self.sid or self.origin}"


class Reader:
    """Reads the statements off a stage."""

    def __init__(self, assembly: Assembly) -> None:
        self.names = Names(assembly=assembly)
        self.assembly = assembly
        self.users = self._users_of_roles()

    def statements(self) -> Iterator[Statement]:
        """All statements, in the order of the templates; UnreadablePolicy for what cannot be listed."""
        for resource in self.assembly.resources:
            if resource.type == PERMISSION:
                yield self._statement(resource, Kind.RESOURCE, _of_permission(resource))
            if OPEN.get(resource.type, "Type") not in {"Type", *resource.properties}:
                yield self._statement(resource, Kind.RESOURCE, EVERYTHING)
            for place, body in _statements_in(resource, resource.properties):
                yield self._statement(resource, _kind(resource, place), body)

    def managed(self) -> Iterator[tuple[Resource, str]]:
        """Every role with a policy that AWS or somebody else keeps, and that policy's name."""
        for role in self.assembly.resources:
            for policy in role.properties.get("ManagedPolicyArns", []) if role.type == ROLE else []:
                if self.names.meant_by(policy, stack=role.stack) is None:
                    yield role, self.names.of(policy, stack=role.stack).removeprefix("policy `").removesuffix("`")

    def who(self, role: Resource) -> tuple[str, ...]:
        """What runs with a role, or the role itself when that is a service of AWS."""
        return self.users.get((role.stack, role.id)) or (self.names.of_resource(role),)

    def own(self, role: Resource) -> dict[str, str]:
        """What is a function's own, so that what all functions have reads the same."""
        functions = [f for f in self.assembly.resources if f.type == FUNCTION and self._runs_with(f) == role]
        if len(functions) != 1:
            return {}
        (function,) = functions
        log = self.names.of(function.properties["LoggingConfig"]["LogGroup"], stack=function.stack)
        return {log: "its own log group", self.names.of_resource(function): "itself"}

    def _statement(self, source: Resource, kind: Kind, body: Json) -> Statement:
        if unused := UNUSED & set(body):
            raise UnreadablePolicy(f"{source.stack}/{source.path} has a statement with {', '.join(unused)}.")
        resources = _listed(body.get("Resource", []))
        sid = body.get("Sid")
        return Statement(
            kind=kind,
            source=source,
            who=tuple(self._who(source, kind)),
            sid=None if sid is None or sid.isdigit() else sid,  # the CDK numbers some statements
            effect=body["Effect"],
            actions=tuple(sorted(_listed(body["Action"]))),
            principals=tuple(self._principals(source, body.get("Principal", {}))),
            resources=tuple(self.names.of(value, stack=source.stack) for value in resources),
            wildcards=tuple(wildcard for wildcard in map(flattened, resources) if "*" in wildcard),
            conditions=tuple(self._conditions(source, body.get("Condition", {}))),
        )

    def _who(self, source: Resource, kind: Kind) -> Iterator[str]:
        if source.type in ATTACHED:
            for role in _listed(source.properties.get("Roles", [])):
                meant = self.names.meant_by(role, stack=source.stack)
                yield from self.who(meant) if meant else (self.names.of(role, stack=source.stack),)
            return
        if kind is not Kind.RESOURCE:
            yield from self.who(source)
            return
        guarded = next((source.properties[key] for key in GUARDED if key in source.properties), None)
        if guarded is None or source.type == FUNCTION:
            yield self.names.of_resource(source)
        else:
            yield from (self.names.of(value, stack=source.stack) for value in _listed(guarded))

    def _principals(self, source: Resource, principal: Any) -> Iterator[str]:
        named = principal if isinstance(principal, dict) else {"AWS": principal}
        for values in named.values():
            yield from (self.names.of(value, stack=source.stack) for value in _listed(values))

    def _conditions(self, source: Resource, condition: Json) -> Iterator[Condition]:
        for operator, keys in condition.items():
            for key, values in keys.items():
                read = tuple(self.names.of(value, stack=source.stack) for value in _listed(values))
                yield Condition(operator=operator, key=key, values=read)

    def _runs_with(self, function: Resource) -> Resource | None:
        return self.names.meant_by(function.properties.get("Role"), stack=function.stack)

    def _users_of_roles(self) -> dict[tuple[str, str], tuple[str, ...]]:
        """Functions and tasks by the role they have; a task starts with one and runs with another."""
        users: dict[tuple[str, str], tuple[str, ...]] = {}
        for resource in self.assembly.resources:
            name = self.names.of_resource(resource)
            uses = {
                FUNCTION: {"Role": name},
                TASKS: {"TaskRoleArn": _task(name), "ExecutionRoleArn": f"start of {_task(name)}"},
            }
            for key, user in uses.get(resource.type, {}).items():
                role = self.names.meant_by(resource.properties.get(key), stack=resource.stack)
                if role is not None:
                    users[role.stack, role.id] = (*users.get((role.stack, role.id), ()), user)
        return users


def _task(definition: str) -> str:
    return definition.replace("task definition", "task", 1)


def _kind(resource: Resource, place: str) -> Kind:
    if resource.type == ROLE:
        return Kind.TRUST if place == "AssumeRolePolicyDocument" else Kind.IDENTITY
    return Kind.IDENTITY if resource.type in ATTACHED else Kind.RESOURCE


def _statements_in(resource: Resource, value: Any, place: str = "") -> Iterator[tuple[str, Json]]:
    """Every statement below a value, with the property of the resource it stands in."""
    if isinstance(value, dict):
        if "Statement" in value:
            yield from ((place, body) for body in _listed(value["Statement"]))
            return
        for key, child in value.items():
            yield from _statements_in(resource, child, place or key)
    elif isinstance(value, list):
        for child in value:
            yield from _statements_in(resource, child, place)
    elif isinstance(value, str) and '"Statement"' in value:
        raise UnreadablePolicy(f"{resource.stack}/{resource.path} has a policy that is written as text.")


def _of_permission(resource: Resource) -> Json:
    """A Lambda permission, which is a statement in other words."""
    written = resource.properties
    conditions = {"ArnLike": "SourceArn", "StringEquals": "SourceAccount"}
    return {
        "Effect": "Allow",
        "Action": written["Action"],
        "Principal": {"Service": written["Principal"]},
        "Condition": {operator: {f"aws:{key}": written[key]} for operator, key in conditions.items() if key in written},
    }


def _listed(value: Any) -> list[Any]:
    """IAM writes one element without its list."""
    return value if isinstance(value, list) else [value]
