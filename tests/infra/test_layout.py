"""The shape of the repository.

A folder named ``constructs`` may stand beside PyPI's ``constructs`` on one condition: it has no ``__init__.py``. PyPI's package
then extends its path over ours, so that ``from constructs import Construct`` is theirs and ``from constructs.hateoas_endpoint
import HateoasEndpoint`` is ours. With an ``__init__.py``, even an empty one, our folder hides theirs, and whatever imports
aws_cdk dies of ``ModuleNotFoundError: No module named 'constructs._jsii'``. Likewise an ``__init__.py`` under ``tests/`` makes
pytest import ``tests/runtime`` as ``runtime``, which hides the real one. This file imports no aws_cdk, so that it can say so.
"""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

from local.deploy import STAGE_PREFIX
from tests.infra.imports import ROOT, imported_by, module_of, reached_from, sources_in, within

AWS = ("boto3", "botocore", "aws_lambda_powertools", "aws_xray_sdk", "aws_cdk")
CONSTRUCTS = sorted(path for path in (ROOT / "constructs").iterdir() if path.is_dir() and path.name != "__pycache__")
DOMAINS = sorted((ROOT / "runtime").glob("*/domain.py"))
ROUTES = sorted((ROOT / "runtime").glob("*/routes.py"))
SERVICES = sorted((ROOT / "runtime").glob("*/service.py"))


def named(path: Path) -> str:
    return module_of(path) if path.suffix else path.name


def offences(sources: list[Path], *packages: str) -> dict[str, set[str]]:
    """Which of the sources import from packages they must not know."""
    found = {module_of(path): {m for m in imported_by(path) if within(m, *packages)} for path in sources}
    return {module: modules for module, modules in found.items() if modules}


def test_our_constructs_have_no_init_that_would_hide_pypi_s() -> None:
    assert not (ROOT / "constructs" / "__init__.py").exists()
    assert list((ROOT / "constructs").glob("*.py")) == []


@pytest.mark.parametrize("folder", CONSTRUCTS, ids=named)
def test_each_construct_is_a_package_that_keeps_its_opinions_apart(folder: Path) -> None:
    assert {"__init__.py", "construct.py", "defaults.py"} <= {path.name for path in folder.iterdir()}


@pytest.mark.parametrize("folder", CONSTRUCTS, ids=named)
def test_each_construct_says_what_it_offers(folder: Path) -> None:
    tree = ast.parse((folder / "__init__.py").read_text())
    assigned = {
        target.id
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }

    assert ast.get_docstring(tree)
    assert "__all__" in assigned


def test_there_is_no_init_under_tests_that_would_hide_the_runtime() -> None:
    assert sorted((ROOT / "tests").rglob("__init__.py")) == []


def test_what_runs_in_lambda_knows_nothing_of_what_deploys_it() -> None:
    assert offences(sources_in("runtime"), "stacks", "constructs", "local", "aws_cdk", "tests") == {}


def test_constructs_know_nothing_of_the_stacks_that_use_them() -> None:
    assert offences(sources_in("constructs"), "stacks", "local", "app", "tests") == {}


def test_constructs_take_of_the_runtime_only_their_own_halves() -> None:
    others = {
        module: {m for m in modules if not within(m, "runtime.hateoas_endpoint", "runtime.batch_consumer")}
        for module, modules in offences(sources_in("constructs"), "runtime").items()
    }

    assert {module: modules for module, modules in others.items() if modules} == {}


def test_stacks_know_nothing_of_the_local_cloud_and_never_call_aws() -> None:
    sources = [*sources_in("stacks", "constructs"), ROOT / "app.py"]

    assert offences(sources, "local", "boto3", "botocore", "requests", "urllib") == {}


def test_stacks_take_of_a_context_only_its_routes() -> None:
    taken = {module for modules in offences(sources_in("stacks"), "runtime").values() for module in modules}
    contexts = {named(path.parent) for path in ROUTES}

    assert {m for m in taken if within(m, *(f"runtime.{c}" for c in contexts)) and m.count(".") > 1} <= {
        f"runtime.{context}.routes" for context in contexts
    }


@pytest.mark.parametrize("domain", DOMAINS, ids=named)
def test_importing_the_domain_loads_neither_aws_nor_powertools_nor_an_adapter(domain: Path) -> None:
    adapters = {
        module_of(path) for path in sources_in("runtime") if any(within(m, "boto3", "botocore") for m in imported_by(path))
    }
    reached = reached_from(domain)

    assert {module for module in reached if within(module, *AWS) or module in adapters} == set()


@pytest.mark.parametrize("domain", DOMAINS, ids=named)
def test_the_domain_knows_nothing_of_services_handlers_links_or_tables(domain: Path) -> None:
    outer = ("service", "handlers", "links", "routes", "models", "rows", "dynamo", "ports")

    assert {module for module in imported_by(domain) if module.rpartition(".")[2] in outer} == set()


@pytest.mark.parametrize("service", SERVICES, ids=named)
def test_services_know_nothing_of_handlers_and_import_no_aws(service: Path) -> None:
    found = imported_by(service)

    assert {
        module for module in found if module.rpartition(".")[2] in {"handlers", "links", "dynamo"} or within(module, *AWS)
    } == set()


@pytest.mark.parametrize("routes", ROUTES, ids=named)
def test_reading_routes_costs_nothing_beyond_the_standard_library(routes: Path) -> None:
    foreign = {m for m in imported_by(routes) if m.partition(".")[0] not in sys.stdlib_module_names}

    assert foreign <= {"runtime.hateoas_endpoint.route", "runtime.ids"}


@pytest.mark.parametrize("source", ["runtime/hateoas_endpoint/route.py", "runtime/ids.py"])
def test_what_routes_are_made_of_imports_the_standard_library_only(source: str) -> None:
    imports = imported_by(ROOT / source)

    assert {m for m in imports if m.partition(".")[0] not in sys.stdlib_module_names} == set()


def test_app_py_makes_no_call_before_it_synthesises() -> None:
    imports = {module.partition(".")[0] for module in imported_by(ROOT / "app.py")}

    assert imports == {"aws_cdk", "cdk_nag", "constructs", "stacks"}


def test_the_local_deployment_expects_the_prefix_that_the_stage_gives() -> None:
    from stacks.config import STAGES

    assert STAGES["local"].prefix == STAGE_PREFIX
