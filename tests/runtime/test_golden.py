"""Whole answers, compared exactly with ``golden/*.json``. ``UPDATE_GOLDEN=1`` writes them anew; read the difference then."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from runtime.hateoas_endpoint.hal import HAL, HAL_FORMS
from runtime.hateoas_endpoint.problem import Code
from runtime.health.documents import HealthDocument, StatusDocument
from runtime.invitations.documents import AcceptedInvitation, DeclinedInvitation, InvitationDocument, InvitationPage
from runtime.operations.documents import OperationDocument, OperationPage
from runtime.plugins.documents import InstalledPluginDocument, InstalledPluginPage, PluginDocument
from runtime.portal.documents import EntryDocument
from runtime.sites.documents import PromotionPlan, SiteDocument, SitePage
from tests.runtime.fakes import Answer
from tests.runtime.golden_cases import PROBLEMS, SUCCESSES, Case

GOLDEN = Path(__file__).parent / "golden"
MODELS: dict[str, type[BaseModel]] = {
    "entry": EntryDocument,
    "invitations": InvitationPage,
    "invitation-accepted": AcceptedInvitation,
    "invitation-declined": DeclinedInvitation,
    "invitation": InvitationDocument,
    "sites": SitePage,
    "site": SiteDocument,
    "promotion-plan": PromotionPlan,
    "operations": OperationPage,
    "operation": OperationDocument,
    "plugins": InstalledPluginPage,
    "plugin": PluginDocument,
    "installed-plugin": InstalledPluginDocument,
    "health": HealthDocument,
    "status": StatusDocument,
}
CASES: dict[str, tuple[Case, str]] = {
    **{f"{name}.hal": (case, HAL) for name, case in SUCCESSES.items()},
    **{f"{name}.hal-forms": (case, HAL_FORMS) for name, case in SUCCESSES.items()},
    **{f"problem.{name}": (case, HAL) for name, case in PROBLEMS.items()},
}


@pytest.mark.parametrize("name", CASES)
def test_an_answer_is_exactly_the_golden_document(name: str) -> None:
    case, accepted = CASES[name]

    answer = case({"Accept": accepted, "X-Correlation-Id": "golden"})

    assert _document(answer) == _golden(name, _document(answer))


@pytest.mark.parametrize("name", PROBLEMS)
def test_a_problem_is_the_same_document_whatever_is_accepted(name: str) -> None:
    plain, forms = (PROBLEMS[name]({"Accept": accepted}) for accepted in (HAL, HAL_FORMS))

    assert plain == forms


@pytest.mark.parametrize("name", SUCCESSES)
def test_an_answer_fits_the_model_that_the_api_description_shows(name: str) -> None:
    answer = SUCCESSES[name]({"Accept": HAL_FORMS})

    if answer.text:
        model = next(model for prefix, model in MODELS.items() if name.startswith(prefix))
        assert model.model_validate_json(answer.text)
    else:
        assert answer.status == 304


def test_every_golden_file_is_used_and_every_answer_has_one() -> None:
    assert {path.stem for path in GOLDEN.glob("*.json")} == set(CASES)


def test_every_code_has_a_golden_document_as_a_problem_or_as_an_operations_error() -> None:
    bodies = {path.name: json.loads(path.read_text())["body"] for path in GOLDEN.glob("*.json")}
    problems = {body["code"] for name, body in bodies.items() if name.startswith("problem.")}
    errors = {body["error"]["code"] for body in bodies.values() if isinstance(body, dict) and "error" in body}

    assert problems | errors == {code.name for code in Code}
    assert errors == {"WP_001", "WP_002", "SYS_001"}


def _document(answer: Answer) -> dict[str, Any]:
    return {"status": answer.status, "headers": dict(sorted(answer.headers.items())), "body": answer.text and answer.json}


def _golden(name: str, document: dict[str, Any]) -> Any:
    path = GOLDEN / f"{name}.json"
    if os.environ.get("UPDATE_GOLDEN") == "1":
        path.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return json.loads(path.read_text(encoding="utf-8"))
