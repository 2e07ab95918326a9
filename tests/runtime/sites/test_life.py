"""Any life of sites: requests, time, jobs that fail, operations called off and tried again; and what has to hold all along."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from itertools import combinations
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from runtime.operations.rows import FILTERS
from runtime.sites.domain import Environment
from runtime.sites.rows import subdomain_key
from runtime.table.port import Row
from runtime.wordpress.port import WordPressTimeout
from tests.runtime.fakes import Answer, FakePorts
from tests.runtime.operations.wordpress import failed, refused
from tests.runtime.operations.world import OperationWorld, create_site
from tests.runtime.sites.asking import (
    a_copy,
    cancel,
    delete,
    delete_for_good,
    get,
    get_operation,
    listed,
    listed_operations,
    outcome,
    restore,
    retry,
    update,
)

SUBDOMAINS = ("first", "second")
ENVIRONMENTS = ("DEV", "PROD")
OPEN = {"PENDING", "IN_PROGRESS"}
FAULTS = (failed(), failed(), failed(), refused())
picks = st.integers(0, 99)


class Life(RuleBasedStateMachine):
    """Two subdomains in two environments, and everything that can happen to their sites."""

    @initialize()
    def begin(self) -> None:
        self.world = OperationWorld()
        self.progress: dict[tuple[str, int], int] = {}
        self.versions: dict[str, int] = {}

    @property
    def sites(self) -> list[Row]:
        return self.world.table.of_type("SITE")

    @property
    def operations(self) -> list[Row]:
        return self.world.table.of_type("OPERATION")

    def site(self, pick: int) -> str:
        site_id: str = self.sites[-1 - pick % len(self.sites)]["siteId"]
        return site_id

    def ids_of(self, entity_type: str, name: str, status: str) -> list[str]:
        """The ids of what has a status, newest first."""
        return [row[name] for row in self.world.table.of_type(entity_type)[::-1] if row["status"] == status]

    @rule(subdomain=st.sampled_from(SUBDOMAINS), environment=st.sampled_from(ENVIRONMENTS))
    def create(self, subdomain: str, environment: str) -> None:
        taken = subdomain_key(Environment(environment), subdomain) in self.world.table.rows

        answer = create_site(self.world, body={"subdomain": subdomain, "environment": environment})

        assert outcome(answer) == ("SITE_003" if taken else None)

    @precondition(lambda self: self.sites)
    @rule(pick=picks, name=st.sampled_from([None, "One", "Two"]), status=st.sampled_from(["ACTIVE", "SUSPENDED"]))
    def update(self, pick: int, name: str | None, status: str) -> None:
        update(self.world, self.site(pick), siteName=name, status=status)

    @precondition(lambda self: self.sites)
    @rule(pick=picks, for_good=st.booleans())
    def delete(self, pick: int, for_good: bool) -> None:
        (delete_for_good if for_good else delete)(self.world, self.site(pick))

    @precondition(lambda self: self.ids_of("SITE", "siteId", "DEPROVISIONING"))
    @rule(pick=picks)
    def restore(self, pick: int) -> None:
        deleted = self.ids_of("SITE", "siteId", "DEPROVISIONING")
        restore(self.world, deleted[pick % len(deleted)])

    @precondition(lambda self: self.ids_of("OPERATION", "operationId", "PENDING"))
    @rule(pick=picks)
    def call_off(self, pick: int) -> None:
        pending = self.ids_of("OPERATION", "operationId", "PENDING")
        assert outcome(cancel(self.world, pending[pick % len(pending)])) is None

    @precondition(lambda self: self.ids_of("OPERATION", "operationId", "FAILED"))
    @rule(pick=picks)
    def try_again(self, pick: int) -> None:
        failed = self.ids_of("OPERATION", "operationId", "FAILED")
        retry(self.world, failed[pick % len(failed)])

    @rule(faults=st.lists(st.sampled_from(FAULTS), min_size=1, max_size=6), looks=st.integers(0, 2))
    def let_the_next_jobs_fail(self, faults: list[Any], looks: int) -> None:
        self.world.maintenance.faults = list(faults)
        self.world.maintenance.looks = looks

    @rule(faults=st.integers(0, 4))
    def let_the_agents_not_answer(self, faults: int) -> None:
        self.world.agent.faults = [WordPressTimeout("WordPress did not answer in time.")] * faults

    @rule(minutes=st.sampled_from([0, 1, 5, 60]))
    def let_time_pass(self, minutes: int) -> None:
        self.world.run(minutes=minutes)

    @rule()
    def let_a_message_be_delivered_at_a_time(self) -> None:
        self.world.dispatch()
        for name in self.world.lines:
            self.world.consume(name)

    @rule(days=st.sampled_from([1, 15, 30]))
    def let_days_pass(self, days: int) -> None:
        self.world.move(days=days)
        self.world.sweep()

    @rule()
    def put_dead_letters_back(self) -> None:
        self.world.redrive()

    @invariant()
    def a_site_has_at_most_one_operation_at_work_and_names_it(self) -> None:
        at_work = Counter(row["siteId"] for row in self.operations if row["status"] in OPEN)

        assert all(count == 1 for count in at_work.values())
        named = {row["activeOperation"]: row["siteId"] for row in self.sites if "activeOperation" in row}
        assert named == {row["operationId"]: row["siteId"] for row in self.operations if row["status"] in OPEN}

    @invariant()
    def the_counts_are_those_of_what_is_there(self) -> None:
        for environment in ENVIRONMENTS:
            there = [row for row in self.sites if row["environment"] == environment and row["status"] != "DELETED"]
            assert self.world.count(f"QUOTA#{environment}") == len(there)
        assert self.world.count("UNFINISHED") == sum(row["status"] in OPEN for row in self.operations)

    @invariant()
    def a_subdomain_is_guarded_exactly_while_its_site_is_not_deleted(self) -> None:
        guarded = {row["siteId"] for row in self.world.table.of_type("SUBDOMAIN")}

        assert guarded == {row["siteId"] for row in self.sites if row["status"] != "DELETED"}

    @invariant()
    def a_purge_is_due_exactly_when_data_waits_for_its_end(self) -> None:
        waiting = {row["siteId"] for row in self.world.table.of_type("PURGE")}

        assert waiting == {row["siteId"] for row in self.sites if "restorableUntil" in row}

    @invariant()
    def wordpress_is_as_the_table_says_where_nothing_is_at_work_and_nothing_failed(self) -> None:
        failed = {row["siteId"] for row in self.operations if row["status"] == "FAILED" or row["run"] > 1}
        for row in self.sites:
            if "activeOperation" in row or row["siteId"] in failed:
                continue
            installed = self.world.wordpress.installed.get(row["siteId"])
            found = None if installed is None else (installed.title, installed.offline)
            name, before = row["siteName"], row.get("statusBefore")
            expected: dict[str, Any] = {
                "ACTIVE": (name, None),
                "SUSPENDED": (name, "suspended"),
                "FAILED": None,
                "DELETED": None,
                "DEPROVISIONING": (name, "deleted") if before != "FAILED" else None,
            }
            assert found == expected[row["status"]], row

    @invariant()
    def progress_never_falls_and_versions_only_rise(self) -> None:
        for row in self.operations:
            run = row["operationId"], row["run"]
            assert row["progress"] >= self.progress.get(run, 0)
            self.progress[run] = row["progress"]
        for row in [*self.sites, *self.operations]:
            key = row.get("operationId") or row["siteId"]
            assert row["version"] >= self.versions.get(key, 0)
            self.versions[key] = row["version"]

    @invariant()
    def every_list_is_exact(self) -> None:
        for row in self.operations[-1:]:
            for names in (names for size in range(4) for names in combinations(FILTERS, size)):
                alike = [one for one in self.operations if all(one[name] == row[name] for name in names)]
                page = listed_operations(self.world, "&".join(f"{name}={row[name]}" for name in names) + "&pageSize=100")
                shown = [item["operationId"] for item in page.json["_embedded"]["operations"]]
                assert shown == sorted((one["operationId"] for one in alike), reverse=True), names
        for row in self.sites[-1:]:
            page = listed(self.world, f"status={row['status']}")
            assert row["siteId"] in [item["siteId"] for item in page.json["_embedded"]["sites"]]

    @invariant()
    def the_links_tell_the_truth(self) -> None:
        on_site: dict[str, Callable[..., Answer]] = {
            "update": lambda world, site_id: update(world, site_id, siteName="Three"),
            "delete": delete,
            "delete-permanently": delete_for_good,
            "restore": restore,
        }
        on_operation: dict[str, Callable[..., Answer]] = {"cancel": cancel, "retry": retry}
        for row in self.sites[-2:]:
            self._compare(get(self.world, row["siteId"]), row["siteId"], on_site)
        for row in self.operations[-2:]:
            self._compare(get_operation(self.world, row["operationId"]), row["operationId"], on_operation)

    def _compare(self, answer: Answer, id_: str, actions: dict[str, Callable[[FakePorts, str], Answer]]) -> None:
        for relation, act in actions.items():
            refused = outcome(act(a_copy(self.world), id_))
            assert (relation in answer.json["_links"]) == (refused is None), (relation, refused)
            assert answer.json.get("_unavailable", {}).get(relation, {}).get("code") == refused

    def teardown(self) -> None:
        """Whatever happened, everything accepted comes to an end."""
        if hasattr(self, "world"):
            self.world.maintenance.faults, self.world.agent.faults = [], []
            self.world.run(minutes=600)
            assert not [row["operationId"] for row in self.operations if row["status"] in OPEN]
            self.a_site_has_at_most_one_operation_at_work_and_names_it()
            self.the_counts_are_those_of_what_is_there()


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=15, stateful_step_count=30)
