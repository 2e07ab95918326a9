"""The JSON schemas of request and response models, as the API description refers to them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue, models_json_schema
from pydantic_core import core_schema

from runtime.hateoas_endpoint.documents import ProblemDocument
from runtime.hateoas_endpoint.hal import Document
from runtime.hateoas_endpoint.models import model_named
from runtime.hateoas_endpoint.route import Route

REFERENCE = "#/components/schemas/{model}"


def component_schemas(routes: Sequence[Route]) -> tuple[Document, dict[str, Document]]:
    """The schemas of all models by their name, and the reference to each model of a route by its dotted name."""
    problem = f"{ProblemDocument.__module__}.{ProblemDocument.__name__}"
    requests = [route.request for route in routes if route.request]
    schemas: Document = {}
    references: dict[str, Document] = {}
    responses = [route.response for route in routes] + [route.unchanged for route in routes if route.unchanged]
    for generator, names in (_RequestSchema, requests), (_ResponseSchema, [problem, *responses]):
        models = {name: model_named(name) for name in names}
        inputs: list[tuple[type[BaseModel], Literal["validation", "serialization"]]]
        inputs = [(model, "validation") for model in dict.fromkeys(models.values())]
        found, definitions = models_json_schema(inputs, schema_generator=generator, ref_template=REFERENCE)
        schemas |= definitions.get("$defs", {})
        references |= {name: found[model, "validation"] for name, model in models.items()}
    return schemas, references


class _RequestSchema(GenerateJsonSchema):
    """Schemas without the titles that pydantic makes of names."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002 - pydantic's signature
        """Keep only the titles that a model sets itself."""
        return False


class _ResponseSchema(_RequestSchema):
    """Responses leave out what they do not have: none of their members is ever null."""

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        """Take ``X | None`` for X."""
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        """Show no default: what is left out has no value."""
        return self.generate_inner(schema["schema"])
