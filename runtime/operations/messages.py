"""The message that starts an operation: it only names it, the table's record is the truth."""

from __future__ import annotations

from runtime.batch_consumer.message import QueueMessage


class OperationMessage(QueueMessage):
    """An operation that waits to be carried out."""

    operation_id: str
    tenant_id: str
    site_id: str
