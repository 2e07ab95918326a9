"""Time, ids and addresses: the small modules that everything stands on."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.catalogue import ROUTES, methods_of
from runtime.clock import instant, iso, parse_iso
from runtime.hateoas_endpoint.route import Role, Route, role_named
from runtime.ids import INVITATION_ID, RANDOM_BYTES, new_id
from runtime.invitations import routes
from tests.runtime.fakes import START

moments = st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2100, 1, 1), timezones=st.just(timezone.utc))  # noqa: DTZ001
entropy = st.binary(min_size=RANDOM_BYTES, max_size=RANDOM_BYTES)


def test_times_are_iso_8601_in_utc_with_milliseconds_and_z() -> None:
    east = timezone(timedelta(hours=2))

    assert iso(START) == "2026-11-23T09:30:15.250Z"
    assert iso(datetime(2026, 11, 23, 11, 30, tzinfo=east)) == "2026-11-23T09:30:00.000Z"


@given(moment=moments)
def test_a_time_comes_back_in_whole_milliseconds(moment: datetime) -> None:
    assert parse_iso(iso(moment)) == instant(moment)
    assert timedelta(0) <= moment - instant(moment) < timedelta(milliseconds=1)


@given(one=moments, other=moments)
def test_times_sort_as_text_as_they_sort_in_time(one: datetime, other: datetime) -> None:
    assert (iso(one) < iso(other)) == (instant(one) < instant(other))


@given(moment=moments, random=entropy)
def test_an_id_is_a_version_7_uuid_of_its_moment(moment: datetime, random: bytes) -> None:
    made = new_id("inv", now=moment, random=random)

    value = UUID(made.removeprefix("inv-"))
    assert INVITATION_ID.fullmatch(made)
    assert (value.version, value.variant) == (7, "specified in RFC 4122")
    assert abs((value.int >> 80) - moment.timestamp() * 1000) <= 1


@given(one=moments, other=moments, first=entropy, second=entropy)
def test_ids_sort_by_the_time_they_were_made(one: datetime, other: datetime, first: bytes, second: bytes) -> None:
    earlier, later = sorted([one, other])

    if instant(later) - instant(earlier) > timedelta(milliseconds=1):
        assert new_id("inv", now=earlier, random=first) < new_id("inv", now=later, random=second)


def test_ids_of_one_moment_differ_by_their_randomness() -> None:
    made = {new_id("inv", now=START, random=number.to_bytes(RANDOM_BYTES, "big")) for number in range(500)}

    assert len(made) == 500


@pytest.mark.parametrize(
    ("value", "encoded"),
    [("acme", "acme"), ("a/b", "a%2Fb"), ("a b?c#d", "a%20b%3Fc%23d"), ("ü", "%C3%BC"), ("..", ".."), ("%2e", "%252e")],
)
def test_a_value_in_a_path_is_encoded_whole(value: str, encoded: str) -> None:
    assert routes.LIST.href({"tenantId": value}) == f"/tenants/{encoded}/invitations"


def test_a_path_without_its_parameter_is_a_mistake() -> None:
    with pytest.raises(KeyError):
        routes.GET.href({"tenantId": "acme"})


def test_a_route_knows_its_key_and_its_parameters() -> None:
    assert routes.RESEND.key == "POST /tenants/{tenantId}/invitations/{invitationId}/resend"
    assert routes.RESEND.parameters == ("tenantId", "invitationId")
    assert [routes.RESEND.tenant_scoped, routes.ACCEPT.tenant_scoped] == [True, False]


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_every_route_of_the_catalogue_is_found_by_its_path(route: Route) -> None:
    values = dict.fromkeys(route.parameters, "value")

    assert route.method in methods_of(route.href(values))


def test_no_two_routes_have_one_name_or_one_key() -> None:
    assert len({route.name for route in ROUTES}) == len({route.key for route in ROUTES}) == len(ROUTES)


@pytest.mark.parametrize(
    ("name", "role"),
    [*((role.value, role) for role in Role), ("OPERATOR", Role.USER), ("admin", None), ("", None), ("name", None)],
)
def test_operator_is_another_name_for_user(name: str, role: Role | None) -> None:
    assert role_named(name) is role


def test_roles_have_an_order() -> None:
    assert sorted(Role, key=lambda role: role.rank) == [Role.VIEWER, Role.USER, Role.ADMIN, Role.STAFF]
