"""The ports that operations are carried out through beyond a consumer's: the maintenance jobs."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import Protocol

from runtime.batch_consumer.ports import ConsumerPorts, EnvironmentConsumerPorts
from runtime.ports import client
from runtime.wordpress.port import Maintenance


class OperationPorts(ConsumerPorts, Protocol):
    """What the consumers work through."""

    @property
    def maintenance(self) -> Maintenance:
        """What runs maintenance jobs."""
        ...


class EnvironmentOperationPorts(EnvironmentConsumerPorts):
    """The consumers' ports: on AWS by the template's variables, on one machine by those the local cloud was started with."""

    @property
    def maintenance(self) -> Maintenance:
        """A process where MAINTENANCE_PROGRAM names one, and otherwise a task of MAINTENANCE_CLUSTER."""
        if program := os.environ.get("MAINTENANCE_PROGRAM"):
            from runtime.wordpress.process import ProcessMaintenance

            return ProcessMaintenance(Path(program), Path(program).parent / "jobs")
        from runtime.wordpress.ecs import EcsMaintenance

        return EcsMaintenance(
            client("ecs", read_timeout=5),
            cluster=os.environ["MAINTENANCE_CLUSTER"],
            task_definition=os.environ["MAINTENANCE_TASK"],
            subnets=os.environ["MAINTENANCE_SUBNETS"].split(","),
            security_groups=os.environ["MAINTENANCE_SECURITY_GROUPS"].split(","),
            log_group=os.environ["MAINTENANCE_LOG_GROUP"],
        )


@cache
def environment_operation_ports() -> OperationPorts:
    """The function's ports, one set for the life of its execution environment."""
    return EnvironmentOperationPorts()
