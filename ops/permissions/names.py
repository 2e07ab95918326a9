"""What the values in templates are called: ``table `bbws-portal-prod` `` instead of a join of references and exports."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ops.permissions.assembly import Assembly, Json, Placed, Resource

ACCOUNT = "ACCOUNT"
"""Stands for the account that a stage is deployed to, where no number is given."""

PSEUDO = {"AWS::Partition": "aws", "AWS::AccountId": ACCOUNT, "AWS::URLSuffix": "amazonaws.com"}
ALIAS = "AWS::Lambda::Alias"
WORDS = {"AWS::RDS::DBInstance": "database"}
"""Types whose last part is not the word for them."""

UNTYPED = {"sns": "topic", "sqs": "queue", "s3": "bucket"}
"""Services in whose ARNs a name stands without its type."""

ATTRIBUTES = {"StreamArn": "stream of ", "MasterUserSecret.SecretArn": "master secret of "}
"""Attributes that are something else than the resource."""


class UnreadableValue(Exception):
    """A value of a template for which there is no name; the message says which."""


@dataclass(frozen=True, kw_only=True)
class Names:
    """The names of what a stage has."""

    assembly: Assembly

    @cached_property
    def _resources(self) -> dict[tuple[str, str], Resource]:
        return {(resource.stack, resource.id): resource for resource in self.assembly.resources}

    @cached_property
    def _paths(self) -> Counter[tuple[str, str]]:
        return Counter((resource.type, resource.path) for resource in self.assembly.resources)

    def of(self, value: Any, *, stack: str) -> str:
        """The name of a value that stands in a stack's template; UnreadableValue when there is none."""
        stage = self.assembly.stage
        return readable(self._text(value, stack), region=stage.region, account=stage.account or ACCOUNT)

    def of_resource(self, resource: Resource) -> str:
        """The name of a resource, with its type in words."""
        if resource.type == ALIAS:
            return f"alias `{self.bare(resource)}` of {self.of(resource.properties['FunctionName'], stack=resource.stack)}"
        return f"{_words_for(resource.type)} `{self.bare(resource)}`"

    def bare(self, resource: Resource) -> str:
        """The name alone: the one it is given, or else its construct's path, with the stack where another has that path too."""
        last = resource.type.split("::")[-1]
        given = (resource.properties.get(key) for key in (f"{last}Name", "Name", "Family", "EmailIdentity"))
        named = next((self._text(name, resource.stack) for name in given if name is not None), None)
        if named:
            return named
        path = re.sub(r"/(Resource|Default)$", "", resource.path)
        return path if self._paths[resource.type, resource.path] == 1 else f"{resource.stack}/{path}"

    def meant_by(self, value: Any, *, stack: str) -> Resource | None:
        """The resource that a value refers to, in this stack or another."""
        placed = self._followed(Placed(stack=stack, value=value))
        reference = _reference_in(placed.value)
        return self._resources.get((placed.stack, reference[0])) if reference else None

    def _text(self, value: Any, stack: str, *, whole: bool = True) -> str:
        """A value as text; a resource that is only a part of it goes by its bare name."""
        placed = self._followed(Placed(stack=stack, value=value))
        value, stack = placed.value, placed.stack
        if isinstance(value, str | int | bool):
            return str(value).lower() if isinstance(value, bool) else str(value)
        if "Fn::Join" in value:
            delimiter, parts = value["Fn::Join"]
            return str(delimiter).join(self._text(part, stack, whole=whole and index == 0) for index, part in enumerate(parts))
        if "Fn::Sub" in value and isinstance(value["Fn::Sub"], str):
            parts = re.split(r"\$\{([^}]+)\}", value["Fn::Sub"])
            return "".join(self._text({"Ref": part}, stack) if index % 2 else part for index, part in enumerate(parts))
        return self._referred(value, stack, whole=whole)

    def _referred(self, value: Json, stack: str, *, whole: bool) -> str:
        id_, attribute = _reference_in(value) or ("", "")
        if id_ in PSEUDO:
            return PSEUDO[id_]
        if id_ == "AWS::Region":
            return self.assembly.stage.region
        if (stack, id_) in self.assembly.parameters:
            return f"parameter `{self.assembly.parameters[stack, id_]}`" if whole else self.assembly.parameters[stack, id_]
        if (stack, id_) not in self._resources:
            raise UnreadableValue(f"{stack}: there is no name for {json.dumps(value)}.")
        resource = self._resources[stack, id_]
        return ATTRIBUTES.get(attribute, "") + self.of_resource(resource) if whole else self.bare(resource)

    def _followed(self, placed: Placed) -> Placed:
        while isinstance(placed.value, dict) and "Fn::ImportValue" in placed.value:
            name = self._text(placed.value["Fn::ImportValue"], placed.stack)
            if name not in self.assembly.exports:
                raise UnreadableValue(f"{placed.stack}: {name} is exported by no stack of the stage.")
            placed = self.assembly.exports[name]
        return placed


def readable(text: str, *, region: str, account: str) -> str:
    """An ARN, or a name with something behind it, as it is said; the stage's own region and account go without saying."""
    if text == account:
        return "this account"
    behind = re.fullmatch(r"([a-z ]+ `[^`]+)`([/:].+)", text)
    if behind:
        name, rest = behind.groups()
        return f"index `{rest.removeprefix('/index/')}` of {name}`" if rest.startswith("/index/") else f"{name}{rest}`"
    if not text.startswith("arn:"):
        return text if "`" in text else f"`{text}`"
    _, _, service, place, owner, rest = text.split(":", 5)
    kind, separator, name = _split(rest)
    elsewhere = f" in {place}" if place not in {"", region} else ""
    others = f" of account `{owner}`" if owner not in {"", account, "aws"} else ""
    if (service, rest) == ("iam", "root"):
        return f"account `{owner}`" if others else "this account"
    if service in UNTYPED or not separator:
        kind, name = UNTYPED.get(service, service), rest
    if service == "dynamodb" and "/index/" in name:
        name, _, index = name.partition("/index/")
        return f"index `{index}` of table `{name}`{elsewhere}{others}"
    return f"{kind.replace('-', ' ')} `{name}`{elsewhere}{others}"


def flattened(value: Any) -> str:
    """A value as cdk-nag writes it into the name of a finding (its ``flattenCfnReference``)."""
    if isinstance(value, str):
        return value.replace("${", "<").replace("}", ">")
    if "Fn::Join" in value:
        delimiter, parts = value["Fn::Join"]
        return str(delimiter).join(flattened(part) for part in parts)
    for transparent in ("Fn::Sub", "Fn::ImportValue"):
        if transparent in value:
            return flattened(value[transparent])
    reference = _reference_in(value)
    if reference is None:
        return json.dumps(value, separators=(",", ":"))
    return f"<{'.'.join(part for part in reference if part)}>"


def references_in(value: Any, *, key: str = "") -> Iterator[tuple[str, Any]]:
    """Every reference in a document, with the key it stands under; keys of lists are those of the list."""
    if isinstance(value, dict):
        if _reference_in(value) or "Fn::ImportValue" in value:
            yield key, value
            return
        for name, child in value.items():
            yield from references_in(child, key=key if name.startswith("Fn::") else name)
    elif isinstance(value, list):
        for child in value:
            yield from references_in(child, key=key)


def _reference_in(value: Any) -> tuple[str, str] | None:
    """The id and the attribute of a reference; the attribute is empty in a Ref."""
    if not isinstance(value, dict):
        return None
    if "Ref" in value:
        id_, _, attribute = str(value["Ref"]).partition(".")
        return id_, attribute
    if "Fn::GetAtt" in value:
        found = value["Fn::GetAtt"]
        id_, attribute = found.split(".", 1) if isinstance(found, str) else found
        return str(id_), str(attribute)
    return None


def _split(rest: str) -> tuple[str, str, str]:
    found = re.fullmatch(r"([^:/]+)([:/])(.*)", rest)
    kind, separator, name = found.groups() if found else (rest, "", "")
    return kind, separator, name


def _words_for(type_: str) -> str:
    """``AWS::Logs::LogGroup`` is a log group."""
    return WORDS.get(type_) or re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", type_.split("::")[-1]).lower()
