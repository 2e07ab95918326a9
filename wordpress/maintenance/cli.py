"""The command line: one command on one site, one JSON object as the last line, and an exit code that says what to do next."""

from __future__ import annotations

import argparse
import ctypes
import json
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from datetime import datetime, timezone
from typing import NoReturn

from wordpress.maintenance.address import Address
from wordpress.maintenance.backup import back_up
from wordpress.maintenance.clone import clone
from wordpress.maintenance.context import Context
from wordpress.maintenance.install import Order, install
from wordpress.maintenance.lock import locked
from wordpress.maintenance.offline import take_offline, take_online
from wordpress.maintenance.outcomes import Exit, Full, Refused, Result, Temporary
from wordpress.maintenance.promotion import Fate, Rules
from wordpress.maintenance.remove import remove
from wordpress.maintenance.renew import renew
from wordpress.maintenance.restore import restore
from wordpress.maintenance.room import tells_of_want_of_room
from wordpress.maintenance.settings import settings_from
from wordpress.maintenance.settle import accept, put_back
from wordpress.maintenance.site import site_named
from wordpress.maintenance.stage import stage
from wordpress.maintenance.switch import switch

ADDRESS = ("host", "url", "environment")
OPTIONS = {
    "install": (*ADDRESS, "title", "admin-email", "plugins"),
    "remove": (),
    "offline": ("reason",),
    "online": (),
    "backup": ("backup-id", "freeze"),
    "restore": ("backup-id",),
    "clone": (*ADDRESS, "source-id"),
    "stage": (*ADDRESS, "source-id", "promotion-id", "users", "comments", "uploads", "keep-tables", "keep-options"),
    "switch": ("promotion-id",),
    "accept": ("promotion-id",),
    "put-back": ("promotion-id",),
    "renew": ("salts", "forget-former"),
}
COPYING = ("clone", "stage")
YES = "yes"
DEFAULTS = {
    "plugins": "",
    "environment": "DEV",
    "freeze": "no",
    "salts": "no",
    "forget-former": "no",
    "keep-tables": "",
    "keep-options": "",
}
CHOICES = {
    "reason": ("suspended", "deleted"),
    "freeze": (YES, "no"),
    "salts": (YES, "no"),
    "forget-former": (YES, "no"),
    "users": (Fate.KEEP, Fate.REPLACE),
    "comments": (Fate.KEEP, Fate.REPLACE),
    "uploads": (Fate.MERGE, Fate.REPLACE),
}
PR_SET_DUMPABLE = 4
NO_ROOM = "There is no room left for this."
UNEXPECTED = "The maintenance command failed."


class _Parser(argparse.ArgumentParser):
    """Fails like any other internal fault: the portal, not a person, types these arguments."""

    def error(self, message: str) -> NoReturn:
        raise ValueError(message)


def main(arguments: Sequence[str], environ: Mapping[str, str], *, did: Callable[[str], None] | None = None) -> int:
    """Run a command; its exit code. ``did`` is told of every step, by default on standard error."""
    _hide_environment()
    command, site_id = None, None
    try:
        parsed = _parser().parse_args(arguments)
        command, site_id = parsed.command, parsed.site_id
        result = _run(parsed, environ, did or _report)
    except Refused as fault:
        return _end(Exit.REFUSED, command, site_id, Result(False, str(fault)))
    except Temporary as fault:
        _log(fault)
        return _end(Exit.TEMPORARY, command, site_id, Result(False, str(fault)))
    except Full as fault:
        _log(fault)
        return _end(Exit.FULL, command, site_id, Result(False, NO_ROOM))
    except OSError as fault:
        _log(fault)
        if tells_of_want_of_room(fault):
            return _end(Exit.FULL, command, site_id, Result(False, NO_ROOM))
        return _end(Exit.TEMPORARY, command, site_id, Result(False, "The storage of the sites failed."))
    except Exception as fault:  # noqa: BLE001 - whatever it is, the portal must learn that the command failed
        _log(fault)
        return _end(Exit.INTERNAL, command, site_id, Result(False, UNEXPECTED))
    return _end(Exit.DONE, command, site_id, result)


def _run(parsed: argparse.Namespace, environ: Mapping[str, str], did: Callable[[str], None]) -> Result:
    settings = settings_from(environ)
    context = Context(settings, site_named(parsed.site_id, settings.sites), did)
    source = site_named(parsed.source_id, settings.sites) if parsed.command in COPYING else None
    with ExitStack() as held:
        # In one order for all commands, so that no two wait for each other.
        for site in sorted({context.site, source or context.site}, key=lambda site: site.site_id):
            held.enter_context(locked(site))
        if source is None:
            return _work(context, parsed)
        if parsed.command == "clone":
            return clone(context, source, _address(parsed))
        return stage(context, source, _address(parsed), promotion_id=parsed.promotion_id, rules=_rules(parsed))


def _work(context: Context, parsed: argparse.Namespace) -> Result:
    """Run a command that works on one site only."""
    match parsed.command:
        case "install":
            return install(context, _order(parsed))
        case "remove":
            return remove(context)
        case "offline":
            return take_offline(context, reason=parsed.reason)
        case "online":
            return take_online(context)
        case "backup":
            now = datetime.now(timezone.utc)
            return back_up(context, backup_id=parsed.backup_id, now=now, frozen=parsed.freeze == YES)
        case "restore":
            return restore(context, backup_id=parsed.backup_id)
        case "switch":
            return switch(context, promotion_id=parsed.promotion_id)
        case "accept":
            return accept(context, promotion_id=parsed.promotion_id)
        case "renew":
            return renew(context, salts=parsed.salts == YES, forget_former=parsed.forget_former == YES)
        case _:
            return put_back(context, promotion_id=parsed.promotion_id)


def _order(parsed: argparse.Namespace) -> Order:
    return Order(
        host=parsed.host,
        url=parsed.url,
        title=parsed.title,
        admin_email=parsed.admin_email,
        environment=parsed.environment,
        plugins=_listed(parsed.plugins),
    )


def _address(parsed: argparse.Namespace) -> Address:
    return Address(host=parsed.host, url=parsed.url, environment=parsed.environment)


def _rules(parsed: argparse.Namespace) -> Rules:
    return Rules(
        users=Fate(parsed.users),
        comments=Fate(parsed.comments),
        uploads=Fate(parsed.uploads),
        keep_tables=_listed(parsed.keep_tables),
        keep_options=_listed(parsed.keep_options),
    )


def _listed(names: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in names.split(",") if name.strip())


def _parser() -> _Parser:
    parser = _Parser(prog="maintenance", description=__doc__, allow_abbrev=False)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, options in OPTIONS.items():
        command = commands.add_parser(name, allow_abbrev=False)
        command.add_argument("--site-id", required=True)
        for option in options:
            required = option not in DEFAULTS
            command.add_argument(f"--{option}", required=required, default=DEFAULTS.get(option), choices=CHOICES.get(option))
    return parser


def _hide_environment() -> None:
    """Keep what wp-cli runs of a site from reading this process' environment and memory, though it runs as the same user."""
    ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)


def _report(step: str) -> None:
    sys.stderr.write(json.dumps({"step": step}) + "\n")


def _log(fault: Exception) -> None:
    text = "".join(traceback.format_exception(fault))
    sys.stderr.write(json.dumps({"fault": type(fault).__name__, "trace": text}) + "\n")


def _end(code: Exit, command: str | None, site_id: str | None, result: Result) -> int:
    outcome = {"command": command, "siteId": site_id, "changed": result.changed, "detail": result.detail}
    sys.stdout.write(json.dumps(outcome) + "\n")
    return code
