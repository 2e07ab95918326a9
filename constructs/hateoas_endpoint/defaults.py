"""The opinions on the API and its endpoints."""

from dataclasses import dataclass

from aws_cdk import Duration


@dataclass(frozen=True)
class Throttle:
    """How many requests a second the gateway lets through to a route, and how many at once after a pause."""

    per_second: int
    burst: int


THROTTLE = Throttle(per_second=50, burst=100)
PUBLIC_THROTTLE = Throttle(per_second=10, burst=20)
"""Where nobody signs in, so that a crowd at the door does not cost what customers pay for."""

FAULT_PERCENT = 1
"""5xx answers in a hundred, above which an endpoint alarms; a throttled function counts as wholly failing."""

LATENCY_MS = 500
"""The p95 above which an endpoint alarms. Endpoints that call WordPress are given 3 seconds."""

ALARM_PERIOD_SECONDS = 300
EVALUATIONS = 3
DATAPOINTS = 2
"""Two of three periods of five minutes: one bad period is noise, two are a fault."""

CORS_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
CORS_HEADERS = ("Authorization", "Content-Type", "Accept", "Idempotency-Key", "If-Match", "If-None-Match", "X-Correlation-Id")
CORS_EXPOSED = ("Location", "ETag", "Retry-After", "X-Correlation-Id", "Idempotency-Replayed")
CORS_MAX_AGE = Duration.hours(1)

ACCESS_LOG = {
    "requestId": "$context.requestId",
    "routeKey": "$context.routeKey",
    "status": "$context.status",
    "responseLatency": "$context.responseLatency",
    "integrationError": "$context.integrationErrorMessage",
    "authorizerError": "$context.authorizer.error",
    "sub": "$context.authorizer.claims.sub",
    "sourceIp": "$context.identity.sourceIp",
}
"""What the gateway logs of each call: no path, because paths hold ids, no query and no token."""
