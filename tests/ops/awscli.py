"""Whether a command of the AWS CLI exists with the options it is given, by the models of the API that the CLI is made of."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

import botocore.session
import jmespath  # type: ignore[import-untyped]
from botocore import xform_name

SERVICES = {"deploy": "codedeploy"}
"""What the CLI calls otherwise than the API does."""

GLOBAL = {"--region", "--output", "--profile"}
OUTFILES = {("lambda", "invoke"): 1}
"""The commands that write to a file, named after the options."""

PLACEHOLDER = re.compile(r"[A-Z][A-Z_]*")


@cache
def _session() -> Any:
    return botocore.session.get_session()


@cache
def _commands(service: str) -> dict[str, str]:
    names = _session().get_service_model(service).operation_names
    return {xform_name(name, "-"): name for name in names}


def complaints(words: Sequence[str], *, whole: bool = True) -> Iterator[str]:
    """What is wrong with ``aws SERVICE COMMAND --option value …``; of one that is not ``whole`` options are left out."""
    _, said, command, *rest = words
    service = SERVICES.get(said, said)
    if service not in _session().get_available_services():
        yield f"there is no service {said}"
        return
    if command == "wait":
        command, *rest = rest
        yield from _wait_complaints(service, command)
        return
    if command not in _commands(service):
        yield f"{said} has no command {command}"
        return
    model = _session().get_service_model(service).operation_model(_commands(service)[command])
    given = _given(rest, outfiles=OUTFILES.get((said, command), 0))
    options = {f"--{xform_name(name, '-')}": shape for name, shape in model.input_shape.members.items()}
    for option, values in given.items():
        if option == "--query":
            yield from _query_complaints(values, model.output_shape)
        elif option not in GLOBAL:
            negated = option.replace("--no-", "--", 1)
            shape = options.get(option) or (options.get(negated) if _is_flag(options.get(negated)) else None)
            yield from [f"{command} has no option {option}"] if shape is None else _value_complaints(option, values, shape)
    for name in model.input_shape.required_members if whole else ():
        shape = model.input_shape.members[name]
        if f"--{xform_name(name, '-')}" not in given and not shape.metadata.get("idempotencyToken"):
            yield f"{command} wants --{xform_name(name, '-')}"


def _wait_complaints(service: str, waiter: str) -> Iterator[str]:
    names = {xform_name(name, "-") for name in _session().get_waiter_model(service).waiter_names}
    if waiter not in names:
        yield f"{service} cannot wait for {waiter}"


def _given(words: Sequence[str], *, outfiles: int) -> dict[str, list[str]]:
    """The options with their values."""
    given: dict[str, list[str]] = {}
    option = ""
    for word in words[: len(words) - outfiles]:
        if word.startswith("--"):
            option = word
            given[option] = []
        else:
            given[option].append(word)
    return given


def _is_flag(shape: Any) -> bool:
    return shape is not None and shape.type_name == "boolean"


def _value_complaints(option: str, values: Sequence[str], shape: Any) -> Iterator[str]:
    if shape.type_name == "list":
        for value in values:
            yield from _one_complaints(option, value, shape.member)
        return
    if _is_flag(shape):
        if values:
            yield f"{option} takes no value"
        return
    if len(values) != 1:
        yield f"{option} takes one value, not {values}"
        return
    yield from _one_complaints(option, values[0], shape)


def _one_complaints(option: str, value: str, shape: Any) -> Iterator[str]:
    if value.startswith("file://"):
        return
    if shape.type_name == "structure":
        keys = (
            json.loads(value) if value.startswith("{") else [part.partition("=")[0] for part in value.split(",") if "=" in part]
        )
        yield from (f"{option} knows no {key}" for key in keys if key not in shape.members)
    elif shape.type_name == "map":
        if not value.startswith("{") and not all("=" in part for part in value.split(",")):
            yield f"{option} takes KEY=VALUE, not {value}"
    elif getattr(shape, "enum", None) and value not in shape.enum:
        yield f"{option} takes one of {shape.enum}, not {value}"
    elif shape.type_name in {"integer", "long"} and not (value.isdecimal() or PLACEHOLDER.fullmatch(value)):
        yield f"{option} takes a number, not {value}"


def _query_complaints(values: Sequence[str], output: Any) -> Iterator[str]:
    """A query that cannot be read, or begins with what the answer does not have."""
    (query,) = values
    parsed = jmespath.compile(query).parsed
    yield from (f"the answer has no {name}" for name in _first_names(parsed) if name not in output.members)


def _first_names(node: Any) -> Iterator[str]:
    """The fields that a query takes of the answer itself."""
    if node["type"] == "field":
        yield node["value"]
    elif node["type"] in {"multi_select_list", "function_expression"}:
        for child in node["children"]:
            yield from _first_names(child)
    elif node["children"]:
        yield from _first_names(node["children"][0])
