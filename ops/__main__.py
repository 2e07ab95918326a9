"""The operators' commands: ``python -m ops tenant``, ``operation``, ``recover``, ``renew``, ``dlq``, ``redrive``, ``plugins``.

On the local cloud, or with ``--stage`` on AWS with the credentials at hand.
"""

from __future__ import annotations

import argparse
import sys
import time
from datetime import datetime, timezone
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from local.settings import ROOT, LocalError
from ops import dead_letters, plugins, tenants
from ops.access import LOCAL, Access, OperatorError
from ops.asking import site_named
from ops.catalogue import CatalogueError
from ops.following import follow
from ops.operation import shown
from ops.recover import listed, recover
from ops.renew import Wish, renew, renew_all
from runtime.hateoas_endpoint.problem import BusinessException
from runtime.operations.domain import Operation, OperationStatus
from runtime.table.port import Conflict

ALL = "all"
AT_ONCE = 5


def main() -> int:
    """Run a command; what a person has to mend is one sentence on standard error."""
    arguments = parser().parse_args()
    access = Access(stage=arguments.stage, state=arguments.state.resolve())
    try:
        return COMMANDS[arguments.command](arguments, access)
    except (LocalError, OperatorError, CatalogueError, BusinessException, Conflict, ClientError, BotoCoreError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nWhat was asked for goes on by itself: look at it with make operation.", file=sys.stderr)
        return 1


def parser() -> argparse.ArgumentParser:
    """The command line."""
    words = argparse.ArgumentParser(prog="python -m ops", description=__doc__)
    words.add_argument("--stage", default=LOCAL)
    words.add_argument("--state", type=Path, default=ROOT / ".local", help="the local cloud's folder")
    commands = words.add_subparsers(dest="command", required=True)
    tenants.add_arguments(commands.add_parser("tenant", help="lets a customer in: makes a tenant and its first administrator"))
    commands.add_parser("operation", help="shows how an operation stands").add_argument("operation")
    back = commands.add_parser("recover", help="puts a site back to one of its backups")
    back.add_argument("--site", required=True)
    which = back.add_mutually_exclusive_group(required=True)
    which.add_argument("--backup")
    which.add_argument("--list", action="store_true", help="shows the site's backups")
    back.add_argument("--without-backup", action="store_true", help="for a site of which nothing can be backed up any more")
    secrets = commands.add_parser("renew", help="renews a site's database password and its agent's secret and files")
    secrets.add_argument("--site", required=True, help=f"a site, or {ALL}")
    secrets.add_argument("--salts", action="store_true", help="also those of the sites' cookies, which signs everybody out")
    secrets.add_argument("--forget-former", action="store_true", help="lets agents take the former secret no more")
    secrets.add_argument("--at-once", type=int, default=AT_ONCE, help="of all sites, so many at a time")
    commands.add_parser("dlq", help="lists the dead letters with their reasons")
    again = commands.add_parser("redrive", help="puts dead letters back on their queue")
    again.add_argument("--queue", required=True, choices=dead_letters.QUEUES)
    again.add_argument("--operation", default=None)
    plugins.add_arguments(commands.add_parser("plugins", help="curates the catalogue of plugins"))
    return words


def _tenant(arguments: argparse.Namespace, access: Access) -> int:
    users = tenants.Users(cognito=access.client("cognito-idp"), pool_id=access.output("identity", "UserPoolId"))
    now = datetime.now(timezone.utc)
    print(tenants.let_in(access.table, users, tenants.wanted_of(arguments), admin=arguments.admin, now=now))
    return 0


def _operation(arguments: argparse.Namespace, access: Access) -> int:
    print(shown(access, arguments.operation, datetime.now(timezone.utc)))
    return 0


def _recover(arguments: argparse.Namespace, access: Access) -> int:
    if arguments.list:
        print(listed(access.table, arguments.site, datetime.now(timezone.utc)))
        return 0
    keeping = not arguments.without_backup
    operation = recover(access.table, arguments.site, arguments.backup, keeping_present=keeping, operator=access.operator)
    return _followed(operation, access)


def _renew(arguments: argparse.Namespace, access: Access) -> int:
    table = access.table
    wish = Wish(operator=access.operator, salts=arguments.salts, forget_former=arguments.forget_former)
    if arguments.site != ALL:
        return _followed(renew(table, site_named(table, arguments.site), wish), access)
    left_out = renew_all(table, access.sites(), wish, at_once=arguments.at_once, say=_say, pause=time.sleep)
    print(f"not renewed: {', '.join(left_out)}" if left_out else "all are renewed")
    return 1 if left_out else 0


def _dlq(arguments: argparse.Namespace, access: Access) -> int:
    letters = dead_letters.read(access.client("sqs"), arguments.stage)
    print(dead_letters.table_of(letters, datetime.now(timezone.utc)) if letters else "no dead letters")
    return 0


def _redrive(arguments: argparse.Namespace, access: Access) -> int:
    sqs, queue = access.client("sqs"), arguments.queue
    count = dead_letters.redrive(sqs, arguments.stage, queue=queue, operation_id=arguments.operation)
    print(f"{count} put back on {queue}")
    return 0


def _plugins(arguments: argparse.Namespace, access: Access) -> int:
    print(plugins.run(arguments, access.table))
    return 0


def _followed(operation: Operation, access: Access) -> int:
    print(f"{operation.operation_id} is accepted")
    ended = follow(access.table, operation.operation_id, say=_say, pause=time.sleep)
    return 0 if ended.status is OperationStatus.COMPLETED else 1


def _say(what: str) -> None:
    print(f"{datetime.now(timezone.utc):%H:%M:%S}  {what}", flush=True)


COMMANDS = {
    "tenant": _tenant,
    "operation": _operation,
    "recover": _recover,
    "renew": _renew,
    "dlq": _dlq,
    "redrive": _redrive,
    "plugins": _plugins,
}


if __name__ == "__main__":
    sys.exit(main())
