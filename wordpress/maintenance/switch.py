"""Switching a promotion: what was staged takes the target's place. The target's own is kept beside it, exactly as it was."""

from __future__ import annotations

import shutil

from wordpress.maintenance.address import link_host
from wordpress.maintenance.changing import change_database
from wordpress.maintenance.context import Context
from wordpress.maintenance.freezing import freeze
from wordpress.maintenance.keeping import keep
from wordpress.maintenance.offline import reopen
from wordpress.maintenance.outcomes import Refused, Result
from wordpress.maintenance.promotion import Phase, Promotion, promotion_named
from wordpress.maintenance.stage import merge_uploads


def switch(context: Context, *, promotion_id: str) -> Result:
    """Freeze the target, take over what the rules keep of it, and change over; it stays frozen.

    Raises Refused when nothing is staged.
    """
    site = context.site
    promotion = promotion_named(site, promotion_id)
    if promotion is None or promotion.phase is Phase.STAGING:
        raise Refused("There is no new state of the site to switch to.")
    if promotion.phase in {Phase.SWITCHED, Phase.ACCEPTED}:
        return Result(False, "The new state of the site is in place.")
    freeze(site)
    context.did("site frozen")
    if promotion.phase is Phase.STAGED:
        if promotion.former is not None:
            keep(context, former=promotion.former, fresh=promotion.fresh, rules=promotion.rules)
        merge_uploads(context, promotion)
        # From the next phase on, what is there is what the target had.
        shutil.rmtree(site.former_public, ignore_errors=True)
        promotion = promotion.enter(Phase.SWITCHING, context)
    _change_over(context, promotion)
    promotion.enter(Phase.SWITCHED, context)
    return Result(True, "The new state of the site is in place.")


def _change_over(context: Context, promotion: Promotion) -> None:
    site = context.site
    change_database(context, promotion.fresh, done="database changed over")
    if site.fresh_public.exists():
        if site.public.exists():
            site.public.rename(site.former_public)
            context.did("files moved away")
        site.fresh_public.rename(site.public)
    context.did("files changed over")
    reopen(site)
    context.did("site opened")
    if promotion.former is None:
        link_host(site, promotion.host)
        context.did("host linked")
