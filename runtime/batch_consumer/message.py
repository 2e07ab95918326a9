"""The form that messages on the portal's queues share."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints
from pydantic.alias_generators import to_camel

Name = Annotated[str, StringConstraints(min_length=1, max_length=128)]


class QueueMessage(BaseModel):
    """What every message has; a consumer's own model adds what it needs.

    A producer that is deployed first may add fields, so unknown ones are ignored. What would be misunderstood gets another
    ``schemaVersion``, and an unknown one is refused.
    """

    model_config = ConfigDict(
        alias_generator=to_camel, validate_by_name=True, extra="ignore", frozen=True, hide_input_in_errors=True
    )

    schema_version: Literal[1] = 1
    message_type: Name
    correlation_id: Name
    timestamp: AwareDatetime
    payload: dict[str, Any] = Field(default_factory=dict)
