"""What the smoke test sees of a stage that works, and of each way in which one can be broken."""

from __future__ import annotations

import json
import socket
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ops.smoke import __main__ as command
from ops.smoke.check import Check, Outcome
from ops.smoke.outside import Api, Sites
from stacks.config import stage_named
from tests.ops.serving import NEW, OLD, Answer, Asked, Certified, Server, certified, serving

ORIGIN = "https://portal.example"
DOMAIN = "sites.example.test"
PROBLEM = {"Content-Type": "application/problem+json"}


def problem(status: int, code: str) -> Answer:
    return Answer(status, json.dumps({"code": code}), PROBLEM)


def right(asked: Asked) -> Answer:
    """An API that is as it should be."""
    if asked.method == "OPTIONS":
        return Answer(204, headers={"Access-Control-Allow-Origin": ORIGIN} if asked.headers.get("origin") == ORIGIN else {})
    if asked.path == "/":
        return Answer(401, '{"message": "Unauthorized"}')
    return problem(404, "INVITATION_NOT_FOUND" if asked.path == "/invitations/decline" else "NOT_FOUND")


def sites(asked: Asked) -> Answer:
    """A load balancer that is as it should be."""
    return Answer(404, headers={"Server": "awselb/2.0" if asked.path.startswith("/wp-json/bbws-agent/") else "nginx"})


def failed(checks: Iterator[Check]) -> list[str]:
    return [each.name for each in checks if each.outcome is Outcome.FAIL]


def api_checks(server: Server) -> list[Check]:
    with serving(server) as address:
        return list(Api(url=f"http://{address}", origins=(ORIGIN,)).checks())


def test_an_api_that_works_passes_and_each_line_says_what_was_seen() -> None:
    assert [str(each) for each in api_checks(right)] == [
        'PASS  API without a token: 401 {"message": "Unauthorized"}',
        'PASS  API with a forged token: 401 {"message": "Unauthorized"}',
        "PASS  API at an unknown path: 404 NOT_FOUND",
        "PASS  API with an invented invitation, as far as the table: 404 INVITATION_NOT_FOUND",
        "PASS  CORS for https://portal.example: allowed is https://portal.example",
        "PASS  CORS for a stranger: allowed is nobody",
    ]


def lets_everybody_in(asked: Asked) -> Answer:
    return Answer(200) if asked.path == "/" and asked.method == "GET" else right(asked)


def believes_any_token(asked: Asked) -> Answer:
    return Answer(200) if "authorization" in asked.headers else right(asked)


def answers_unknown_paths_itself(asked: Asked) -> Answer:
    return Answer(404, '{"message": "Not Found"}') if asked.path == "/smoke/test" else right(asked)


def has_no_table(asked: Asked) -> Answer:
    return problem(500, "SYS_001") if asked.path == "/invitations/decline" else right(asked)


def allows_every_origin(asked: Asked) -> Answer:
    return Answer(204, headers={"Access-Control-Allow-Origin": "*"}) if asked.method == "OPTIONS" else right(asked)


@pytest.mark.parametrize(
    ("broken", "names"),
    [
        (lets_everybody_in, ["API without a token", "API with a forged token"]),
        (believes_any_token, ["API with a forged token"]),
        (answers_unknown_paths_itself, ["API at an unknown path"]),
        (has_no_table, ["API with an invented invitation, as far as the table"]),
        (allows_every_origin, [f"CORS for {ORIGIN}", "CORS for a stranger"]),
    ],
)
def test_an_api_that_is_broken_fails_where_it_is_broken(broken: Server, names: list[str]) -> None:
    assert failed(iter(api_checks(broken))) == names


def test_an_api_that_does_not_answer_fails_every_check_and_says_why() -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        checks = list(Api(url=f"http://127.0.0.1:{nobody.getsockname()[1]}", origins=(ORIGIN,)).checks())

    assert {each.outcome for each in checks} == {Outcome.FAIL}
    assert all("Connection refused" in each.seen for each in checks)


def test_the_forged_token_looks_like_a_token() -> None:
    seen: list[str] = []

    def watching(asked: Asked) -> Answer:
        seen.extend(value for name, value in asked.headers.items() if name == "authorization")
        return right(asked)

    api_checks(watching)

    (token,) = seen
    assert token.startswith("Bearer ey")
    assert token.count(".") == 2


EVERY_NAME = [f"*.{DOMAIN}", f"*.dev.{DOMAIN}", f"*.sit.{DOMAIN}"]


def site_checks(server: Server, tls: Certified) -> list[Check]:
    with serving(server, tls.server) as address:
        return list(Sites(domain=DOMAIN, address=address, tls=tls.client).checks())


def test_sites_that_are_reached_by_a_valid_name_pass(tmp_path: Path) -> None:
    until = f"valid until {NEW:%Y-%m-%d}"

    assert [str(each) for each in site_checks(sites, certified(tmp_path, names=EVERY_NAME))] == [
        f"PASS  TLS of *.{DOMAIN}: {until}",
        f"PASS  TLS of *.dev.{DOMAIN}: {until}",
        f"PASS  TLS of *.sit.{DOMAIN}: {until}",
        "PASS  a site that is none: 404",
        "PASS  the agents' path, which the load balancer refuses: 404 from awselb/2.0",
    ]


def test_a_certificate_that_lacks_a_name_fails_for_that_name(tmp_path: Path) -> None:
    checks = site_checks(sites, certified(tmp_path, names=EVERY_NAME[:2]))

    assert failed(iter(checks)) == [f"TLS of *.sit.{DOMAIN}"]
    assert "Hostname mismatch" in next(each.seen for each in checks if each.outcome is Outcome.FAIL)


def test_a_certificate_that_has_ended_fails_all_that_needs_it(tmp_path: Path) -> None:
    checks = site_checks(sites, certified(tmp_path, names=EVERY_NAME, ends=OLD))

    assert {each.outcome for each in checks} == {Outcome.FAIL}
    assert "certificate has expired" in checks[0].seen


@pytest.mark.parametrize(
    ("broken", "names"),
    [
        (lambda _: Answer(404, headers={"Server": "nginx"}), ["the agents' path, which the load balancer refuses"]),
        (
            lambda asked: replace(sites(asked), status=200),
            ["a site that is none", "the agents' path, which the load balancer refuses"],
        ),
        (lambda asked: Answer(503) if asked.path == "/" else sites(asked), ["a site that is none"]),
    ],
)
def test_a_load_balancer_that_is_broken_fails_where_it_is_broken(broken: Server, names: list[str], tmp_path: Path) -> None:
    assert failed(iter(site_checks(broken, certified(tmp_path, names=EVERY_NAME)))) == names


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["smoke", *arguments])
    return command.main()


def test_without_credentials_it_looks_from_outside_and_says_what_it_left_out(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def dev(asked: Asked) -> Answer:
        origin = asked.headers.get("origin", "")
        return (
            Answer(204, headers={"Access-Control-Allow-Origin": origin})
            if origin in stage_named("dev").origins
            else right(asked)
        )

    with serving(dev) as address:
        ended = run(monkeypatch, "--stage", "dev", "--without-credentials", "--api-url", f"http://{address}/")

    lines = capsys.readouterr().out.splitlines()
    assert ended == 0
    assert [line.partition("  ")[0] for line in lines] == ["PASS"] * 7 + ["SKIP"] * 2
    assert lines[-1] == "SKIP  inside: there are no credentials to look with"


def test_one_check_that_fails_fails_the_command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    with serving(has_no_table) as address:
        ended = run(monkeypatch, "--stage", "dev", "--without-credentials", "--api-url", f"http://{address}")

    assert ended == 1
    assert "FAIL  API with an invented invitation, as far as the table: 500 SYS_001" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ["--stage", "dev", "--without-credentials"],
            "Without credentials nobody knows where the API of dev is: give --api-url.",
        ),
        (["--stage", "production"], "'production' is no stage: use one of local, dev, sit, prod."),
        (["--state", "/nowhere"], "Nothing is deployed: run make up first."),
    ],
)
def test_what_cannot_be_looked_at_ends_with_the_mend(
    arguments: list[str], said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, *arguments) == 1
    assert capsys.readouterr().err == f"{said}\n"
