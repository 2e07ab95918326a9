"""The command line: one command on one site, one JSON object as the last line, and an exit code that says what to do next."""

from __future__ import annotations

import argparse
import ctypes
import json
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timezone
from typing import NoReturn

from wordpress.maintenance.backup import back_up
from wordpress.maintenance.context import Context
from wordpress.maintenance.install import Order, install
from wordpress.maintenance.lock import locked
from wordpress.maintenance.offline import take_offline, take_online
from wordpress.maintenance.outcomes import Exit, Refused, Result, Temporary
from wordpress.maintenance.remove import remove
from wordpress.maintenance.restore import restore
from wordpress.maintenance.settings import settings_from
from wordpress.maintenance.site import site_named

REASONS = ("suspended", "deleted")
PR_SET_DUMPABLE = 4
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
    except OSError as fault:
        _log(fault)
        return _end(Exit.TEMPORARY, command, site_id, Result(False, "The storage of the sites failed."))
    except Exception as fault:  # noqa: BLE001 - whatever it is, the portal must learn that the command failed
        _log(fault)
        return _end(Exit.INTERNAL, command, site_id, Result(False, UNEXPECTED))
    return _end(Exit.DONE, command, site_id, result)


def _run(parsed: argparse.Namespace, environ: Mapping[str, str], did: Callable[[str], None]) -> Result:
    settings = settings_from(environ)
    context = Context(settings, site_named(parsed.site_id, settings.sites), did)
    with locked(context.site):
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
                return back_up(context, backup_id=parsed.backup_id, now=datetime.now(timezone.utc))
            case _:
                return restore(context, backup_id=parsed.backup_id)


def _order(parsed: argparse.Namespace) -> Order:
    return Order(
        host=parsed.host,
        url=parsed.url,
        title=parsed.title,
        admin_email=parsed.admin_email,
        environment=parsed.environment,
        plugins=tuple(slug.strip() for slug in parsed.plugins.split(",") if slug.strip()),
    )


def _parser() -> _Parser:
    parser = _Parser(prog="maintenance", description=__doc__, allow_abbrev=False)
    commands = parser.add_subparsers(dest="command", required=True)
    options = {
        "install": ("host", "url", "title", "admin-email", "plugins", "environment"),
        "remove": (),
        "offline": ("reason",),
        "online": (),
        "backup": ("backup-id",),
        "restore": ("backup-id",),
    }
    defaults = {"plugins": "", "environment": "DEV"}
    choices = {"reason": REASONS}
    for name, taken in options.items():
        command = commands.add_parser(name, allow_abbrev=False)
        command.add_argument("--site-id", required=True)
        for option in taken:
            required = option not in defaults
            command.add_argument(f"--{option}", required=required, default=defaults.get(option), choices=choices.get(option))
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
