"""What tests ask of health and status, one line each, with certificates and agents that behave as they are told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from runtime.hateoas_endpoint.endpoint import endpoint
from runtime.hateoas_endpoint.representation import Representation
from runtime.hateoas_endpoint.request import Request
from runtime.health import handlers, routes
from runtime.health.certificates import Certificate, CertificateUnknown
from runtime.ports import Ports
from runtime.wordpress.port import SiteAddress, SiteVitals, Visit
from tests.runtime.fakes import START, Answer, FakePorts
from tests.runtime.operations.wordpress import FakeAgent
from tests.runtime.operations.world import OperationWorld, on_site, site_made

GOOD = Certificate(not_after=START + timedelta(days=60, hours=1))


@dataclass
class KnownCertificates:
    """Every host shows the same certificate, or none for this reason."""

    shown: Certificate | str = GOOD
    hosts: list[tuple[str, int]] = field(default_factory=list)

    def look(self, host: str, port: int, *, deadline: float) -> Certificate:
        self.hosts.append((host, port))
        if isinstance(self.shown, str):
            raise CertificateUnknown(self.shown)
        return self.shown


CERTIFICATES = KnownCertificates()


@endpoint(routes.HEALTH)
def get_health(request: Request, ports: Ports) -> Representation:
    """The health endpoint without a network."""
    return handlers.health(request, ports, certificates=CERTIFICATES)


@dataclass
class ToldAgent(FakeAgent):
    """Agents that do something else instead of what they are asked: a visit by its path, or ``vitals``."""

    told: dict[str, Callable[[], Any]] = field(default_factory=dict)
    visited: list[str] = field(default_factory=list)

    def visit(self, site: SiteAddress, path: str = "/", *, seconds: float | None = None) -> Visit:
        self.visited.append(path)
        if path in self.told:
            answer: Visit = self.told[path]()
            return answer
        return super().visit(site, path, seconds=seconds)

    def vitals(self, site: SiteAddress, *, seconds: float | None = None) -> SiteVitals:
        if "vitals" in self.told:
            answer: SiteVitals = self.told["vitals"]()
            return answer
        return super().vitals(site, seconds=seconds)


def telling(world: OperationWorld) -> ToldAgent:
    """The world's agents, which can be told from now on."""
    agent = world.agent = ToldAgent(world.wordpress)
    return agent


def raises(fault: BaseException) -> Callable[[], Any]:
    def raising() -> Any:
        raise fault

    return raising


def health(world: FakePorts, site_id: str, **options: Any) -> Answer:
    return on_site(get_health, world, site_id, **options)


def status(world: FakePorts, site_id: str, **options: Any) -> Answer:
    return on_site(handlers.get_status, world, site_id, **options)


def seen(answer: Answer) -> str:
    """How a site is, according to a health document."""
    assert answer.status == 200, answer.text
    found: str = answer.json["status"]
    return found


def checks(answer: Answer) -> dict[str, dict[str, Any]]:
    """The checks of a health document by their names."""
    return {check["name"]: check for check in answer.json["checks"]}


def prod_site(world: OperationWorld) -> str:
    """An active site on PROD."""
    return site_made(world, body={"environment": "PROD"})


def page(status: int, *, location: str | None = None, whole: bool = True, seconds: float = 0.1) -> Callable[[], Visit]:
    return lambda: Visit(status=status, seconds=seconds, whole=whole, location=location)
