"""The time that the endpoints of plugins are given."""

from __future__ import annotations

import pytest

from runtime.hateoas_endpoint.idempotency import LEASE_SECONDS
from tests.infra.support import Synthesised

ASKING = ("ListSitePlugins", "UpdateSitePlugin", "ToggleSitePlugin")
"""The endpoints that ask a site while the caller waits."""

GATEWAY_WAITS_SECONDS = 30
SITE_CALL_SECONDS = 10


@pytest.mark.parametrize("name", ASKING)
def test_a_site_that_takes_too_long_is_told_as_such_before_the_function_or_the_gateway_gives_up(
    name: str, portal: Synthesised
) -> None:
    assert SITE_CALL_SECONDS < portal.function(name).properties["Timeout"] < GATEWAY_WAITS_SECONDS


def test_no_function_that_does_something_outside_the_table_runs_longer_than_its_lease(portal: Synthesised) -> None:
    assert portal.function("ToggleSitePlugin").properties["Timeout"] < LEASE_SECONDS
