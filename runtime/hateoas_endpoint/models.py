"""The base of every request model: camelCase outside, unknown fields refused; and look-up of models by dotted name."""

from __future__ import annotations

from importlib import import_module
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.alias_generators import to_camel

from runtime.hateoas_endpoint.problem import ValidationException, violations

Model = TypeVar("Model", bound=BaseModel)


class RequestModel(BaseModel):
    """A request's body; what it does not name is refused."""

    model_config = ConfigDict(alias_generator=to_camel, extra="forbid", frozen=True, hide_input_in_errors=True)


def model_named(dotted: str) -> type[BaseModel]:
    """Import a model by its dotted name; a name that is no model raises LookupError with the mend."""
    module, _, name = dotted.rpartition(".")
    model: Any = getattr(import_module(module), name, None)
    if not (isinstance(model, type) and issubclass(model, BaseModel)):
        raise LookupError(f"{dotted} is not a pydantic model: correct the route's request or response.")
    return model


def parse(model: type[Model], body: bytes) -> Model:
    """Validate a JSON body; raises ValidationException with a pointer, a code and a sentence for each error."""
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        raise ValidationException(*violations(error.errors(include_url=False, include_input=False))) from None
