"""Renewing a site: another database password, the agent's secret as it is derived now, and the platform's files of today.

For a while the database lets the site in with either password, so that there is no moment in which the configuration names one
that is refused. Done again after it was killed, it makes yet another password; what the configuration says is always let in.
"""

from __future__ import annotations

import time

from wordpress.maintenance.config import SALTS, with_secrets, write_config
from wordpress.maintenance.context import Context
from wordpress.maintenance.files import furnish
from wordpress.maintenance.outcomes import Refused, Result, Temporary
from wordpress.maintenance.secrets import agent_secret

SETTLING_SECONDS = 2.0
"""How long a page may take from reading the configuration until it is connected to the database."""


def renew(context: Context, *, salts: bool = False, forget_former: bool = False) -> Result:
    """Give a site that is there new secrets; new ``salts`` sign everybody out, and are made only if they are asked for.

    Where the agent gets another secret it accepts the former one, too, until a later run is to ``forget_former``. Raises
    Refused when there is no such site, and Temporary when a part of it cannot be found.
    """
    site, database, known = context.site, context.database, context.config
    if not known or not site.links:
        raise Refused("There is no such site to renew.")
    if not context.is_there:
        raise Temporary("A part of the site cannot be found at the moment.")
    replaced = {"DB_PASSWORD", *(SALTS if salts else ()), *(("BBWS_AGENT_SECRET_PREVIOUS",) if forget_former else ())}
    kept = {name: value for name, value in known.items() if name not in replaced}
    made = with_secrets(kept, agent_secret=agent_secret(context.settings, site.site_id))
    database.let_in(site.user, known["DB_PASSWORD"], made["DB_PASSWORD"])
    database.grant(site.user, site.databases)
    context.did("both passwords let in")
    write_config(site.config, {**kept, "DB_HOST": database.address_for_wordpress, **made})
    context.did("configuration changed")
    furnish(site.public)
    context.did("files in place")
    time.sleep(SETTLING_SECONDS)
    database.let_in(site.user, made["DB_PASSWORD"])
    context.did("former password refused")
    return Result(True, "The site has new secrets.")
