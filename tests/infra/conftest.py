"""Every stage, synthesised once for the whole run."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

# Nothing here imports aws_cdk before a fixture is asked for. So test_layout.py can still say when constructs/ hides PyPI's
# package, and the process that aws_cdk starts sees this variable: the CDK's own template rules take seconds to load, and
# test_app.py runs them.
os.environ["CDK_VALIDATION"] = "false"

if TYPE_CHECKING:
    from tests.infra.support import Synthesised

ON_AWS = ("dev", "sit", "prod")


@pytest.fixture(scope="session")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from tests.infra.support import make_bundle

    return make_bundle(tmp_path_factory.mktemp("bundle"))


@pytest.fixture(scope="session")
def portals(bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Synthesised]:
    from stacks.config import STAGES
    from tests.infra.support import synthesise

    return {name: synthesise(stage, bundle, tmp_path_factory.mktemp(name)) for name, stage in STAGES.items()}


@pytest.fixture(params=["local", *ON_AWS])
def portal(request: pytest.FixtureRequest, portals: dict[str, Synthesised]) -> Synthesised:
    """Each stage in turn."""
    return portals[request.param]


@pytest.fixture(params=ON_AWS)
def cloud_portal(request: pytest.FixtureRequest, portals: dict[str, Synthesised]) -> Synthesised:
    """Each stage on AWS in turn."""
    return portals[request.param]


@pytest.fixture
def prod(portals: dict[str, Synthesised]) -> Synthesised:
    return portals["prod"]
