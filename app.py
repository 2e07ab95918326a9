"""Synthesises the portal: reads the stage from the context, builds its stacks; no AWS call, no credentials, no network."""

import aws_cdk as cdk
from aws_cdk import Validations
from cdk_nag import AwsSolutionsChecks, ServerlessChecks

from constructs.python_bundle import build_bundle
from stacks.config import stage_named
from stacks.portal import Portal

app = cdk.App()
stage = stage_named(app.node.try_get_context("stage") or "local")
Portal(app, stage=stage, bundle=build_bundle(stage.target), image=app.node.try_get_context("image"))
Validations.of(app).add_plugins(AwsSolutionsChecks(app, verbose=True), ServerlessChecks(app, verbose=True))
app.synth()
