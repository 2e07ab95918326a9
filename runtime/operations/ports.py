"""The ports that operations are carried out through beyond a consumer's: the site agent and the maintenance jobs."""

from __future__ import annotations

import os
from functools import cache, cached_property
from pathlib import Path
from typing import Protocol

from runtime.batch_consumer.ports import ConsumerPorts, EnvironmentConsumerPorts
from runtime.ports import client
from runtime.wordpress.port import Maintenance, SiteAgent


class OperationPorts(ConsumerPorts, Protocol):
    """What the consumers work through."""

    @property
    def agent(self) -> SiteAgent:
        """The agents inside the sites."""
        ...

    @property
    def maintenance(self) -> Maintenance:
        """What runs maintenance jobs."""
        ...


class EnvironmentOperationPorts(EnvironmentConsumerPorts):
    """The consumers' ports: on AWS by the template's variables, on one machine by those the local cloud was started with."""

    @property
    def agent(self) -> SiteAgent:
        """The agents of the stage's sites."""
        return self._agent

    @cached_property
    def _agent(self) -> SiteAgent:
        """The agents, reached through WORDPRESS_GATEWAY with the secrets that AGENT_KEY_ID derives, which it keeps."""
        from runtime.wordpress.agent import HttpSiteAgent
        from runtime.wordpress.secrets import AgentSecrets

        secrets = AgentSecrets(client("kms"), os.environ["AGENT_KEY_ID"])
        return HttpSiteAgent(os.environ["WORDPRESS_GATEWAY"], secrets, now=self.now, entropy=self.entropy, pause=self.pause)

    @property
    def maintenance(self) -> Maintenance:
        """A process where MAINTENANCE_PROGRAM names one, and otherwise a task of MAINTENANCE_CLUSTER."""
        if program := os.environ.get("MAINTENANCE_PROGRAM"):
            from runtime.wordpress.process import ProcessMaintenance

            return ProcessMaintenance(Path(program), Path(program).parent / "jobs")
        from runtime.wordpress.ecs import EcsMaintenance

        return EcsMaintenance(
            client("ecs"),
            cluster=os.environ["MAINTENANCE_CLUSTER"],
            task_definition=os.environ["MAINTENANCE_TASK"],
            subnets=os.environ["MAINTENANCE_SUBNETS"].split(","),
            security_groups=os.environ["MAINTENANCE_SECURITY_GROUPS"].split(","),
        )


@cache
def environment_operation_ports() -> OperationPorts:
    """The function's ports, one set for the life of its execution environment."""
    return EnvironmentOperationPorts()
