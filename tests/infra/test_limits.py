"""Room to grow: CloudFormation takes 500 resources and 1 MB a stack; we stop well below and know what an endpoint costs."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from constructs.hateoas_endpoint import HateoasEndpoint
from constructs.portal_table import Read, Write
from tests.infra import synthetic
from tests.infra.support import Json, Synthesised, make_bed

MAX_RESOURCES = 400
MAX_BYTES = 800_000
MAX_FOR_AN_ENDPOINT = 10
MAX_BYTES_FOR_AN_ENDPOINT = 14_000
"""So that the 39 endpoints that 400 resources leave room for also stay below 800 kB."""


@dataclass(frozen=True, kw_only=True)
class Size:
    resources: int
    bytes: int


def size_of(template: Json) -> Size:
    """The template as the CDK writes it, indented by one."""
    return Size(resources=len(template["Resources"]), bytes=len(json.dumps(template, indent=1)))


@pytest.fixture(scope="module")
def few_and_many(bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Size, Size]:
    """The sizes of a stack with 5 and of one with 25 endpoints."""

    def size_with(count: int) -> Size:
        bed = make_bed(bundle, tmp_path_factory.mktemp("limits"))
        for route in synthetic.MANY[:count]:
            HateoasEndpoint(bed.stack, route.name, api=bed.api, route=route, table=bed.table, reads={*Read}, writes={*Write})
        return size_of(bed.template())

    return size_with(5), size_with(25)


def test_every_stack_stays_below_400_resources_and_800_kilobytes(portal: Synthesised) -> None:
    sizes = {component: size_of(template) for component, template in portal.templates.items()}

    assert {component: size for component, size in sizes.items() if size.resources >= MAX_RESOURCES} == {}
    assert {component: size for component, size in sizes.items() if size.bytes >= MAX_BYTES} == {}


def test_every_template_file_is_as_small_as_that_too(portal: Synthesised) -> None:
    files = {component: Path(artifact.template_full_path).stat().st_size for component, artifact in portal.artifacts.items()}

    assert {component: size for component, size in files.items() if size >= MAX_BYTES} == {}


def test_each_further_endpoint_costs_at_most_ten_resources(few_and_many: tuple[Size, Size]) -> None:
    few, many = few_and_many

    assert many.resources - few.resources <= 20 * MAX_FOR_AN_ENDPOINT


def test_each_further_endpoint_leaves_room_in_the_template(few_and_many: tuple[Size, Size]) -> None:
    few, many = few_and_many

    assert many.bytes - few.bytes <= 20 * MAX_BYTES_FOR_AN_ENDPOINT
