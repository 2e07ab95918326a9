"""Every opinion on health: what each check asks for, what it weighs and decides, and how long a look at a site may take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

PROBE_SECONDS = 4.5
"""When WordPress is no longer waited for, counted from the beginning of the look."""

CATALOGUE_SECONDS = 4.7
"""When the catalogue of plugins is no longer waited for."""

ANSWER_SECONDS = 4.9
"""When it is no longer waited for that the result is kept: the whole answer is out within 5 seconds."""

MAX_REDIRECTS = 3

WATCH_EVERY = timedelta(minutes=5)
"""How often the sites of PROD are looked at."""

Value = bool | int | float | str
"""What a check measures. Text is a version."""


class CheckName(StrEnum):
    """The checks, in the order in which a report shows them."""

    REACHABILITY = "reachability"
    RESPONSE_TIME = "responseTime"
    REST_API = "restApi"
    DATABASE = "database"
    PHP_VERSION = "phpVersion"
    WORDPRESS_VERSION = "wordpressVersion"
    PLUGIN_UPDATES = "pluginUpdates"
    CORE_UPDATE = "coreUpdate"
    VULNERABLE_PLUGINS = "vulnerablePlugins"
    CRON_LAG = "cronLag"
    DISK = "disk"
    TLS_EXPIRY = "tlsExpiry"


class Importance(StrEnum):
    """What a check decides. The failure of a CRITICAL one makes a site UNHEALTHY, that of any other DEGRADED.

    A warning makes a site DEGRADED too, and missing data makes it UNKNOWN, unless the check is one of UPKEEP: that tells what
    is to be done one of these days, and a new site does not know it at once.
    """

    CRITICAL = "CRITICAL"
    DECIDING = "DECIDING"
    UPKEEP = "UPKEEP"


@dataclass(frozen=True, kw_only=True)
class Criterion:
    """What a check asks for: a value at ``warn`` or at ``fail`` is as bad as that, or below it where ``lower_is_worse``.

    ``weight`` is its share of the score.
    """

    weight: int
    importance: Importance
    fail: Value | None = None
    warn: Value | None = None
    lower_is_worse: bool = False


CRITERIA: Mapping[CheckName, Criterion] = {
    CheckName.REACHABILITY: Criterion(weight=30, importance=Importance.CRITICAL, fail=400),
    CheckName.RESPONSE_TIME: Criterion(weight=10, importance=Importance.DECIDING, warn=2, fail=5),
    CheckName.REST_API: Criterion(weight=8, importance=Importance.DECIDING, warn=300, fail=400),
    CheckName.DATABASE: Criterion(weight=20, importance=Importance.CRITICAL, fail=True, lower_is_worse=True),
    CheckName.PHP_VERSION: Criterion(weight=4, importance=Importance.UPKEEP, warn="8.2", fail="8.0", lower_is_worse=True),
    CheckName.WORDPRESS_VERSION: Criterion(weight=4, importance=Importance.UPKEEP, warn="6.8", fail="6.0", lower_is_worse=True),
    CheckName.PLUGIN_UPDATES: Criterion(weight=4, importance=Importance.UPKEEP, warn=1),
    CheckName.CORE_UPDATE: Criterion(weight=4, importance=Importance.UPKEEP, warn=1),
    CheckName.VULNERABLE_PLUGINS: Criterion(weight=8, importance=Importance.DECIDING, fail=1),
    CheckName.CRON_LAG: Criterion(weight=2, importance=Importance.UPKEEP, warn=3_600, fail=86_400),
    CheckName.DISK: Criterion(weight=3, importance=Importance.DECIDING, warn=10, fail=3, lower_is_worse=True),
    CheckName.TLS_EXPIRY: Criterion(weight=3, importance=Importance.DECIDING, warn=21, fail=7, lower_is_worse=True),
}
"""Units: HTTP statuses, seconds (of an answer, of cron's lag), counts, percent of the disk that is free, days to the expiry."""
