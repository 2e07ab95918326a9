"""HAL-FORMS templates (https://rwcbook.github.io/hal-forms/) derived from the pydantic model that validates the request."""

from __future__ import annotations

from typing import Any

from runtime.hateoas_endpoint.models import model_named
from runtime.hateoas_endpoint.route import Route

KEYWORDS = {
    "pattern": "regex",
    "minimum": "min",
    "maximum": "max",
    "minLength": "minLength",
    "maxLength": "maxLength",
    "default": "value",
}
"""What JSON schema calls the constraints that a property can have, and HAL-FORMS."""


def template(route: Route, target: str) -> dict[str, Any]:
    """Describe one action: where it goes, how, and the properties its body takes."""
    schema = model_named(route.request).model_json_schema() if route.request else {}
    required = schema.get("required", [])
    return {
        "title": route.title,
        "method": route.method,
        "target": target,
        "contentType": "application/json",
        "properties": [
            _property(name, _resolve(definition, schema), name in required)
            for name, definition in schema.get("properties", {}).items()
        ],
    }


def _property(name: str, definition: dict[str, Any], required: bool) -> dict[str, Any]:
    form: dict[str, Any] = {"name": name, "prompt": definition.get("title", name), "required": required}
    form["type"] = _input_type(definition)
    form |= {ours: definition[theirs] for theirs, ours in KEYWORDS.items() if definition.get(theirs) is not None}
    # HAL-FORMS knows no checkbox: yes or no is a choice of two.
    choices = [True, False] if definition.get("type") == "boolean" else definition.get("enum")
    if choices:
        form["options"] = {"inline": choices, "minItems": int(required), "maxItems": 1}
    return form


def _input_type(definition: dict[str, Any]) -> str:
    if definition.get("format") == "email":
        return "email"
    return "number" if definition.get("type") in {"integer", "number"} else "text"


def _resolve(definition: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """Follow a reference and look through ``X | None``: a form has no null, it leaves the property out."""
    if "anyOf" in definition:
        chosen = next(option for option in definition["anyOf"] if option.get("type") != "null")
        definition = {**chosen, **{key: value for key, value in definition.items() if key != "anyOf"}}
    if "$ref" in definition:
        definition = {**schema["$defs"][definition["$ref"].rsplit("/", 1)[-1]], **definition}
    return definition
