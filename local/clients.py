"""boto3 clients of a local cloud."""

from __future__ import annotations

from typing import Any

import boto3
from botocore.config import Config

from local.settings import REGION, Local


def client(local: Local, service: str) -> Any:
    """A client with placeholder credentials, whatever the environment holds."""
    make: Any = boto3.client  # its stubs want each service named literally
    return make(
        service,
        endpoint_url=local.endpoint,
        region_name=REGION,
        aws_access_key_id="test",
        aws_secret_access_key="test",  # noqa: S106 - the local cloud takes any
        config=Config(retries={"mode": "standard"}, proxies={}),
    )
