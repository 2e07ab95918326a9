"""The bodies that the plugin endpoints take."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field, StrictBool, WithJsonSchema

from runtime.hateoas_endpoint.models import RequestModel


def _said(value: object) -> object:
    if value is None:
        raise ValueError("must be true or false; leave it out to have the plugin be what it is not")
    return value


Said = Annotated[StrictBool | None, BeforeValidator(_said), WithJsonSchema({"type": "boolean"})]
"""Yes or no. None is what was left out: whoever sends null may mean no, and must not flip anything."""


class TogglePlugin(RequestModel):
    """Whether the plugin is to be active; an empty body has it be what it is not."""

    is_active: Said = Field(default_factory=lambda: None, title="Active")
