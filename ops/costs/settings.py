"""What the repository's own code and configuration say about loads, read where it is said, so that nothing is said twice."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from runtime.health.defaults import WATCH_EVERY
from runtime.health.refresher import AT_ONCE, LOOK_SECONDS, PAGE
from runtime.health.rows import SHARDS
from runtime.wordpress.secrets import REMEMBERED_SITES
from wordpress.maintenance.archive import KEPT

WORDPRESS = Path(__file__).resolve().parents[2] / "wordpress"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How sites are run and looked at. The last two are no settings of today: they are there to see what they would save."""

    opcache_mb: float
    php_memory_mb: float
    workers: int
    look_minutes: float = WATCH_EVERY / timedelta(minutes=1)
    looks_a_minute: int = PAGE * SHARDS
    looks_at_once: int = AT_ONCE
    look_margin: float = LOOK_SECONDS
    remembered_sites: int = REMEMBERED_SITES
    backup_days: float = KEPT / timedelta(days=1)
    uploads_in_plugin_backups: bool = True
    shared_wordpress: bool = False


def settings_of_repository() -> Settings:
    """Read PHP's settings, and the number of its workers in the image."""
    php = (WORDPRESS / "config" / "php.ini").read_text()
    image = (WORDPRESS / "Dockerfile").read_text()
    return Settings(
        opcache_mb=_number(r"^opcache\.memory_consumption = (\d+)$", php),
        php_memory_mb=_number(r"^memory_limit = (\d+)M$", php),
        workers=int(_number(r"\bCHILDREN=(\d+)", image)),
    )


def _number(pattern: str, text: str) -> float:
    found = re.search(pattern, text, re.MULTILINE)
    if found is None:
        raise ValueError(f"No setting is written as {pattern}: follow it where it went.")
    return float(found[1])
