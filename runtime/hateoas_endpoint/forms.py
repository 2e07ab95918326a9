"""HAL-FORMS templates (https://rwcbook.github.io/hal-forms/) derived from the pydantic model that validates the request."""

from __future__ import annotations

from typing import Any

from runtime.hateoas_endpoint.models import model_named
from runtime.hateoas_endpoint.route import Route

JSON_TYPES = {"boolean": "checkbox", "integer": "number", "number": "number", "string": "text"}


def template(route: Route, target: str) -> dict[str, Any]:
    """Describe one action: where it goes, how, and the properties its body takes."""
    document: dict[str, Any] = {"title": route.title, "method": route.method, "target": target, "properties": []}
    if route.request:
        schema = model_named(route.request).model_json_schema(by_alias=True)
        required = schema.get("required", [])
        document["contentType"] = "application/json"
        document["properties"] = [
            _property(name, _resolve(definition, schema), name in required) for name, definition in schema["properties"].items()
        ]
    else:
        document["contentType"] = "application/json"
    return document


def _property(name: str, definition: dict[str, Any], required: bool) -> dict[str, Any]:
    form: dict[str, Any] = {"name": name, "required": required, "prompt": definition.get("title", name)}
    form["type"] = "email" if definition.get("format") == "email" else JSON_TYPES.get(definition.get("type", ""), "text")
    for key, value in {"minLength": "minLength", "maxLength": "maxLength", "pattern": "regex", "default": "value"}.items():
        if definition.get(key) is not None:
            form[value] = definition[key]
    if "enum" in definition:
        form["options"] = {"inline": definition["enum"], "maxItems": 1}
    return form


def _resolve(definition: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """Follow a reference and look through ``X | None``: a form has no null, it leaves the property out."""
    if "anyOf" in definition:
        chosen = next(option for option in definition["anyOf"] if option.get("type") != "null")
        definition = {**chosen, **{key: value for key, value in definition.items() if key != "anyOf"}}
    if "$ref" in definition:
        definition = {**schema["$defs"][definition["$ref"].rsplit("/", 1)[-1]], **definition}
    return definition
