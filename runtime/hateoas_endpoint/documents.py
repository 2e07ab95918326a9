"""The bodies of responses as the API description shows them. No handler imports them: what answers is made by assemblers."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema
from pydantic.alias_generators import to_camel

from runtime.hateoas_endpoint.problem import Code


class ResponseModel(BaseModel):
    """A response's body as the API description shows it; no handler makes one, so none is built before it is described."""

    model_config = ConfigDict(alias_generator=to_camel, extra="forbid", frozen=True, defer_build=True)


CodeName = Annotated[str, WithJsonSchema({"type": "string", "enum": [code.name for code in Code]})]
Instant = Annotated[str, WithJsonSchema({"type": "string", "format": "date-time"})]


class LinkObject(ResponseModel):
    """A link; ``method`` stands wherever it is not GET, ``templated`` where the href is a URI template (RFC 6570)."""

    href: str
    templated: Literal[True] | None = None
    method: Literal["POST", "PUT", "PATCH", "DELETE"] | None = None
    title: str | None = None


class Links(ResponseModel):
    """The links of a document by their relation; an action is among them exactly when the caller may do it now."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, LinkObject] = Field(init=False)  # pyright: ignore[reportIncompatibleVariableOverride]

    self_: LinkObject = Field(alias="self")


class UnavailableAction(ResponseModel):
    """Why the state forbids an action for now, until when if the clock will mend it, and what stands in the way."""

    code: CodeName
    detail: str
    until: Instant | None = None
    blocked_by: LinkObject | None = None


class FormOptions(ResponseModel):
    """The values a property takes, and how many of them."""

    inline: list[str | int | bool]
    min_items: int
    max_items: int


class FormProperty(ResponseModel):
    """One member of the body that an action takes."""

    name: str
    prompt: str
    required: bool
    type: Literal["text", "email", "number"]
    regex: str | None = None
    min: int | None = None
    max: int | None = None
    min_length: int | None = None
    max_length: int | None = None
    options: FormOptions | None = None
    value: str | int | bool | None = None


class FormTemplate(ResponseModel):
    """An action as HAL-FORMS describes it: where it goes, how, and what its body takes."""

    title: str
    method: Literal["POST", "PUT", "PATCH", "DELETE"]
    target: str
    content_type: Literal["application/json"]
    properties: list[FormProperty]


class HalDocument(ResponseModel):
    """What every body has."""

    links: Links = Field(alias="_links")
    unavailable: dict[str, UnavailableAction] | None = Field(default=None, alias="_unavailable")
    templates: dict[str, FormTemplate] | None = Field(default=None, alias="_templates")


class ViolationDocument(ResponseModel):
    """One thing wrong with a request: where (a JSON pointer, or ``?name`` in the query), a code, a sentence."""

    pointer: str
    code: str
    message: str


class ProblemDocument(ResponseModel):
    """A problem (RFC 9457). The members after ``retryable`` are those that some codes have."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    code: CodeName
    request_id: str
    retryable: bool
    errors: list[ViolationDocument] | None = None
    links: dict[str, LinkObject] | None = Field(default=None, alias="_links")
    current_status: str | None = None
    allowed_transitions: list[str] | None = None
    current_environment: str | None = None
    allowed_targets: list[str] | None = None
    current_sites: int | None = None
    max_sites: int | None = None
    tier: str | None = None
    until: Instant | None = None
