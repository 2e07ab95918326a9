"""What all tests share: one WordPress bed, and how they are dealt out to several processes, as ``make test`` has them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from xdist.scheduler import LoadScopeScheduling

if TYPE_CHECKING:
    from tests.wordpress.support import SiteBed

TOGETHER = ("tests/system", "tests/infra")
"""Folders of which one process gets all, because they share what takes long to make: the deployed portal, the templates."""

FIRST = ("tests/system", "tests/wordpress", "tests/agent", "tests/infra")
"""What takes longest begins first, so that at the end no process waits for another."""


@pytest.fixture(scope="session")
def bed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SiteBed]:
    from tests.wordpress.support import running_bed  # only who asks for a bed pays for its imports

    with running_bed(tmp_path_factory.mktemp("bed")) as running:
        yield running


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: next((n for n, folder in enumerate(FIRST) if item.nodeid.startswith(folder)), len(FIRST)))


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Deal out whole files, and whole folders where one process is to have all of it."""
    config.option.loadscopereorder = False
    scheduler: Any = LoadScopeScheduling(config, log)
    scheduler._split_scope = _dealt_out_with
    return scheduler


def _dealt_out_with(test: str) -> str:
    file = test.partition("::")[0]
    return next((folder for folder in TOGETHER if file.startswith(f"{folder}/")), file)
