"""The bodies that the operation endpoints give, as the API description shows them."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from runtime.hateoas_endpoint.documents import HalDocument, Instant, ResponseModel
from runtime.operations.domain import OperationStatus, OperationType, StepStatus


class StepDocument(ResponseModel):
    """A step of an operation."""

    name: str
    status: StepStatus
    started_at: Instant | None = None
    ended_at: Instant | None = None
    attempts: int


class OperationErrorDocument(ResponseModel):
    """Why an operation failed; ``retryable`` when the same operation may succeed another time."""

    code: Literal["SYS_001", "WP_001", "WP_002"]
    detail: str
    retryable: bool


class OperationDocument(HalDocument):
    """An operation."""

    operation_id: str
    tenant_id: str
    site_id: str
    operation_type: OperationType
    status: OperationStatus
    progress: int = Field(ge=0, le=100)
    message: str
    steps: list[StepDocument]
    error: OperationErrorDocument | None = None
    attempts: int
    created_at: Instant
    created_by: str
    started_at: Instant | None = None
    completed_at: Instant | None = None
    correlation_id: str
    rolled_back: bool | None = None


class EmbeddedOperations(ResponseModel):
    """The items of a page."""

    operations: list[OperationDocument]


class OperationPage(HalDocument):
    """A page of operations."""

    count: int
    more_available: bool
    embedded: EmbeddedOperations = Field(alias="_embedded")
