"""Routes and consumers that exist for the tests of the constructs only, each with a real handler."""

from __future__ import annotations

from runtime.batch_consumer.consumer import Delivery, consumer
from runtime.batch_consumer.message import QueueMessage
from runtime.hateoas_endpoint.endpoint import Endpoint, endpoint
from runtime.hateoas_endpoint.representation import Representation
from runtime.hateoas_endpoint.request import Request
from runtime.hateoas_endpoint.route import Access, Role, Route
from runtime.portal.routes import ENTRY
from runtime.ports import Ports

MODEL = ENTRY.response


def _route(name: str, path: str, *, response: str = MODEL, method: str = "GET", access: Access = Access.ROLES) -> Route:
    return Route(
        name=name,
        method=method,
        path=path,
        relation=name.lower(),
        title=f"The {name}",
        handler=f"tests.infra.synthetic.{name}",
        response=response,
        access=access,
        roles=frozenset({Role.ADMIN}) if access is Access.ROLES else frozenset(),
        public_reason="Tests call it." if access is Access.PUBLIC else "",
    )


def _answer(request: Request, ports: Ports) -> Representation:
    return Representation(document=None, status=204)


ROLES = _route("ReadThing", "/tenants/{tenantId}/things/{thingId}")
SIGNED_IN = _route("ReadSelf", "/self", access=Access.SIGNED_IN)
PUBLIC = _route("ReadPublic", "/.well-known/thing", access=Access.PUBLIC)
DEFAULT = _route("Anything", "$default", method="ANY", access=Access.PUBLIC)
MANY = tuple(_route(f"Thing{number}", f"/tenants/{{tenantId}}/kinds/{number}") for number in range(25))

MODEL_MISSING = _route("ModelMissing", "/tenants/{tenantId}/a", response=f"{MODEL}Missing")
MODEL_MODULE_MISSING = _route("ModelModuleMissing", "/tenants/{tenantId}/b", response="runtime.nowhere.Model")
MODEL_NO_MODEL = _route("ModelNoModel", "/tenants/{tenantId}/c", response="runtime.portal.handlers.entry")
MODEL_RELATIVE = _route("ModelRelative", "/tenants/{tenantId}/d", response=".models.Model")

ROUTES = (ROLES, SIGNED_IN, PUBLIC, DEFAULT, *MANY, MODEL_MISSING, MODEL_MODULE_MISSING, MODEL_NO_MODEL, MODEL_RELATIVE)
_HANDLERS = {route.name: endpoint(route)(_answer) for route in ROUTES}


@consumer(model=QueueMessage, seconds=20)
def consume(message: QueueMessage, delivery: Delivery) -> None:
    """Work on things.

    At length.
    """


@consumer(model=QueueMessage, seconds=60)
def consume_slowly(message: QueueMessage, delivery: Delivery) -> None:
    """Work on things for a minute."""


def __getattr__(name: str) -> Endpoint:
    """Find the handlers by the names the routes give them."""
    if name in _HANDLERS:
        return _HANDLERS[name]
    raise AttributeError(name)
