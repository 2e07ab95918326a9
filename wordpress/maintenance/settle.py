"""Settling a promotion: the new state is accepted and the former one let go, or the former one is put back."""

from __future__ import annotations

import shutil

from wordpress.maintenance.changing import change_database
from wordpress.maintenance.context import Context
from wordpress.maintenance.freezing import thaw
from wordpress.maintenance.offline import reopen
from wordpress.maintenance.outcomes import Refused, Result
from wordpress.maintenance.promotion import Phase, Promotion, forget_promotion, promotion_named
from wordpress.maintenance.remove import remove


def accept(context: Context, *, promotion_id: str) -> Result:
    """Let go of what the target was before, and let visitors change things again; raises Refused before the switch."""
    promotion = promotion_named(context.site, promotion_id)
    if promotion is None:
        return Result(False, "There is no promotion to accept.")
    if promotion.phase not in {Phase.SWITCHED, Phase.ACCEPTED}:
        raise Refused("The new state of the site is not in place yet.")
    _let_go(context, promotion)
    return Result(True, "The new state of the site is accepted.")


def put_back(context: Context, *, promotion_id: str) -> Result:
    """Have the target as it was before the promotion, however far that came; one that was not there is gone again.

    Without a promotion of this id it only lets visitors change things again. Raises Refused when the former state is gone.
    """
    promotion = promotion_named(context.site, promotion_id)
    if promotion is None:
        return Result(thaw(context.site), "There is no promotion to put back.")
    if promotion.phase is Phase.ACCEPTED:
        _let_go(context, promotion)
        raise Refused("The new state of the site was accepted, and the former one is gone.")
    _undo(context, promotion)
    thaw(context.site)
    context.did("site thawed")
    forget_promotion(context.site)
    return Result(True, "The site is as it was before the promotion.")


def end(context: Context, promotion: Promotion) -> None:
    """End a promotion that nobody goes on with. A frozen target stays frozen, unless the promotion was accepted."""
    if promotion.phase is Phase.ACCEPTED:
        _let_go(context, promotion)
        return
    _undo(context, promotion)
    forget_promotion(context.site)


def _let_go(context: Context, promotion: Promotion) -> None:
    # Written down first: what is half gone can never be put back.
    promotion.enter(Phase.ACCEPTED, context)
    if promotion.former is not None:
        context.database.drop(promotion.former)
        context.did("former database dropped")
    shutil.rmtree(context.site.former_public, ignore_errors=True)
    context.did("former files removed")
    thaw(context.site)
    context.did("site thawed")
    forget_promotion(context.site)


def _undo(context: Context, promotion: Promotion) -> None:
    site = context.site
    if promotion.former is None:
        remove(context)
        return
    if promotion.phase in {Phase.SWITCHING, Phase.SWITCHED}:
        _change_back(context, promotion.former)
    context.database.drop(promotion.fresh)
    context.did("fresh database dropped")
    for folder in (site.fresh_public, site.partial_public):
        shutil.rmtree(folder, ignore_errors=True)
    context.did("fresh files removed")


def _change_back(context: Context, former: str) -> None:
    site = context.site
    change_database(context, former, done="database changed back")
    if site.former_public.exists():
        if site.public.exists():
            shutil.rmtree(site.fresh_public, ignore_errors=True)
            site.public.rename(site.fresh_public)
            context.did("files moved away")
        site.former_public.rename(site.public)
    context.did("files changed back")
    reopen(site)
    context.did("site opened")
