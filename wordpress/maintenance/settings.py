"""Where the command finds what it works on: names and places only, no secrets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from wordpress.maintenance.outcomes import Temporary

MARIADB_PORT = 3306
PASSED_ON = ("PATH", "LANG", "PHPRC", "PHP_INI_SCAN_DIR")


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The command's environment.

    ``database_host`` and ``database_port`` count where the database's secret does not say where the server is.
    ``wordpress_org`` is the base URL of what stands in for WordPress.org, if anything does. ``passed_on`` is the part of the
    environment that programs started by the command see.
    """

    sites: Path
    backups: Path
    core: Path
    wp_cli: Path
    php: Path
    agent_key_id: str
    database_secret_id: str
    database_host: str | None
    database_port: int
    wordpress_org: str | None
    passed_on: Mapping[str, str]


def settings_from(environ: Mapping[str, str]) -> Settings:
    """Read the environment; raises KeyError for what is missing, and Temporary when the shared folders are not mounted."""
    settings = Settings(
        sites=Path(environ["SITES_FOLDER"]),
        backups=Path(environ["BACKUPS_FOLDER"]),
        core=Path(environ["WORDPRESS_CORE"]),
        wp_cli=Path(environ["WP_CLI"]),
        php=Path(environ["PHP"]),
        agent_key_id=environ["AGENT_KEY_ID"],
        database_secret_id=environ["DATABASE_SECRET_ID"],
        database_host=environ.get("DATABASE_HOST"),
        database_port=int(environ.get("DATABASE_PORT") or MARIADB_PORT),
        wordpress_org=environ.get("WORDPRESS_ORG_MIRROR"),
        passed_on={name: environ[name] for name in PASSED_ON if name in environ},
    )
    if not (settings.sites.is_dir() and settings.backups.is_dir()):
        raise Temporary("The storage of the sites cannot be reached at the moment.")
    return settings
