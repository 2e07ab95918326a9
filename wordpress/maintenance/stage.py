"""Staging a promotion: the source's content is made ready beside the target, of which visitors notice nothing."""

from __future__ import annotations

import shutil

from wordpress.maintenance.address import Address, refuse_foreign_host
from wordpress.maintenance.context import Context
from wordpress.maintenance.copying import copy_files, fill, source_at
from wordpress.maintenance.files import add_missing
from wordpress.maintenance.groundwork import configure, make_database
from wordpress.maintenance.outcomes import Result, Temporary
from wordpress.maintenance.promotion import Fate, Phase, Promotion, Rules, promotion_named, promotion_on
from wordpress.maintenance.settle import end
from wordpress.maintenance.site import Site

UPLOADS = "wp-content/uploads"


def stage(context: Context, source_site: Site, address: Address, *, promotion_id: str, rules: Rules) -> Result:
    """Make ready what the target is to be; a target that is not there yet gets all but its host name.

    Raises Refused when there is no such source or the address is another site's, and Temporary when a part of the target
    cannot be found.
    """
    known = promotion_named(context.site, promotion_id)
    if known and known.phase is not Phase.STAGING:
        return Result(False, "The new state of the site is ready.")
    refuse_foreign_host(context.site, address.host)
    source = source_at(context, source_site)
    promotion = known or _begin(context, address, promotion_id, rules)
    if promotion.former is None:
        configure(context, address)
        context.did("configured")
        make_database(context)
        context.did("database made")
    fill(context, source, address, database=promotion.fresh, purpose=promotion_id, is_public=address.is_production)
    if not context.site.fresh_public.is_dir():
        copy_files(context, source)
    merge_uploads(context, promotion)
    promotion.enter(Phase.STAGED, context)
    return Result(True, "The new state of the site is ready.")


def merge_uploads(context: Context, promotion: Promotion) -> None:
    """Add the target's uploads that the source lacks, if the rules say so; done again, those that came since."""
    if promotion.former is not None and promotion.rules.uploads is Fate.MERGE:
        add_missing(context.site.public / UPLOADS, context.site.fresh_public / UPLOADS)
        context.did("uploads merged")


def _begin(context: Context, address: Address, promotion_id: str, rules: Rules) -> Promotion:
    """Write down the promotion. One that was left before its end is ended first: both need the same places."""
    site = context.site
    if older := promotion_on(site):
        end(context, older)
    config = context.config
    former = config["DB_NAME"] if context.is_there else None
    if former is None and site.links:
        raise Temporary("A part of the site cannot be found at the moment.")
    site.folder.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(site.fresh_public, ignore_errors=True)
    fresh = site.spare_database(former) if former else config.get("DB_NAME", site.databases[0])
    promotion = Promotion(
        promotion_id=promotion_id, phase=Phase.STAGING, host=address.host, former=former, fresh=fresh, rules=rules
    )
    return promotion.enter(Phase.STAGING, context)
