"""A member's token claims follow their memberships, also when two tenants are joined at once."""

from __future__ import annotations

import pytest

from runtime.outbox.dispatch import MAX_ATTEMPTS, Outcome, PermanentFault, TransientFault
from runtime.table.port import key_of
from tests.runtime.fakes import FakePorts
from tests.runtime.stories import EMAIL, STAFF, accept, deliver, invited, mailed_token

SUB = f"sub-{EMAIL}"


def join(ports: FakePorts, tenant: str, role: str) -> None:
    invited(ports, tenant=tenant, role=role, caller=STAFF)
    assert accept(ports, mailed_token(ports)).status == 200


def test_who_accepts_gets_the_tenant_and_their_role_into_their_claims(ports: FakePorts) -> None:
    join(ports, "acme", "OPERATOR")

    deliver(ports)

    assert ports.users.roles == {SUB: {"acme": "USER"}}


def test_a_second_tenant_comes_beside_the_first(ports: FakePorts) -> None:
    join(ports, "acme", "ADMIN")
    deliver(ports)
    join(ports, "globex", "VIEWER")

    deliver(ports)

    assert ports.users.roles[SUB] == {"acme": "ADMIN", "globex": "VIEWER"}


def test_two_memberships_at_once_both_end_in_the_claims_whichever_writes_last(ports: FakePorts) -> None:
    ports.users.before_set = lambda: join(ports, "globex", "VIEWER")
    join(ports, "acme", "ADMIN")

    deliver(ports)

    assert ports.users.roles[SUB] == {"acme": "ADMIN", "globex": "VIEWER"}


def test_a_dispatch_overtaken_by_another_does_not_leave_less_than_that_wrote(ports: FakePorts) -> None:
    def overtake() -> None:
        join(ports, "globex", "VIEWER")
        deliver(ports)
        assert ports.users.roles == {SUB: {"acme": "ADMIN", "globex": "VIEWER"}}

    join(ports, "acme", "ADMIN")
    ports.users.before_set = overtake

    deliver(ports)

    assert ports.users.roles[SUB] == {"acme": "ADMIN", "globex": "VIEWER"}


def test_claims_that_cannot_be_written_are_tried_again(ports: FakePorts) -> None:
    join(ports, "acme", "ADMIN")
    ports.users.faults = [TransientFault("not now")]

    assert [*deliver(ports), *deliver(ports)] == [Outcome.LATER, Outcome.DONE]
    assert ports.users.roles[SUB] == {"acme": "ADMIN"}


@pytest.mark.parametrize(
    ("fault", "attempts"), [(PermanentFault("The user no longer exists."), 1), (TransientFault("not now"), MAX_ATTEMPTS)]
)
def test_claims_that_cannot_be_written_for_good_are_given_up(ports: FakePorts, fault: Exception, attempts: int) -> None:
    join(ports, "acme", "ADMIN")
    ports.users.faults = [fault] * 99

    outcomes = [outcome for _ in range(attempts) for outcome in deliver(ports)]

    assert outcomes[-1] is Outcome.GIVEN_UP
    assert [key_of(row) for row in ports.table.of_type("OUTBOX")] == []
