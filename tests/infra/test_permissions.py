"""The permissions of all stages: each has a written reason, none is wider than that reason, and the page shows them all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import pytest

from ops.permissions.__main__ import DOCUMENT, STAGE
from ops.permissions.assembly import Assembly, read
from ops.permissions.document import document, reason_for
from ops.permissions.statements import Kind, Reader, Statement
from stacks.reasons import ANY_RESOURCE, MANAGED, UNNAMED, WHY, WIDE_ACTIONS, WIDE_PRINCIPALS, WIDE_RESOURCES
from tests.infra.support import Synthesised

SENTENCES = {
    **WHY,
    **{str(origin): why for origin, why in UNNAMED.items()},
    **{f"any resource in {sid}": why for sid, why in ANY_RESOURCE.items()},
    **{f"resources of {type_}": why for type_, why in WIDE_RESOURCES.items()},
    **{f"actions of {type_}": why for type_, why in WIDE_ACTIONS.items()},
    **{f"principals of {type_}": why for type_, why in WIDE_PRINCIPALS.items()},
    **MANAGED,
}
PEOPLE = {"AWS::IAM::AccessKey", "AWS::IAM::Group", "AWS::IAM::User", "AWS::IAM::UserPolicy", "AWS::IAM::GroupPolicy"}


@pytest.fixture(scope="module")
def assemblies(portals: dict[str, Synthesised]) -> dict[str, Assembly]:
    return {
        name: read(Path(next(iter(portal.artifacts.values())).assembly.directory), portal.stage)
        for name, portal in portals.items()
    }


@pytest.fixture(scope="module")
def by_stage(assemblies: dict[str, Assembly]) -> dict[str, list[Statement]]:
    return {name: list(Reader(assembly).statements()) for name, assembly in assemblies.items()}


@pytest.fixture(scope="module")
def statements(by_stage: dict[str, list[Statement]]) -> list[Statement]:
    """Those of all stages."""
    return [statement for found in by_stage.values() for statement in found]


@pytest.fixture(scope="module")
def managed(assemblies: dict[str, Assembly]) -> set[str]:
    """The policies that AWS keeps and a role has."""
    return {policy for assembly in assemblies.values() for _, policy in Reader(assembly).managed()}


def shown(statements: Iterable[Statement]) -> set[str]:
    return {str(statement) for statement in statements}


def test_every_statement_is_known_by_its_sid_or_its_origin_and_has_a_reason(statements: list[Statement]) -> None:
    assert shown(s for s in statements if s.why is None) == set(), "Write why they are there into stacks/reasons.py."


def test_every_statement_that_the_stacks_write_for_a_role_has_a_sid(statements: list[Statement]) -> None:
    assert shown(s for s in statements if s.kind is Kind.IDENTITY and s.sid is None) == set()


def test_no_reason_is_left_over_from_a_statement_that_is_gone(statements: list[Statement], managed: set[str]) -> None:
    own = [statement for statement in statements if statement.kind is Kind.RESOURCE]

    assert set(WHY) - {statement.sid for statement in statements} == set()
    assert set(UNNAMED) - {statement.origin for statement in statements if statement.sid is None} == set()
    assert set(ANY_RESOURCE) - {s.sid for s in statements if s.effect == "Allow" and "*" in s.wildcards} == set()
    assert set(WIDE_RESOURCES) - {s.source.type for s in own if s.effect == "Allow" and s.wildcards} == set()
    assert set(WIDE_ACTIONS) - {s.source.type for s in own if s.allows_unnamed_actions} == set()
    assert set(WIDE_PRINCIPALS) - {s.source.type for s in own if s.allows_everybody} == set()
    assert set(MANAGED) - managed == set()


@pytest.mark.parametrize("about", SENTENCES)
def test_a_reason_is_a_sentence(about: str) -> None:
    sentence = SENTENCES[about]

    assert len(sentence.split()) >= 4
    assert sentence[0].isupper()
    assert sentence.endswith(".")


def test_a_sid_means_one_thing_either_allowed_or_denied_to_roles_or_by_resources(statements: list[Statement]) -> None:
    meanings: dict[str | None, set[tuple[str, Kind]]] = defaultdict(set)
    for statement in statements:
        meanings[statement.sid].add((statement.effect, statement.kind))

    assert {sid: found for sid, found in meanings.items() if sid and len(found) > 1} == {}


def test_whatever_allows_more_than_one_named_resource_says_why(
    by_stage: dict[str, list[Statement]], assemblies: dict[str, Assembly]
) -> None:
    unexplained = {
        f"{statement} {wildcard}"
        for name, found in by_stage.items()
        for statement in found
        for wildcard in statement.wildcards
        if statement.effect == "Allow" and reason_for(assemblies[name], statement, wildcard) is None
    }

    assert unexplained == set(), "Say why at the role, as AwsSolutions-IAM5, and of a lone * in ANY_RESOURCE too."


def test_actions_are_named_one_by_one_where_they_are_allowed(statements: list[Statement]) -> None:
    whole = [statement for statement in statements if statement.allows_unnamed_actions]

    assert shown(s for s in whole if s.kind is not Kind.RESOURCE or s.source.type not in WIDE_ACTIONS) == set()


def test_everybody_is_allowed_something_only_under_a_condition(statements: list[Statement]) -> None:
    assert shown(s for s in statements if s.allows_everybody and s.source.type not in WIDE_PRINCIPALS) == set()


def test_who_may_hand_over_a_role_may_hand_it_to_one_service_only(statements: list[Statement]) -> None:
    handing_over = [s for s in statements if s.effect == "Allow" and "iam:PassRole" in s.actions]
    services = {
        str(s): [c.values for c in s.conditions if (c.operator, c.key) == ("StringEquals", "iam:PassedToService")]
        for s in handing_over
    }

    assert {name: found for name, found in services.items() if [len(values) for values in found] != [1]} == {}


def test_a_role_has_a_policy_that_aws_keeps_only_where_a_reason_is_written(managed: set[str]) -> None:
    assert managed - set(MANAGED) == set()


def test_there_are_roles_only_and_nobody_who_signs_in_with_a_key(assemblies: dict[str, Assembly]) -> None:
    assert {resource.type for assembly in assemblies.values() for resource in assembly.resources} & PEOPLE == set()


def test_a_role_is_taken_on_by_a_service_or_under_a_condition(statements: list[Statement]) -> None:
    trusts = [statement for statement in statements if statement.kind is Kind.TRUST]

    assert shown(s for s in trusts if not s.conditions and not all("amazonaws.com" in p for p in s.principals)) == set()


def test_the_page_shows_what_the_stacks_say(assemblies: dict[str, Assembly]) -> None:
    stale = document(assemblies, stage=STAGE) != DOCUMENT.read_text()

    assert not stale, "Run make permissions, and read what it changes."
