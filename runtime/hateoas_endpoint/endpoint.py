"""The Lambda handler around a route's function: Powertools' resolver, logger, tracer and metrics, and the word on faults.

``@endpoint(routes.GET)`` turns ``def get(request, ports) -> Representation`` into the handler of that route's Lambda. The
function sees only requests that passed authorization and the checks of form; whatever it raises becomes a problem document.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.event_handler.api_gateway import APIGatewayHttpResolver, Response
from aws_lambda_powertools.metrics import MetricUnit

from runtime.hateoas_endpoint.problem import MEDIA_TYPE, ProblemException, UnexpectedException, problem_document
from runtime.hateoas_endpoint.representation import Representation
from runtime.hateoas_endpoint.request import Request
from runtime.hateoas_endpoint.route import PATH_PARAMETER, Route
from runtime.observability import logger, metrics
from runtime.ports import Ports, environment_ports
from runtime.tracing import Traced

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

Function = Callable[[Request, Ports], Representation]


def endpoint(route: Route) -> Callable[[Function], Endpoint]:
    """Make a function the handler of a route."""
    return lambda function: Endpoint(route, function)


class Endpoint:
    """A route's Lambda handler; ``answer`` is the same with the ports given, for tests and in-process use."""

    def __init__(self, route: Route, function: Function) -> None:
        self.route = route
        self.__doc__ = function.__doc__
        self._function = function
        self._resolver = APIGatewayHttpResolver(debug=False)
        self._resolver.not_found(lambda _: self._respond())
        if route.path.startswith("/"):
            rule = PATH_PARAMETER.sub(r"<\1>", route.path)
            self._resolver.route(rule, route.method)(lambda **_: self._respond())

    def __call__(self, event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
        """Answer an API Gateway event."""
        return self.answer(event, context, environment_ports())

    def answer(self, event: dict[str, Any], context: LambdaContext, ports: Ports) -> dict[str, Any]:
        """Answer an event with the ports given."""
        with Traced(self.route.name):
            self._resolver.context.update(ports=ports, request_id=context.aws_request_id)
            answer: dict[str, Any] = self._resolver.resolve(event, context)
            return answer

    def _respond(self) -> Response[str]:
        started = time.perf_counter()
        ports: Ports = self._resolver.context["ports"]
        request_id: str = self._resolver.context["request_id"]
        request = Request(self.route, self._resolver.current_event.raw_event, request_id=request_id, now=ports.now())
        logger.clear_state()
        logger.append_keys(requestId=request_id, correlationId=request.correlation_id, endpoint=self.route.name)
        logger.append_keys(**{name: value[:128] for name, value in request.parameters.items()})
        representation = self._represent(request, ports)
        _measure(self.route.name, representation.status, time.perf_counter() - started)
        headers = {
            **representation.all_headers,
            "X-Correlation-Id": request.correlation_id,
            "Cache-Control": "private, no-cache",
            "Vary": "Accept, Authorization",
        }
        return Response(
            status_code=representation.status,
            content_type=representation.media_type if representation.document is not None else None,
            headers=dict(headers),
            body=representation.text,
        )

    def _represent(self, request: Request, ports: Ports) -> Representation:
        try:
            request.authorize()
            request.check_form()
            return self._function(request, ports)
        except ProblemException as problem:
            return _problem(problem, request)
        except Exception:
            logger.exception("The request failed unexpectedly")
            return _problem(UnexpectedException(), request)


def _problem(problem: ProblemException, request: Request) -> Representation:
    document = problem_document(problem, instance=request.path, request_id=request.request_id)
    logger.append_keys(code=problem.code.name)
    return Representation(document=document, status=problem.code.status, media_type=MEDIA_TYPE, headers=problem.headers)


def _measure(name: str, status: int, seconds: float) -> None:
    milliseconds = round(seconds * 1000, 3)
    logger.info("answered", status=status, duration=milliseconds)
    metrics.add_dimension(name="endpoint", value=name)
    metrics.add_dimension(name="outcome", value=f"{status // 100}xx")
    metrics.add_metric(name="Requests", unit=MetricUnit.Count, value=1)
    metrics.add_metric(name="Latency", unit=MetricUnit.Milliseconds, value=milliseconds)
    metrics.flush_metrics()
