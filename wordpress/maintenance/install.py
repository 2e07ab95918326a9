"""Making a site: database, files, WordPress itself, plugins, and last the link that lets visitors in."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from wordpress.maintenance.config import with_secrets, write_config
from wordpress.maintenance.context import Context
from wordpress.maintenance.files import copy_wordpress, furnish
from wordpress.maintenance.outcomes import Refused, Result
from wordpress.maintenance.plugins import add_plugins
from wordpress.maintenance.secrets import agent_secret
from wordpress.maintenance.site import Site

ALONG = Path(__file__).parents[1] / "site" / "install.php"
MARK = "bbws_installed"
HOST = re.compile(r"(?=.{1,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?")
URL = re.compile(r"https?://(?P<host>[a-z0-9.-]+)(?::\d{1,5})?")
MAIL = re.compile(r"[^@\s\x00-\x1f]+@[^@\s\x00-\x1f]+")
SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,99}")
ADMINISTRATOR = "admin"
KINDS = {"DEV": "development", "SIT": "staging", "PROD": "production"}
"""The environments, as WordPress calls them."""


@dataclass(frozen=True, kw_only=True)
class Order:
    """What is to be installed."""

    host: str
    url: str
    title: str
    admin_email: str
    environment: str
    plugins: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Raises Refused for what cannot be a site."""
        found = URL.fullmatch(self.url)
        if not HOST.fullmatch(self.host) or not found or found["host"] != self.host:
            raise Refused("The site's address is not valid.")
        if not MAIL.fullmatch(self.admin_email):
            raise Refused("The administrator's e-mail address is not valid.")
        if not self.title.strip() or not self.title.isprintable():
            raise Refused("The site's name is not valid.")
        if self.environment not in KINDS:
            raise Refused("The environment is none of DEV, SIT and PROD.")
        if not all(SLUG.fullmatch(slug) for slug in self.plugins):
            raise Refused("A plugin's name is not valid.")

    @property
    def kind(self) -> str:
        """WordPress' own word for the environment. Without TLS it can only be a machine of somebody's own."""
        return "local" if self.url.startswith("http:") and self.environment != "PROD" else KINDS[self.environment]


def install(context: Context, order: Order) -> Result:
    """Make a site, or what is missing of it; raises Refused when its address is another site's or a plugin cannot be had."""
    site = context.site
    _refuse_foreign_host(site, order.host)
    site.temporary.mkdir(parents=True, exist_ok=True)
    changed = _configure(context, order)
    context.did("configured")
    changed = _make_database(context) or changed
    context.did("database made")
    if not site.public.is_dir():
        fresh = site.folder / "public.new"
        copy_wordpress(context.settings.core, fresh)
        context.did("files copied")
        fresh.rename(site.public)
        changed = True
    changed = furnish(site.public) or changed
    context.did("files in place")
    changed = _install_wordpress(context, order) or changed
    context.did("WordPress installed")
    changed = add_plugins(context, order.plugins) or changed
    context.did("plugins active")
    changed = _link_host(site, order.host) or changed
    context.did("host linked")
    return Result(changed, "The site is installed.")


def _configure(context: Context, order: Order) -> bool:
    site, known = context.site, context.config
    constants = {
        "DB_NAME": known.get("DB_NAME", site.databases[0]),
        "DB_USER": site.user,
        "DB_HOST": context.database.address_for_wordpress,
        "WP_HOME": order.url,
        "WP_SITEURL": order.url,
        "WP_ENVIRONMENT_TYPE": order.kind,
        "BBWS_SITE_ID": site.site_id,
    }
    secret = agent_secret(context.settings, site.site_id)
    return write_config(site.config, constants | with_secrets(known, agent_secret=secret))


def _make_database(context: Context) -> bool:
    config, database = context.config, context.database
    missing = not (database.has_user(context.site.user) and database.exists(config["DB_NAME"]))
    database.create(config["DB_NAME"])
    database.grant(context.site.user, config["DB_PASSWORD"], context.site.databases)
    return missing


def _install_wordpress(context: Context, order: Order) -> bool:
    """Fill the database unless that was done to the end; what was begun is begun anew, for no visitor has seen it."""
    name, database = context.config["DB_NAME"], context.database
    if database.has_option(name, MARK):
        return False
    database.drop(name)
    database.create(name)
    # It prints the password that it makes up, which nobody keeps: the customer sets one by mail.
    context.wp.run(
        "core", "install", f"--url={order.url}", f"--title={order.title}", f"--admin_user={ADMINISTRATOR}",
        f"--admin_email={order.admin_email}", "--skip-email", f"--require={ALONG}",
    )  # fmt: skip
    return True


def _refuse_foreign_host(site: Site, host: str) -> None:
    link = site.hosts / host
    if link.is_symlink() and link.resolve() != site.folder.resolve() and link.exists():
        raise Refused("The address belongs to another site.")


def _link_host(site: Site, host: str) -> bool:
    link, target = site.hosts / host, Path("..") / "sites" / site.site_id
    site.hosts.mkdir(exist_ok=True)
    if link.is_symlink() and os.readlink(link) == str(target):
        return False
    # Only a link to nowhere is in the way here: what is left of a site that is gone.
    fresh = site.hosts / f".{site.site_id}"
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(target)
    fresh.replace(link)
    return True
