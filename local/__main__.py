"""The commands of the local cloud: ``python -m local up | down | token``."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from local import cloud, deploy, seed, wordpress
from local.clients import client
from local.settings import DEFAULT_PORT, REGION, ROOT, Local, LocalError

QUEUES = {"creation": "Creation", "update": "Update", "deletion": "Deletion", "dlq": "DeadLetter"}
"""The queues as ``stack.json`` calls them, by what the stacks' outputs call them."""


def up(local: Local) -> None:
    """Bring everything up that is not up yet, and say what there is."""
    known: dict[str, Any] = json.loads(local.stack_file.read_text()) if local.stack_file.exists() else {}
    fresh = not cloud.is_ready(local)
    if fresh:
        known = {}
        wordpress.stop(local)  # its sites were those of a cloud that is gone
    with _step("WordPress bed"):
        wordpress.start(local)
    with _step("local cloud"):
        cloud.start(local, told=wordpress.environment(local))
        wordpress.publish_database_secret(local)
    if not deploy.is_bootstrapped(local):
        with _step("cdk bootstrap"):
            deploy.bootstrap(local)
    with _step("cdk deploy"):
        outputs = deploy.deploy(local)
    with _step("demo tenants and users"):
        users = seed.seed(local, outputs, known.get("users", {}))
    stack = {
        "apiUrl": local.api_url,
        "endpointUrl": local.endpoint,
        "region": REGION,
        "tableName": outputs["TableName"],
        "userPoolId": outputs["UserPoolId"],
        "clientId": outputs["ClientId"],
        "queues": {name: outputs[f"{output}QueueUrl"] for name, output in QUEUES.items()},
        "mailInbox": f"{local.endpoint}/_ministack/ses/messages",
        "wordpressUrl": wordpress.environment(local)["WORDPRESS_GATEWAY"],
        "users": users,
    }
    local.stack_file.write_text(json.dumps(stack, indent=2) + "\n")
    local.stack_file.chmod(0o600)


def down(local: Local) -> None:
    """Stop what runs and remove what it left."""
    stopped = [cloud.stop(local), wordpress.stop(local)]
    print("stopped" if any(stopped) else "nothing ran")


def token(local: Local, email: str) -> str:
    """A fresh ID token of a demo user."""
    if not local.stack_file.exists():
        raise LocalError("Nothing is deployed: run make up first.")
    stack = json.loads(local.stack_file.read_text())
    if email not in stack["users"]:
        raise LocalError(f"{email} is no demo user: use one of {', '.join(stack['users'])}.")
    parameters = {"USERNAME": email, "PASSWORD": stack["users"][email]["password"]}
    cognito = client(local, "cognito-idp")
    signed_in = cognito.initiate_auth(ClientId=stack["clientId"], AuthFlow="USER_PASSWORD_AUTH", AuthParameters=parameters)
    id_token: str = signed_in["AuthenticationResult"]["IdToken"]
    return id_token


def _greet(local: Local) -> None:
    stack = json.loads(local.stack_file.read_text())
    print(f"\nThe portal is at {stack['apiUrl']}, its mail at {stack['mailInbox']}\n\nDemo users (make token USER=...):")
    for email, user in stack["users"].items():
        print(f"  {email:20} {user['role']:7} {', '.join(user['tenants']) or 'every tenant'}")
    site = """'{"siteName": "My Shop", "subdomain": "shop", "environment": "DEV"}'"""
    print(f"""
Try:
  TOKEN=$(make -s token USER=admin@acme.test)
  curl -s {stack["apiUrl"]}/ -H "Authorization: Bearer $TOKEN"
  curl -si {stack["apiUrl"]}/tenants/acme/sites -H "Authorization: Bearer $TOKEN" \\
    -H 'Content-Type: application/json' -d {site}
  curl -s "{stack["apiUrl"]}/operations?tenantId=acme" -H "Authorization: Bearer $TOKEN"
and then open {wordpress.environment(local)["SITE_ORIGIN"].replace("*", "shop.dev")}
""")


@contextmanager
def _step(title: str) -> Iterator[None]:
    print(f"  {title} ...", end=" ", flush=True)
    started = time.monotonic()
    yield
    print(f"{time.monotonic() - started:.1f} s", flush=True)


def main() -> int:
    """Run a command; a LocalError is one sentence on standard error."""
    parser = argparse.ArgumentParser(prog="python -m local", description=__doc__)
    parser.add_argument("--state", type=Path, default=ROOT / ".local")
    parser.add_argument("--port", type=int, default=None)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("up")
    commands.add_parser("down")
    commands.add_parser("token").add_argument("email")
    arguments = parser.parse_args()
    local = Local(state=arguments.state.resolve(), port=arguments.port or _port_in_use(arguments.state) or DEFAULT_PORT)
    try:
        if arguments.command == "up":
            up(local)
            _greet(local)
        elif arguments.command == "down":
            down(local)
        else:
            print(token(local, arguments.email))
    except (LocalError, ClientError) as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    return 0


def _port_in_use(state: Path) -> int | None:
    """The port of a cloud that runs already, so that a second command finds it again."""
    stack_file = state / "stack.json"
    return int(json.loads(stack_file.read_text())["apiUrl"].rsplit(":", 1)[-1]) if stack_file.exists() else None


if __name__ == "__main__":
    sys.exit(main())
