"""Deploying the app with the real CDK CLI, then mending what the local cloud drops from templates.

The API is given ``127.0.0.1`` as its custom domain. Every client can reach that without resolving ``*.localhost``, and the API
then is at an origin of its own, as it is on AWS. AWS's own APIs answer at ``localhost``.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from local.clients import client
from local.settings import ACCOUNT, API_HOST, REGION, ROOT, Local, LocalError, environment

CDK = ROOT / "node_modules" / ".bin" / "cdk"
STAGE_PREFIX = "bbws-portal-local"
CONCURRENCY = 3


def is_bootstrapped(local: Local) -> bool:
    """Whether the CDK has its stack in the account."""
    try:
        client(local, "cloudformation").describe_stacks(StackName="CDKToolkit")
    except ClientError:
        return False
    return True


def bootstrap(local: Local) -> None:
    """Bootstrap the account of the local cloud."""
    # Away from cdk.json, because bootstrapping an account needs no app.
    _cdk(local, "bootstrap", f"aws://{ACCOUNT}/{REGION}", title="cdk bootstrap", cwd=local.state)


def deploy(local: Local) -> dict[str, str]:
    """Deploy all stacks; their outputs by name."""
    outputs = local.state / "outputs.json"
    assembly = local.state / "cdk.out"
    _cdk(
        local, "deploy", "--all", "--context", "stage=local", "--output", str(assembly), "--require-approval", "never",
        "--concurrency", str(CONCURRENCY), "--outputs-file", str(outputs), title="cdk deploy",
    )  # fmt: skip
    merged: dict[str, str] = {}
    for stack in json.loads(outputs.read_text()).values():
        merged |= {name: value for name, value in stack.items() if not name.startswith("ExportsOutput")}
    _mend(local, merged)
    return merged


def _mend(local: Local, outputs: dict[str, str]) -> None:
    """Set what the local cloud drops from templates; on AWS all of it comes from the template."""
    gateway = client(local, "apigatewayv2")
    api = json.loads(_template(local, "api"))["Resources"]
    cors = next(r["Properties"]["CorsConfiguration"] for r in api.values() if r["Type"] == "AWS::ApiGatewayV2::Api")
    gateway.update_api(ApiId=outputs["ApiId"], CorsConfiguration=cors)
    if API_HOST not in {domain["DomainName"] for domain in gateway.get_domain_names()["Items"]}:
        gateway.create_domain_name(DomainName=API_HOST)
    if not gateway.get_api_mappings(DomainName=API_HOST)["Items"]:
        gateway.create_api_mapping(DomainName=API_HOST, ApiId=outputs["ApiId"], Stage="$default")
    dynamodb = client(local, "dynamodb")
    ttl: Any = dynamodb.describe_time_to_live(TableName=outputs["TableName"])["TimeToLiveDescription"]
    if ttl["TimeToLiveStatus"] != "ENABLED":
        specification = {"Enabled": True, "AttributeName": "ttl"}
        dynamodb.update_time_to_live(TableName=outputs["TableName"], TimeToLiveSpecification=specification)


def _template(local: Local, component: str) -> str:
    return (local.state / "cdk.out" / f"{STAGE_PREFIX}-{component}.template.json").read_text()


def _cdk(local: Local, *arguments: str, title: str, cwd: Path = ROOT) -> None:
    if not CDK.exists():
        raise LocalError("The CDK CLI is not installed: run make setup.")
    log = local.state / f"{title.replace(' ', '-')}.log"
    with log.open("wb") as output:
        done = subprocess.run(  # noqa: S603 - our own arguments
            [str(CDK), *arguments], cwd=cwd, env=environment(local), stdout=output, stderr=output, check=False
        )
    if done.returncode:
        reasons = [line for line in log.read_text().splitlines() if "FAILED" in line or "rror" in line]
        raise LocalError(f"{title} failed, its log is {log}: {reasons[-1].strip() if reasons else 'no reason given'}")
