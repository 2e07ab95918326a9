"""The WordPress image that tasks run: built out of ``wordpress/`` when it is published, or one that is there, by its digest."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from aws_cdk import aws_ecr_assets as assets

from stacks.portal_stack import PortalStack

FOLDER = Path(__file__).resolve().parents[1] / "wordpress"
OF_ECR = re.compile(
    r"(?P<account>\d{12})\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.amazonaws\.com/(?P<repository>[a-z0-9/_.-]+)@sha256:[0-9a-f]{64}"
)


@dataclass(frozen=True, kw_only=True)
class Image:
    """An image by its address, and the ARN of the ECR repository that it is in."""

    uri: str
    repository_arn: str


def image_of(stack: PortalStack, given: str | None) -> Image:
    """The image of a stack's tasks. Nothing is built when templates are made.

    Raises ValueError for an image that is not given by its digest, because a tag may be another image tomorrow.
    """
    if given is None:
        built = assets.DockerImageAsset(
            stack, "Image", directory=str(FOLDER), exclude=["**/__pycache__"], platform=assets.Platform.LINUX_ARM64
        )
        return Image(uri=built.image_uri, repository_arn=built.repository.repository_arn)
    found = OF_ECR.fullmatch(given)
    if not found:
        raise ValueError(
            f"{given!r} is no image in ECR by its digest: write ACCOUNT.dkr.ecr.REGION.amazonaws.com/REPOSITORY@sha256:DIGEST."
        )
    arn = f"arn:{stack.partition}:ecr:{found['region']}:{found['account']}:repository/{found['repository']}"
    return Image(uri=given, repository_arn=arn)
