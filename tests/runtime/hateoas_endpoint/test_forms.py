"""HAL-FORMS templates have what the media type asks for and say what the request models take."""

from __future__ import annotations

import sys
from dataclasses import replace
from types import ModuleType
from typing import Annotated, Any, Literal

import pytest
from pydantic import Field

from runtime.catalogue import ROUTES
from runtime.hateoas_endpoint.documents import FormTemplate
from runtime.hateoas_endpoint.forms import template
from runtime.hateoas_endpoint.hal import HAL, HAL_FORMS
from runtime.hateoas_endpoint.models import RequestModel, model_named
from runtime.hateoas_endpoint.route import Route
from runtime.invitations import routes
from runtime.tenants.domain import TenantStatus
from tests.runtime.fakes import FakePorts, InMemoryTable, tenants
from tests.runtime.stories import STAFF, create, get, invited, listed, portal

ACTIONS = [route for route in ROUTES if route.path.startswith("/") and route.method != "GET"]


class EverySort(RequestModel):
    """A body with a property of every sort."""

    page_count: Annotated[int, Field(ge=1, le=100, title="Page count")] = 20
    is_active: bool
    label: Annotated[str, Field(pattern="^[a-z]+$", min_length=2, title="Label")]
    colour: Literal["RED", "BLUE"] | None = None


@pytest.fixture
def every_sort() -> dict[str, dict[str, Any]]:
    """The properties of the form for :class:`EverySort`, by name."""
    module = sys.modules.setdefault("models_of_forms", ModuleType("models_of_forms"))
    vars(module)["EverySort"] = EverySort
    route = replace(routes.CREATE, request="models_of_forms.EverySort")
    return {form["name"]: form for form in template(route, "/here")["properties"]}


@pytest.mark.parametrize("route", ACTIONS, ids=lambda route: route.name)
def test_a_template_has_where_how_and_what(route: Route) -> None:
    form = template(route, "/here")

    assert FormTemplate.model_validate(form)
    assert (form["target"], form["method"], form["contentType"]) == ("/here", route.method, "application/json")
    taken = model_named(route.request).model_fields if route.request else {}
    assert [one["name"] for one in form["properties"]] == [field.alias or name for name, field in taken.items()]
    assert [one["required"] for one in form["properties"]] == [field.is_required() for field in taken.values()]


def test_the_form_of_an_invitation() -> None:
    email, role, message = template(routes.CREATE, "/here")["properties"]

    assert email == {"name": "email", "prompt": "E-mail address", "required": True, "type": "email", "maxLength": 254}
    assert role["options"] == {"inline": ["ADMIN", "OPERATOR", "VIEWER"], "minItems": 1, "maxItems": 1}
    assert message == {
        "name": "message",
        "prompt": "A personal message for the mail",
        "required": False,
        "type": "text",
        "maxLength": 500,
    }


def test_a_number_has_its_bounds_and_its_default(every_sort: dict[str, dict[str, Any]]) -> None:
    assert every_sort["pageCount"] == {
        "name": "pageCount",
        "prompt": "Page count",
        "required": False,
        "type": "number",
        "min": 1,
        "max": 100,
        "value": 20,
    }


def test_yes_or_no_is_a_choice_of_two(every_sort: dict[str, dict[str, Any]]) -> None:
    assert every_sort["isActive"]["type"] == "text"
    assert every_sort["isActive"]["options"] == {"inline": [True, False], "minItems": 1, "maxItems": 1}


def test_a_text_has_its_form_and_length(every_sort: dict[str, dict[str, Any]]) -> None:
    assert every_sort["label"] == {
        "name": "label",
        "prompt": "Label",
        "required": True,
        "type": "text",
        "regex": "^[a-z]+$",
        "minLength": 2,
    }


def test_a_choice_that_may_be_left_out(every_sort: dict[str, dict[str, Any]]) -> None:
    assert every_sort["colour"]["required"] is False
    assert every_sort["colour"]["options"] == {"inline": ["RED", "BLUE"], "minItems": 0, "maxItems": 1}
    assert "value" not in every_sort["colour"]


@pytest.mark.parametrize("accept", [HAL_FORMS, f"text/html, {HAL_FORMS.upper()};q=0.9", f"{HAL},{HAL_FORMS}"])
def test_templates_are_there_for_every_action_link_when_asked_for(accept: str) -> None:
    ports = portal()
    invitation_id = invited(ports)
    ports.move(seconds=60)
    answer = get(ports, invitation_id, headers={"Accept": accept})
    actions = {relation: link["href"] for relation, link in answer.json["_links"].items() if "method" in link}

    assert answer.headers["Content-Type"] == HAL_FORMS
    assert {relation: form["target"] for relation, form in answer.json["_templates"].items()} == actions
    assert set(actions) == {"cancel", "resend"}


def test_templates_are_not_there_unasked() -> None:
    answer = create(portal())

    assert answer.headers["Content-Type"] == HAL
    assert "_templates" not in answer.json


def test_a_page_whose_items_alone_have_templates_is_hal_forms() -> None:
    ports = portal()
    invited(ports)
    suspended = FakePorts(table=InMemoryTable(*ports.table.rows.values(), *tenants(acme=TenantStatus.SUSPENDED)))
    answer = listed(suspended, caller=STAFF, headers={"Accept": HAL_FORMS})

    assert "_templates" not in answer.json
    assert set(answer.json["_embedded"]["invitations"][0]["_templates"]) == {"cancel"}
    assert answer.headers["Content-Type"] == HAL_FORMS
