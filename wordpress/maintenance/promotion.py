"""A promotion: the content of one site in the place of another's, which is kept beside it until the new one is accepted.

What a promotion is about and how far it has come is written down in the target's folder, so that every command, and every
repetition of one that was killed, knows what it finds.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, replace
from enum import StrEnum

from wordpress.maintenance.archive import BACKUP_ID
from wordpress.maintenance.context import Context
from wordpress.maintenance.files import SECRET, write
from wordpress.maintenance.outcomes import Refused
from wordpress.maintenance.site import Site

TABLE = re.compile(r"wp_[A-Za-z0-9_]{1,60}")
OPTION = re.compile(r"[A-Za-z0-9_.:-]{1,191}")


class Phase(StrEnum):
    """How far a promotion has come. From SWITCHING on the target's own content is what is kept beside."""

    STAGING = "staging"
    STAGED = "staged"
    SWITCHING = "switching"
    SWITCHED = "switched"
    ACCEPTED = "accepted"


class Fate(StrEnum):
    """What becomes of a kind of content that the target has: it stays, comes on top of the source's, or goes."""

    KEEP = "KEEP"
    MERGE = "MERGE"
    REPLACE = "REPLACE"


@dataclass(frozen=True, kw_only=True)
class Rules:
    """What becomes of the target's content. Tables and options that the target does not have are nothing to keep."""

    users: Fate
    comments: Fate
    uploads: Fate
    keep_tables: tuple[str, ...] = ()
    keep_options: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Raises Refused for names that no table and no option may have here."""
        if not all(TABLE.fullmatch(name) for name in self.keep_tables):
            raise Refused("The name of a table to keep is not valid.")
        if not all(OPTION.fullmatch(name) for name in self.keep_options):
            raise Refused("The name of an option to keep is not valid.")


@dataclass(frozen=True, kw_only=True)
class Promotion:
    """One promotion. ``former`` is the database that the target had before, None for a target that was not there."""

    promotion_id: str
    phase: Phase
    host: str
    former: str | None
    fresh: str
    rules: Rules

    def save(self, site: Site) -> None:
        """Write down how far it has come."""
        write(site.promotion, json.dumps(asdict(self), indent=2).encode(), SECRET)

    def enter(self, phase: Phase, context: Context) -> Promotion:
        """Come to a phase and write that down."""
        entered = replace(self, phase=phase)
        entered.save(context.site)
        context.did(phase.value)
        return entered


def promotion_on(site: Site) -> Promotion | None:
    """The promotion that is under way on a target."""
    try:
        known = json.loads(site.promotion.read_bytes())
    except FileNotFoundError:
        return None
    rules = known["rules"]
    kept = Rules(
        users=Fate(rules["users"]),
        comments=Fate(rules["comments"]),
        uploads=Fate(rules["uploads"]),
        keep_tables=tuple(rules["keep_tables"]),
        keep_options=tuple(rules["keep_options"]),
    )
    return Promotion(**{**known, "phase": Phase(known["phase"]), "rules": kept})


def promotion_named(site: Site, promotion_id: str) -> Promotion | None:
    """The promotion with this id, if it is under way on a target; raises Refused for what is no promotion's id."""
    if not BACKUP_ID.fullmatch(promotion_id):
        raise Refused("This is not the id of a promotion.")
    promotion = promotion_on(site)
    return promotion if promotion and promotion.promotion_id == promotion_id else None


def forget_promotion(site: Site) -> None:
    """Have no promotion under way on a target."""
    site.promotion.unlink(missing_ok=True)
