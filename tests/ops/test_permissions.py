"""Statements are read off a template wherever they stand, and named as people name things."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from ops.permissions.assembly import Acknowledged, Assembly, Placed, Resource
from ops.permissions.document import Page, reason_for, table
from ops.permissions.names import Names, UnreadableValue, flattened, readable
from ops.permissions.statements import Kind, Reader, Statement, UnreadablePolicy
from stacks.config import STAGES
from stacks.reasons import ANY_RESOURCE

TABLE = {"Fn::ImportValue": "data:Table"}
CLUSTER = {"Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, ":ecs:eu-west-1:", {"Ref": "AWS::AccountId"}, ":cluster/x"]]}


def resource(id_: str, type_: str, *, stack: str = "data", **properties: Any) -> Resource:
    return Resource(stack=stack, id=id_, path=f"{id_}/Resource", type=type_, properties=properties)


def policy(**statement: Any) -> dict[str, Any]:
    return {"PolicyDocument": {"Statement": [{"Effect": "Allow", "Resource": TABLE, **statement}]}}


def role(*policies: dict[str, Any], id_: str = "Role", **properties: Any) -> Resource:
    trust = {"Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}]}
    return resource(id_, "AWS::IAM::Role", stack="api", AssumeRolePolicyDocument=trust, Policies=list(policies), **properties)


def function(name: str, *, role_id: str = "Role") -> Resource:
    return resource(
        name,
        "AWS::Lambda::Function",
        stack="api",
        FunctionName=f"bbws-portal-prod-api-{name}",
        Role={"Fn::GetAtt": [role_id, "Arn"]},
        LoggingConfig={"LogGroup": f"/aws/lambda/bbws-portal-prod-api-{name}"},
    )


def stage(*resources: Resource, name: str = "prod", acknowledged: tuple[Acknowledged, ...] = ()) -> Assembly:
    """A stage with a table in the data stack, which exports its ARN."""
    return Assembly(
        stage=STAGES[name],
        resources=(resource("Table", "AWS::DynamoDB::Table", TableName=f"bbws-portal-{name}"), *resources),
        exports={"data:Table": Placed(stack="data", value={"Fn::GetAtt": ["Table", "Arn"]})},
        parameters={("api", "Cluster"): "/bbws/cluster"},
        acknowledged=acknowledged,
    )


def read(*resources: Resource) -> list[Statement]:
    return list(Reader(stage(*resources)).statements())


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ("*", "`*`"),
        (TABLE, "table `bbws-portal-prod`"),
        ({"Fn::Join": ["", [TABLE, "/index/GSI1"]]}, "index `GSI1` of table `bbws-portal-prod`"),
        ({"Fn::Join": ["", [TABLE, "/stream/*"]]}, "table `bbws-portal-prod/stream/*`"),
        ({"Ref": "Key"}, "key `Key`"),
        ({"Ref": "Cluster"}, "parameter `/bbws/cluster`"),
        (CLUSTER, "cluster `x`"),
        ({"Fn::Sub": "arn:${AWS::Partition}:sqs:eu-west-1:${AWS::AccountId}:letters"}, "queue `letters`"),
        ({"Fn::Sub": "${Key.Arn}"}, "key `Key`"),
        ({"Fn::GetAtt": ["Database", "MasterUserSecret.SecretArn"]}, "master secret of database `Database`"),
        ({"Ref": "Alias"}, "alias `live` of function `bbws-portal-prod-api-GetSite`"),
        ({"Fn::Join": ["", ["arn:aws:iam::", {"Ref": "AWS::AccountId"}, ":root"]]}, "this account"),
    ],
)
def test_a_value_is_named_as_people_name_it(value: object, name: str) -> None:
    there = stage(
        resource("Key", "AWS::KMS::Key", stack="api"),
        resource("Database", "AWS::RDS::DBInstance", stack="api"),
        resource("Alias", "AWS::Lambda::Alias", stack="api", Name="live", FunctionName={"Ref": "GetSite"}),
        function("GetSite"),
    )

    assert Names(assembly=there).of(value, stack="api") == name


def test_what_has_no_name_of_its_own_goes_by_its_path_and_by_its_stack_where_that_is_not_enough() -> None:
    here, there, alone = (
        resource("Key", "AWS::KMS::Key"),
        resource("Key", "AWS::KMS::Key", stack="api"),
        resource("A", "AWS::KMS::Key"),
    )
    names = Names(assembly=stage(here, there, alone))

    assert [names.of_resource(each) for each in (here, there, alone)] == ["key `data/Key`", "key `api/Key`", "key `A`"]


@pytest.mark.parametrize(
    ("arn", "name"),
    [
        ("arn:aws:sns:eu-west-1:111111111111:alarms", "topic `alarms`"),
        ("arn:aws:kms:eu-central-1:111111111111:key/k", "key `k` in eu-central-1"),
        ("arn:aws:iam::222222222222:role/deploy", "role `deploy` of account `222222222222`"),
        ("arn:aws:iam::222222222222:root", "account `222222222222`"),
        ("arn:aws:iam::aws:policy/ReadOnlyAccess", "policy `ReadOnlyAccess`"),
        ("arn:aws:dynamodb:eu-west-1:111111111111:table/t/index/*", "index `*` of table `t`"),
    ],
)
def test_of_an_arn_only_what_does_not_go_without_saying_is_said(arn: str, name: str) -> None:
    assert readable(arn, region="eu-west-1", account="111111111111") == name


@pytest.mark.parametrize("value", [{"Ref": "Nothing"}, {"Fn::ImportValue": "nobody:exports"}, {"Fn::Select": [0, ["a"]]}])
def test_a_value_that_has_no_name_is_refused_rather_than_shown_as_it_is(value: object) -> None:
    with pytest.raises(UnreadableValue):
        Names(assembly=stage()).of(value, stack="api")


def test_a_wildcard_is_written_as_cdk_nag_writes_it() -> None:
    tasks = {"Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, ":ecs:", {"Fn::GetAtt": ["Cluster", "Arn"]}, "/*"]]}

    assert flattened(tasks) == "arn:<AWS::Partition>:ecs:<Cluster.Arn>/*"
    assert flattened({"Fn::Join": ["", [TABLE, "/*"]]}) == "data:Table/*"
    assert flattened({"Fn::Sub": "${Queue.Arn}/*"}) == "<Queue.Arn>/*"


def test_a_role_goes_by_the_function_that_runs_with_it() -> None:
    found = read(role(policy(Sid="Table", Action=["dynamodb:GetItem"])), function("GetSite"))

    assert [(each.kind, each.who) for each in found] == [
        (Kind.TRUST, ("function `bbws-portal-prod-api-GetSite`",)),
        (Kind.IDENTITY, ("function `bbws-portal-prod-api-GetSite`",)),
    ]


def test_a_task_starts_with_one_role_and_runs_with_another() -> None:
    definition = resource(
        "Tasks",
        "AWS::ECS::TaskDefinition",
        stack="api",
        Family="bbws-portal-prod-maintenance",
        TaskRoleArn={"Fn::GetAtt": ["Running", "Arn"]},
        ExecutionRoleArn={"Fn::GetAtt": ["Starting", "Arn"]},
    )

    running, starting = read(role(id_="Running"), role(id_="Starting"), definition)

    assert running.who == ("task `bbws-portal-prod-maintenance`",)
    assert starting.who == ("start of task `bbws-portal-prod-maintenance`",)


def test_a_policy_apart_from_its_role_is_that_role_s() -> None:
    apart = resource("More", "AWS::IAM::Policy", stack="api", Roles=[{"Ref": "Role"}], **policy(Sid="Table", Action="a:B"))

    assert read(role(), function("GetSite"), apart)[-1].who == ("function `bbws-portal-prod-api-GetSite`",)


def test_a_resource_s_own_policy_is_found_under_whatever_property_it_stands() -> None:
    body = {"Statement": {"Effect": "Deny", "Principal": "*", "Action": "backup:DeleteRecoveryPoint", "Resource": "*"}}
    vault = resource("Vault", "AWS::Backup::BackupVault", BackupVaultName="vault", AccessPolicy=body)

    (statement,) = read(vault)

    assert (statement.kind, statement.who, statement.effect) == (Kind.RESOURCE, ("backup vault `vault`",), "Deny")
    assert (statement.principals, statement.wildcards) == (("`*`",), ("*",))


def test_a_lambda_permission_is_a_statement_too() -> None:
    rule = "arn:aws:events:eu-west-1:111111111111:rule/minute"
    permission = resource(
        "Permission",
        "AWS::Lambda::Permission",
        stack="api",
        FunctionName={"Ref": "GetSite"},
        Action="lambda:InvokeFunction",
        Principal="events.amazonaws.com",
        SourceArn=rule,
    )

    statement = read(function("GetSite"), permission)[-1]

    assert statement.who == ("function `bbws-portal-prod-api-GetSite`",)
    assert [condition.key for condition in statement.conditions] == ["aws:SourceArn"]


@pytest.mark.parametrize("type_", ["AWS::EC2::VPCEndpoint", "AWS::EFS::FileSystem"])
def test_what_is_open_as_long_as_nothing_is_said_is_listed_as_open(type_: str) -> None:
    (statement,) = read(resource("Door", type_))

    assert (statement.allows_everybody, statement.allows_unnamed_actions, statement.wildcards) == (True, True, ("*",))


@pytest.mark.parametrize("element", ["NotAction", "NotResource", "NotPrincipal"])
def test_a_statement_that_allows_whatever_it_does_not_name_is_refused(element: str) -> None:
    with pytest.raises(UnreadablePolicy, match=element):
        read(role(policy(Sid="Table", Action="dynamodb:GetItem", **{element: "s3:*"})))


def test_a_policy_that_is_written_as_text_is_refused_because_it_would_not_be_listed() -> None:
    with pytest.raises(UnreadablePolicy, match="as text"):
        read(resource("Logs", "AWS::Logs::ResourcePolicy", PolicyDocument='{"Statement": []}'))


def test_the_reason_for_a_wildcard_is_that_of_the_construct_and_of_no_other() -> None:
    reason = Acknowledged(stack="api", path="Role", rule="AwsSolutions-IAM5[Resource::tasks/*]", reason="Ids are made later.")
    assembly = stage(role(policy(Sid="FollowTasks", Action="ecs:StopTask", Resource="tasks/*")), acknowledged=(reason,))

    *_, statement = Reader(assembly).statements()
    elsewhere = dataclasses.replace(assembly, acknowledged=(dataclasses.replace(reason, path="Rol"),))

    assert reason_for(assembly, statement, "tasks/*") == "Ids are made later."
    assert reason_for(assembly, statement, "tasks/a*") is None
    assert reason_for(elsewhere, statement, "tasks/*") is None


def test_what_is_accepted_of_one_statement_of_a_role_about_everything_is_not_accepted_of_another() -> None:
    reason = Acknowledged(stack="api", path="Role", rule="AwsSolutions-IAM5[Resource::*]", reason="X-Ray takes no resource.")
    policies = [policy(Sid=sid, Action="a:B", Resource="*") for sid in ("Traces", "Mail")]
    assembly = stage(role(*policies), acknowledged=(reason,))

    reasons = {each.sid: reason_for(assembly, each, "*") for each in Reader(assembly).statements() if each.sid}

    assert reasons == {"Traces": ANY_RESOURCE["Traces"], "Mail": None}


def test_what_several_functions_have_is_shown_once_and_what_one_has_beside_its_name() -> None:
    log = {"Fn::Join": ["", ["arn:aws:logs:eu-west-1:", {"Ref": "AWS::AccountId"}, ":log-group:/aws/lambda/x"]]}
    own = policy(Sid="OwnLog", Action="logs:PutLogEvents", Resource=log)
    roles = [role(own, policy(Sid="Table", Action=f"dynamodb:{verb}"), id_=f"{verb}Role") for verb in ("A", "B", "C")]

    text = Page(stage(*roles, *(function(verb, role_id=f"{verb}Role") for verb in ("A", "B", "C")))).text([])

    assert text.count("| OwnLog | Allow | all 3 functions |") == 1
    assert text.count("| function `api-A` | Table | Allow | `dynamodb:A` |") == 1
    assert text.count("OwnLog | Allow") == 1


def test_another_stage_is_shown_by_what_it_lacks_and_what_it_has_otherwise() -> None:
    more = policy(Sid="Mail", Action="ses:SendEmail", Resource="*")
    prod = stage(role(policy(Sid="Table", Action="dynamodb:GetItem"), more))
    dev = stage(role(policy(Sid="Table", Action=["dynamodb:Query", "*"])), name="dev")

    text = Page(prod).text([dev])

    differences = text[text.index("## Where dev differs") :]
    assert "| Mail | role `Role` | is not there |" in differences
    assert "| Table | role `Role` | Allow; `*`, `dynamodb:Query`; table `bbws-portal-prod` |" in differences


def test_a_stack_that_another_stage_lacks_is_named_once() -> None:
    text = Page(stage(role(policy(Sid="Table", Action="dynamodb:GetItem")))).text([stage(name="dev")])

    assert text.endswith("## Where dev differs\n\nStacks that are not there, with all that they allow: api.\n\nNone.\n")


def test_a_stage_that_differs_in_its_name_only_does_not_differ() -> None:
    prod, dev = (stage(role(policy(Sid="Table", Action="dynamodb:GetItem")), name=name) for name in ("prod", "dev"))

    assert Page(prod).text([dev]).endswith("## Where dev differs\n\nNone.\n")


def test_a_column_in_which_nothing_stands_is_left_out() -> None:
    assert table(("A", "B", "C"), [("1", "", "x|y")]) == "| A | C |\n| --- | --- |\n| 1 | x\\|y |\n"
