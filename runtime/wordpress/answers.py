"""What sites answer, read as what it is: written by strangers. Each field is checked and bounded before it becomes a value."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, NoReturn, TypeVar

from runtime.wordpress.exchange import Answer
from runtime.wordpress.port import (
    InstalledPlugin,
    PluginMissing,
    PluginRefused,
    SiteBusy,
    SiteFacts,
    SiteVitals,
    WordPressFault,
)

T = TypeVar("T")
NOT_UNDERSTOOD = "The site's answer was not understood."
ANOTHER_SITE = "Another site answered at this site's address."
MISSING = "There is no such plugin on the site."
REFUSED = "WordPress refused to do this with the plugin."
BUSY = "Something else is at work on the site's plugins."
NOT_DOWNLOADED = "The site could not download the plugin's package."
SLUG = re.compile(r"[A-Za-z0-9._-]{1,100}")
PACKAGE = re.compile(r"https?://[\x21-\x7e]{1,500}")
MAX_PLUGINS = 500
VERSION_CHARACTERS, NAME_CHARACTERS, DETAIL_CHARACTERS = 64, 200, 300
MAX_LAG_SECONDS = 10**10


def understood(answer: Answer) -> dict[str, Any]:
    """The object in the body of a control call's answer; raises WordPressFault for whatever else came back."""
    if 300 <= answer.status < 400:
        raise WordPressFault("The site answered with a redirect.")
    if answer.status == 401:
        raise WordPressFault("The site refused the platform's call.")
    if answer.status != 200:
        raise WordPressFault(f"The site answered with HTTP status {answer.status}.")
    fields = _object(answer.body)
    if fields is None:
        raise WordPressFault(NOT_UNDERSTOOD)
    return fields


def raise_refusal(answer: Answer) -> None:
    """Raise what a site's refusal of a change of its plugins means; nothing when it refused nothing.

    While somebody updates plugins, WordPress itself answers for the agent, with 503.
    """
    if answer.status == 503:
        raise SiteBusy(BUSY)
    refusal = (_object(answer.body) or {}) if answer.status in (404, 409, 422, 502) else {}
    match answer.status, refusal.get("code"):
        case 404, "plugin_missing":
            raise PluginMissing(MISSING)
        case 409, "busy":
            raise SiteBusy(BUSY)
        case 422, "plugin_refused":
            raise PluginRefused(_printable(refusal.get("detail"), DETAIL_CHARACTERS) or REFUSED)
        case 502, "not_downloaded":
            raise WordPressFault(NOT_DOWNLOADED)


def changed(answer: Mapping[str, Any]) -> bool:
    """Whether an action changed anything; raises WordPressFault."""
    return field(answer, "changed", bool)


def facts(answer: Mapping[str, Any], site_id: str) -> SiteFacts:
    """What a site says that it is; raises WordPressFault, also when it is another one."""
    if answer.get("siteId") != site_id:
        raise WordPressFault(ANOTHER_SITE)
    return SiteFacts(
        site_id=site_id,
        wordpress_version=_line(answer, "wordpressVersion", VERSION_CHARACTERS),
        php_version=_line(answer, "phpVersion", VERSION_CHARACTERS),
        database_ok=field(answer, "databaseOk", bool),
        safe_mode=field(answer, "safeMode", bool),
    )


def vitals(answer: Mapping[str, Any], site_id: str) -> SiteVitals:
    """What a site measures of itself; raises WordPressFault."""
    return SiteVitals(
        facts=facts(answer, site_id),
        core_update=_optional_line(answer, "coreUpdate", VERSION_CHARACTERS),
        updates_checked=field(answer, "updatesChecked", bool),
        plugins=plugins(answer),
        cron_lag_seconds=_cron_lag(answer.get("cronLagSeconds")),
        disk_free_percent=_percent(answer.get("diskFreePercent")),
    )


def plugins(answer: Mapping[str, Any]) -> tuple[InstalledPlugin, ...]:
    """The plugins that a site lists, without those whose names no directory could have; raises WordPressFault."""
    rows = field(answer, "plugins", list)
    if len(rows) > MAX_PLUGINS or not all(isinstance(row, dict) for row in rows):
        raise WordPressFault(NOT_UNDERSTOOD)
    found = {row["pluginId"]: _plugin(row) for row in rows if SLUG.fullmatch(field(row, "pluginId", str))}
    return tuple(found.values())


def field(answer: Mapping[str, Any], name: str, kind: type[T]) -> T:
    """A field of a type; raises WordPressFault when it is not there, or is another type."""
    value = answer.get(name)
    if not isinstance(value, kind):
        raise WordPressFault(NOT_UNDERSTOOD)
    return value


def _plugin(row: Mapping[str, Any]) -> InstalledPlugin:
    package = row.get("package")
    return InstalledPlugin(
        plugin_id=row["pluginId"],
        name=_printable(row.get("name"), NAME_CHARACTERS) or row["pluginId"],
        version=_line(row, "version", VERSION_CHARACTERS),
        latest_version=_optional_line(row, "latestVersion", VERSION_CHARACTERS),
        package=package if isinstance(package, str) and PACKAGE.fullmatch(package) else None,
        is_active=field(row, "isActive", bool),
        auto_update=field(row, "autoUpdate", bool),
    )


def _line(answer: Mapping[str, Any], name: str, characters: int) -> str:
    value = field(answer, name, str)
    if len(value) > characters or not value.isprintable():
        raise WordPressFault(NOT_UNDERSTOOD)
    return value


def _optional_line(answer: Mapping[str, Any], name: str, characters: int) -> str | None:
    return None if answer.get(name) is None else _line(answer, name, characters)


def _cron_lag(value: Any) -> int | None:
    if value is None:
        return None
    if type(value) is not int or not 0 <= value <= MAX_LAG_SECONDS:
        raise WordPressFault(NOT_UNDERSTOOD)
    return value


def _percent(value: Any) -> float | None:
    if value is None:
        return None
    if type(value) not in (int, float) or not 0 <= value <= 100:
        raise WordPressFault(NOT_UNDERSTOOD)
    return float(value)


def _printable(value: Any, characters: int) -> str:
    """What can be printed of a text for people, up to a length; nothing of what is no text."""
    return "".join(filter(str.isprintable, value[:characters])).strip() if isinstance(value, str) else ""


def _object(body: bytes) -> dict[str, Any] | None:
    try:
        fields = json.loads(body, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return None
    return fields if isinstance(fields, dict) else None


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON.")
