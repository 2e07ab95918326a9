"""Whoever asks for the bed gets one that all tests share, and is slow."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.wordpress.support import SiteBed, TestSite, running_bed


@pytest.fixture(scope="session")
def bed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SiteBed]:
    with running_bed(tmp_path_factory.mktemp("bed")) as running:
        yield running


@pytest.fixture(scope="session")
def site(bed: SiteBed) -> TestSite:
    """A site that tests read and leave as it is."""
    return bed.installed()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "bed" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.slow)
