"""The handler of the sweeper, which looks after operations and purges once a minute; it needs nothing of the API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from runtime.observability import logger
from runtime.operations.sweep import send_overdue
from runtime.ports import environment_ports
from runtime.sites.purge import purge_due

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


def sweep(event: dict[str, Any], context: LambdaContext) -> None:  # noqa: ARG001 - Lambda's signature
    """Send the messages of overdue operations again, and begin the purges that are due."""
    ports = environment_ports()
    logger.info("swept", operations=send_overdue(ports), purges=purge_due(ports))
