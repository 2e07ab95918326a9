"""What a handler answers: a document with its status, headers and version, before it becomes an HTTP response."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from runtime.hateoas_endpoint.hal import HAL, HAL_FORMS, Document
from runtime.hateoas_endpoint.preconditions import etag

REPLAYED = "Idempotency-Replayed"


@dataclass(frozen=True, kw_only=True)
class Representation:
    """A document for the caller. ``version`` becomes the entity tag, ``location`` the Location of something new."""

    document: Document | None
    status: int = 200
    version: int | None = None
    location: str | None = None
    media_type: str = HAL
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The document as compact JSON, empty where there is none."""
        return "" if self.document is None else json.dumps(self.document, separators=(",", ":"), ensure_ascii=False)

    @property
    def is_replay(self) -> bool:
        """Whether this is the first answer to an idempotency key, given again."""
        return REPLAYED in self.headers

    @property
    def all_headers(self) -> dict[str, str]:
        """The headers that go out with the document."""
        headers = dict(self.headers)
        if self.version is not None:
            headers["ETag"] = etag(self.version)
        if self.location:
            headers["Location"] = self.location
        return headers

    def as_record(self) -> dict[str, Any]:
        """The plain data an idempotency record keeps."""
        return {"status": self.status, "text": self.text, "mediaType": self.media_type, "headers": self.all_headers}

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Representation:
        """The answer that a record keeps, marked as given again."""
        return cls(
            document=json.loads(record["text"]) if record["text"] else None,
            status=record["status"],
            media_type=record["mediaType"],
            headers={**record["headers"], REPLAYED: "true"},
        )


def media_type_for(document: Mapping[str, Any]) -> str:
    """HAL-FORMS is what a document with templates is, its own or an item's; without any it is plain HAL."""
    items = [item for embedded in document.get("_embedded", {}).values() for item in embedded]
    return HAL_FORMS if any("_templates" in part for part in (document, *items)) else HAL
