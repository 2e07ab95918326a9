"""The event bus on Amazon EventBridge."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from runtime.outbox.dispatch import TransientFault

if TYPE_CHECKING:
    from types_boto3_events.client import EventBridgeClient

SOURCE = "bbws.portal"


class EventBridgeBus:
    """Publishes to one bus."""

    def __init__(self, client: EventBridgeClient, bus: str) -> None:
        self._client = client
        self._bus = bus

    def publish(self, name: str, detail: Mapping[str, Any]) -> None:
        """Publish an event; a fault may pass. PutEvents answers 200 also for an entry that it did not take."""
        entry: Any = {"Source": SOURCE, "DetailType": name, "Detail": json.dumps(detail), "EventBusName": self._bus}
        try:
            answer = self._client.put_events(Entries=[entry])
        except (BotoCoreError, ClientError) as error:
            raise TransientFault("The event bus could not be reached.") from error
        if answer["FailedEntryCount"]:
            raise TransientFault("The event bus did not take the event.")
