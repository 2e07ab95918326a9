"""What every new site begins with, whatever it is then filled with: a configuration of its own, a database and its user."""

from __future__ import annotations

from wordpress.maintenance.address import Address
from wordpress.maintenance.config import with_secrets, write_config
from wordpress.maintenance.context import Context
from wordpress.maintenance.secrets import agent_secret


def configure(context: Context, address: Address) -> bool:
    """Write the site's configuration, with the secrets that it has or with new ones; whether it was another one."""
    site, known, stand_in = context.site, context.config, context.settings.wordpress_org
    site.temporary.mkdir(parents=True, exist_ok=True)
    constants = {
        "DB_NAME": known.get("DB_NAME", site.databases[0]),
        "DB_USER": site.user,
        "DB_HOST": context.database.address_for_wordpress,
        "WP_HOME": address.url,
        "WP_SITEURL": address.url,
        "WP_ENVIRONMENT_TYPE": address.kind,
        "BBWS_SITE_ID": site.site_id,
        **({"BBWS_WORDPRESS_ORG": stand_in} if stand_in else {}),
    }
    secret = agent_secret(context.settings, site.site_id)
    return write_config(site.config, constants | with_secrets(known, agent_secret=secret))


def make_database(context: Context) -> bool:
    """Make the site's database and its user, as its configuration names them; whether one was missing."""
    config, database = context.config, context.database
    missing = not (database.has_user(context.site.user) and database.exists(config["DB_NAME"]))
    database.create(config["DB_NAME"])
    let_site_in(context)
    return missing


def let_site_in(context: Context) -> None:
    """Let the site into its databases as its configuration says, whatever the database knew of it."""
    context.database.let_in(context.site.user, context.config["DB_PASSWORD"])
    context.database.grant(context.site.user, context.site.databases)
