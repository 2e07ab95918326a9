"""Making a site: database, files, WordPress itself, plugins, and last the link that lets visitors in."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from wordpress.maintenance.address import Address, link_host, refuse_foreign_host
from wordpress.maintenance.context import Context
from wordpress.maintenance.files import copy_wordpress, furnish
from wordpress.maintenance.groundwork import configure, make_database
from wordpress.maintenance.outcomes import Refused, Result
from wordpress.maintenance.plugins import add_plugins

ALONG = Path(__file__).parents[1] / "site" / "install.php"
MARK = "bbws_installed"
MAIL = re.compile(r"[^@\s\x00-\x1f]+@[^@\s\x00-\x1f]+")
SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,99}")
ADMINISTRATOR = "admin"


@dataclass(frozen=True, kw_only=True)
class Order(Address):
    """What is to be installed."""

    title: str
    admin_email: str
    plugins: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Raises Refused for what cannot be a site."""
        super().__post_init__()
        if not MAIL.fullmatch(self.admin_email):
            raise Refused("The administrator's e-mail address is not valid.")
        if not self.title.strip() or not self.title.isprintable():
            raise Refused("The site's name is not valid.")
        if not all(SLUG.fullmatch(slug) for slug in self.plugins):
            raise Refused("A plugin's name is not valid.")


def install(context: Context, order: Order) -> Result:
    """Make a site, or what is missing of it; raises Refused when its address is another site's or a plugin cannot be had."""
    site = context.site
    refuse_foreign_host(site, order.host)
    changed = configure(context, order)
    context.did("configured")
    changed = make_database(context) or changed
    context.did("database made")
    if not site.public.is_dir():
        copy_wordpress(context.settings.core, site.fresh_public)
        context.did("files copied")
        site.fresh_public.rename(site.public)
        changed = True
    changed = furnish(site.public) or changed
    context.did("files in place")
    changed = _install_wordpress(context, order) or changed
    context.did("WordPress installed")
    changed = add_plugins(context, order.plugins) or changed
    context.did("plugins active")
    changed = link_host(site, order.host) or changed
    context.did("host linked")
    return Result(changed, "The site is installed.")


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
