"""A site that all tests share; whoever asks for the bed is slow."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings

from tests.wordpress.support import SiteBed, TestSite

settings.register_profile(
    "wordpress", derandomize=True, max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None
)
settings.load_profile("wordpress")


@pytest.fixture(scope="session")
def site(bed: SiteBed) -> TestSite:
    """A site that tests read and leave as it is."""
    return bed.installed()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "bed" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.slow)
