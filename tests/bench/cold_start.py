"""Cold starts: import and first request of every handler, the bundle as shipped against the same code as the CDK zips it.

``python -m tests.bench.cold_start GetSite ListSites`` measures these alone.

By default the CDK zips ``pip install -r requirements.txt`` and the sources. Pip's bytecode carries the files' dates, the zip
dates every file 1980, so in Lambda the bytecode is stale, the file system is read-only, and each cold start compiles
everything it imports. That folder also holds botocore, which the X-Ray SDK requires and Lambda brings along anyway.

Three sides, because the measures against a slow start are three: compiled bytecode, leaving out what Lambda has, and importing
late what a request may not need.

``shipped``  the bundle as it is deployed
``default``  the same code as the CDK zips it, with the same late imports
``eager``    that, with everything imported at the start: tracer, boto3, models and forms

Figures are CPU time of the whole process, medians of interleaved runs, against a stand-in for DynamoDB and KMS on loopback.
"""

from __future__ import annotations

import base64
import compileall
import json
import os
import py_compile
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from constructs.python_bundle import Target, build_bundle
from runtime.catalogue import ROUTES
from runtime.hateoas_endpoint.route import Access, Role, Route
from runtime.invitations.domain import invite
from runtime.invitations.rows import invitation_row, token_row
from runtime.invitations.token import token_hash
from runtime.operations.domain import OperationError, OperationType, request_operation
from runtime.operations.rows import operation_row
from runtime.sites.domain import Environment, Site, SiteStatus
from runtime.sites.rows import site_row
from runtime.table.attributes import to_item
from runtime.tenants.domain import Tenant, TenantStatus
from runtime.tenants.rows import tenant_row

ROOT = Path(__file__).resolve().parents[2]
LAMBDA_PYTHON = ROOT / ".ministack" / "bin" / "python"
RUNS = 7
BUDGET = 0.35
EPOCH = 315_532_800
NOW = datetime.now(timezone.utc)

EAGER = """
import boto3, runtime.hateoas_endpoint.forms
import runtime.invitations.documents, runtime.operations.documents, runtime.portal.documents, runtime.sites.documents
from aws_lambda_powertools import Tracer
Tracer(service="bench", auto_patch=False)
"""
PROGRAM = """
import json, sys
from importlib import import_module
module, name = sys.argv[1].rsplit(".", 1)
handler = getattr(import_module(module), name)
context = type("Context", (), {"aws_request_id": "request", "function_name": "bench"})()
print(handler(json.loads(sys.argv[2]), context)["statusCode"], file=sys.stderr)
"""


def main() -> None:
    """Print each handler's cold start and its ratio to the default bundle."""
    with tempfile.TemporaryDirectory() as scratch:
        shipped, default = _bundles(Path(scratch))
        server = _StandIn()
        endpoint = f"http://127.0.0.1:{server.server_port}"
        print(f"cold start, CPU ms, median of {RUNS} interleaved runs (budget: ratio {BUDGET})")
        worst = 0.0
        for route in [route for route in ROUTES if not sys.argv[1:] or route.name in sys.argv[1:]]:
            server.route = route
            runs = [
                (
                    _cold_start(route, shipped, endpoint),
                    _cold_start(route, default, endpoint),
                    _cold_start(route, default, endpoint, preamble=EAGER),
                )
                for _ in range(RUNS)
            ]
            ours, same, eager = (statistics.median(column) for column in zip(*runs, strict=True))
            to_same, to_eager = (statistics.median(run[0] / run[side] for run in runs) for side in (1, 2))
            worst = max(worst, to_eager)
            print(
                f"  {route.name:18} shipped {ours:5.0f}   default {same:5.0f} (ratio {to_same:.2f})"
                f"   eager {eager:5.0f} (ratio {to_eager:.2f})"
            )
        server.shutdown()
        print(f"  worst ratio to eager {worst:.2f}")


def _bundles(scratch: Path) -> tuple[Path, Path]:
    shipped, default = scratch / "shipped", scratch / "default"
    with zipfile.ZipFile(build_bundle(Target.HOST)) as bundle:
        bundle.extractall(shipped)
    install = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--link-mode", "copy", "--target", str(default)]
    install += ["--python", str(LAMBDA_PYTHON), "-r", "runtime/requirements.in", "-c", "requirements-dev.txt"]
    subprocess.run(install, cwd=ROOT, check=True)
    shutil.copytree(ROOT / "runtime", default / "runtime", ignore=shutil.ignore_patterns("__pycache__"))
    for source in default.rglob("*.py"):
        os.utime(source)
    compileall.compile_dir(default, quiet=2, force=True, invalidation_mode=py_compile.PycInvalidationMode.TIMESTAMP)
    for source in scratch.rglob("*.py"):
        os.utime(source, (EPOCH, EPOCH))
    return shipped, default


def _cold_start(route: Route, bundle: Path, endpoint: str, *, preamble: str = "") -> float:
    """One whole process: start, import, first request; its CPU in milliseconds."""
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(bundle),
        "PYTHONDONTWRITEBYTECODE": "1",
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_REGION": "eu-west-1",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_ACCESS_KEY_ID": "bench",
        "AWS_SECRET_ACCESS_KEY": "bench",
        "AWS_LAMBDA_FUNCTION_NAME": "bench",
        "TABLE_NAME": "bench",
        "TOKEN_KEY_ID": "bench",
        "INVITATIONS_PER_MINUTE": "10",
        "SITE_ORIGIN": "https://*.sites.example",
    }
    command = [str(LAMBDA_PYTHON), "-c", preamble + PROGRAM, route.handler, json.dumps(_event(route))]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, env=environment, cwd=bundle, capture_output=True, text=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode or done.stderr.split()[-1:] != [str(route.success)]:
        sys.exit(f"{route.name} did not answer {route.success}: {done.stderr[-2000:]}{done.stdout[-2000:]}")
    return 1000 * (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


INVITATION = replace(
    invite(
        invitation_id="inv-01a207bd-e552-7000-8000-000000000001",
        tenant_id="acme",
        email="new@acme.test",
        role=Role.VIEWER,
        message=None,
        by="bench",
        by_role=Role.ADMIN,
        now=datetime.fromtimestamp(NOW.timestamp() - 120, timezone.utc),
    ),
    token_hash=token_hash("t"),
)
DAY_AGO = NOW - timedelta(days=1)
SITE = Site(
    site_id="site-01a207bd-e552-7000-8000-000000000001",
    tenant_id="acme",
    site_name="Shop",
    subdomain="shop",
    url="https://shop.sites.example",
    environment=Environment.DEV,
    status=SiteStatus.ACTIVE,
    created_at=DAY_AGO,
    created_by="bench",
    updated_at=DAY_AGO,
)
DELETED_SITE = replace(SITE, status=SiteStatus.DEPROVISIONING, restorable_until=NOW + timedelta(days=1))
OPERATION = request_operation(
    operation_id="op-01a207bd-e552-7000-8000-000000000001",
    operation_type=OperationType.SITE_UPDATE,
    tenant_id="acme",
    site_id=SITE.site_id,
    steps=("rename",),
    input_={"url": SITE.url, "siteName": "Other"},
    by="bench",
    correlation_id="bench",
    now=DAY_AGO,
)
FAILED_OPERATION = OPERATION.claimed(DAY_AGO).failed(
    DAY_AGO, OperationError(code="WP_001", detail="WordPress does not answer.", retryable=True)
)
TENANT = {**tenant_row(Tenant(tenant_id="acme", name="Acme", status=TenantStatus.ACTIVE)), "version": 1}
BODIES = {
    "CreateInvitation": {"email": "other@acme.test", "role": "VIEWER"},
    "AcceptInvitation": {"token": "t"},
    "DeclineInvitation": {"token": "t"},
    "CreateSite": {"siteName": "Other", "subdomain": "other", "environment": "DEV"},
    "UpdateSite": {"siteName": "Other"},
}


def _event(route: Route) -> dict[str, Any]:
    claims = {"sub": "bench", "email": "new@acme.test", "email_verified": "true", "token_use": "id"}
    claims |= {"cognito:groups": "[ADMIN]", "custom:tenantIds": "acme"}
    parameters = {"tenantId": "acme", "invitationId": INVITATION.invitation_id, "siteId": SITE.site_id}
    parameters["operationId"] = OPERATION.operation_id
    method = "GET" if route.method == "ANY" else route.method
    path = route.href(parameters) if route.path.startswith("/") else "/nothing"
    event: dict[str, Any] = {
        "version": "2.0",
        "rawPath": path,
        "rawQueryString": "",
        "headers": {"content-type": "application/json"},
        "pathParameters": {name: parameters[name] for name in route.parameters},
        "requestContext": {"http": {"method": method, "path": path}, "stage": "$default"},
    }
    if route.access is not Access.PUBLIC:
        event["requestContext"]["authorizer"] = {"jwt": {"claims": claims}}
    if route.name in BODIES:
        event["body"] = json.dumps(BODIES[route.name])
    return event


class _StandIn(ThreadingHTTPServer):
    """Answers what a route's first request asks of DynamoDB and KMS."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answering)
        self.route = ROUTES[0]
        Thread(target=self.serve_forever, daemon=True).start()

    def answer(self, operation: str, body: dict[str, Any]) -> dict[str, Any]:
        """Answer a call."""
        site = DELETED_SITE if self.route.name == "RestoreSite" else SITE
        job = FAILED_OPERATION if self.route.name == "RetryOperation" else OPERATION
        known = (TENANT, invitation_row(INVITATION), token_row(INVITATION), site_row(site), operation_row(job))
        rows = {row["SK"]: to_item({"version": 1, **row}) for row in known}
        if operation == "GenerateMac":
            return {"Mac": base64.b64encode(bytes(32)).decode()}
        if operation == "GetItem":
            found = rows.get(body["Key"]["SK"]["S"])
            return {"Item": found} if found else {}
        if operation == "BatchGetItem":
            keys = [key["SK"]["S"] for key in body["RequestItems"]["bench"]["Keys"]]
            return {"Responses": {"bench": [rows[key] for key in keys if key in rows]}, "UnprocessedKeys": {}}
        if operation == "Query":
            listed = {"ListSites": site_row(site), "ListOperations": operation_row(job)}
            row = listed.get(self.route.name, invitation_row(INVITATION))
            return {"Items": [to_item({"version": 1, **row})], "Count": 1}
        return {}


class _Answering(BaseHTTPRequestHandler):
    """A connection to the stand-in."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        assert isinstance(self.server, _StandIn)
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        answer = json.dumps(self.server.answer(self.headers["X-Amz-Target"].rsplit(".", 1)[-1], body)).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/x-amz-json-1.0")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class names it so
        return


if __name__ == "__main__":
    main()
