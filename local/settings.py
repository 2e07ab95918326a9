"""Where one local cloud keeps its things and listens; ``make up`` and the tests each have one of their own."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ACCOUNT, REGION = "000000000000", "us-east-1"
DEFAULT_PORT = 4566
API_HOST = "127.0.0.1"


class LocalError(Exception):
    """Something a person has to mend; the message is one sentence that says what."""


@dataclass(frozen=True, kw_only=True)
class Local:
    """One local cloud: its folder and its port."""

    state: Path
    port: int

    @property
    def endpoint(self) -> str:
        """Where AWS's APIs answer. It is a name, because the API has the address as its own domain (see deploy.py)."""
        return f"http://localhost:{self.port}"

    @property
    def api_url(self) -> str:
        """The origin where the deployed API answers."""
        return f"http://{API_HOST}:{self.port}"

    @property
    def spool(self) -> Path:
        """The scratch folder of the cloud and its functions."""
        return self.state / "spool"

    @property
    def log(self) -> Path:
        """What the cloud prints, its functions' logs included."""
        return self.state / "cloud.log"

    @property
    def pid(self) -> Path:
        """The process id of the running cloud."""
        return self.state / "cloud.pid"

    @property
    def bed(self) -> Path:
        """The WordPress sites and what serves them."""
        return self.state / "wordpress"

    @property
    def stack_file(self) -> Path:
        """What others need to know of the deployment."""
        return self.state / "stack.json"


def environment(local: Local) -> dict[str, str]:
    """The environment for tools that talk to this cloud: its endpoint, placeholder credentials, and no telemetry."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    inherited.pop("PYTHONDONTWRITEBYTECODE", None)
    return inherited | {
        "AWS_ENDPOINT_URL": local.endpoint,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
        "CDK_DISABLE_CLI_TELEMETRY": "true",
        "CDK_DISABLE_VERSION_CHECK": "1",
        "CDK_VALIDATION": "false",
        "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "20",
        "NO_PROXY": "localhost,127.0.0.1",
        "no_proxy": "localhost,127.0.0.1",
    }
