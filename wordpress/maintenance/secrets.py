"""The secrets that AWS keeps: the way into the database server, and each site's agent secret."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import botocore.session
from botocore.config import Config
from botocore.exceptions import ConnectionError as NoConnection
from botocore.exceptions import HTTPClientError

from wordpress.maintenance.outcomes import Temporary
from wordpress.maintenance.settings import Settings

TIMEOUTS = Config(connect_timeout=3, read_timeout=10, retries={"mode": "standard", "max_attempts": 3}, proxies={})


@dataclass(frozen=True, kw_only=True)
class Server:
    """A database server and who administers it. ``socket`` is a path, for a server on the same machine."""

    host: str
    port: int
    username: str
    password: str = field(repr=False)
    socket: str | None = None


def database_server(settings: Settings) -> Server:
    """The database server; raises Temporary when AWS cannot be reached, and KeyError when nobody says where the server is.

    A secret that RDS manages holds a user's name and password and no more, so that the settings may name the host.
    """
    answer = _ask(lambda: _client("secretsmanager").get_secret_value(SecretId=settings.database_secret_id))
    secret: dict[str, Any] = json.loads(answer["SecretString"])
    host = secret.get("host") or settings.database_host
    if not host:
        raise KeyError("DATABASE_HOST")
    return Server(
        host=host,
        port=int(secret.get("port") or settings.database_port),
        username=secret["username"],
        password=secret["password"],
        socket=secret.get("socket"),
    )


def agent_secret(settings: Settings, site_id: str) -> str:
    """What a site's agent checks the portal's calls with: derived from a key that never leaves AWS.

    Raises Temporary when AWS cannot be reached.
    """
    message = f"site-agent:{site_id}".encode()
    answer = _ask(
        lambda: _client("kms").generate_mac(KeyId=settings.agent_key_id, MacAlgorithm="HMAC_SHA_256", Message=message)
    )
    return base64.urlsafe_b64encode(answer["Mac"]).rstrip(b"=").decode()


@cache
def _session() -> botocore.session.Session:
    return botocore.session.get_session()


def _client(service: str) -> Any:
    return _session().create_client(service, config=TIMEOUTS)


def _ask(call: Callable[[], Any]) -> Any:
    try:
        return call()
    except (NoConnection, HTTPClientError) as fault:
        raise Temporary("The platform's secrets cannot be reached at the moment.") from fault
