"""``python -m ops.smoke --stage dev``: makes every check, a line each, and fails when one fails."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from local.settings import ROOT
from ops.access import LOCAL, Access
from ops.smoke.check import Check, Outcome
from ops.smoke.inside import Inside
from ops.smoke.outside import Api, Sites
from stacks.config import stage_named


def main() -> int:
    """Print each check as it is made; 1 when one failed, or none could be made, with the mend on standard error."""
    arguments = _parser().parse_args()
    failed = False
    try:
        for check in _checks(arguments):
            sys.stdout.write(f"{check}\n")
            sys.stdout.flush()
            failed |= check.outcome is Outcome.FAIL
    except (ValueError, OSError, ClientError, BotoCoreError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return int(failed)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m ops.smoke", description=__doc__)
    parser.add_argument("--stage", default=LOCAL)
    parser.add_argument("--state", type=Path, default=ROOT / ".local", help="the local cloud's folder")
    parser.add_argument("--without-credentials", action="store_true", help="only look from outside")
    parser.add_argument("--api-url", help="where the API is, for whoever has no credentials to ask")
    parser.add_argument("--sites-address", help="where the sites' load balancer is, likewise")
    return parser


def _checks(arguments: argparse.Namespace) -> Iterator[Check]:
    stage = stage_named(arguments.stage)
    local = stage.name == LOCAL
    blind = arguments.without_credentials or not (local or boto3.Session().get_credentials())
    inside = Inside(stage=stage, access=Access(stage=stage.name, state=arguments.state.resolve()))
    url, address = arguments.api_url, arguments.sites_address
    if local:
        url = url or _local_url(arguments.state / "stack.json")
    elif not blind:
        url = url or inside.output("api", "ApiUrl")
        address = address or (inside.output("hosting", "SitesAddress") if stage.hosting else None)
    if not url:
        raise ValueError(f"Without credentials nobody knows where the API of {stage.name} is: give --api-url.")
    yield from Api(url=url.rstrip("/"), origins=stage.origins).checks()
    if address:
        yield from Sites(domain=stage.site_domain, address=address).checks()
    elif stage.hosting:
        yield Check(name="sites", outcome=Outcome.SKIP, seen="there are no credentials to ask for their address with")
    if blind:
        yield Check(name="inside", outcome=Outcome.SKIP, seen="there are no credentials to look with")
    else:
        yield from inside.checks()


def _local_url(stack_file: Path) -> str:
    if not stack_file.exists():
        raise ValueError("Nothing is deployed: run make up first.")
    return str(json.loads(stack_file.read_text())["apiUrl"])


if __name__ == "__main__":
    sys.exit(main())
