"""Promotions between sites on the bed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.wordpress.support import Outcome, TestSite

KEEP = ("--users", "KEEP", "--comments", "KEEP", "--uploads", "MERGE")


@dataclass(frozen=True)
class Promotion:
    """A source, a target, and what a promotion is told."""

    source: TestSite
    target: TestSite
    promotion_id: str
    rules: tuple[str, ...] = KEEP

    @property
    def arguments(self) -> dict[str, tuple[str, ...]]:
        named = ("--site-id", self.target.site_id, "--promotion-id", self.promotion_id)
        to_stage = (*self.target.place, "--source-id", self.source.site_id, *named[2:], *self.rules)
        return {"stage": to_stage, "switch": named, "accept": named, "put-back": named}

    def run(self, *commands: str) -> list[Outcome]:
        outcomes = [self.target.bed.run(command, *self.arguments[command]) for command in commands]
        assert [outcome.code for outcome in outcomes] == [0] * len(commands), [outcome.log for outcome in outcomes]
        return outcomes

    def refused(self, command: str) -> str:
        outcome = self.target.bed.run(command, *self.arguments[command])
        assert outcome.code == 65, outcome.log
        return str(outcome.result["detail"])

    def kill(self, command: str, *steps: str) -> None:
        self.target.bed.run_killed(steps, command, *self.arguments[command])


def content_of(target: TestSite) -> dict[str, Any]:
    """Every file and every row of a site, and the page that visitors get of them."""
    page = target.get("/hello-world/").data
    return {"files": target.digests(), "rows": target.dump(), "page": page}


def remains(target: TestSite) -> dict[str, Any]:
    """What a promotion could leave behind beside the site itself."""
    folder = target.places.folder
    return {
        "folder": sorted(path.name for path in folder.iterdir()) if folder.exists() else [],
        "databases": len(target.databases()),
        "users": len(target.users()),
        "links": [link.name for link in target.places.links],
        "posting": target.get("/wp-login.php", method="POST").status,
    }


def whole(target: TestSite) -> dict[str, Any]:
    folder = ["config.php", "public", "tmp"]
    return {"folder": folder, "databases": 1, "users": 1, "links": [target.host], "posting": 200}


NOTHING = {"folder": [], "databases": 0, "users": 0, "links": [], "posting": 404}
