"""A real site with the agent in it, made by the maintenance command on a WordPress bed of the tests' own."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
import urllib3

from local import wordpress
from local.bed.daemons import php_environment
from local.bed.layout import INSTALLED, bed_of
from local.clients import client
from runtime.wordpress.agent import HttpSiteAgent
from runtime.wordpress.port import SiteAddress
from runtime.wordpress.secrets import AgentSecrets
from runtime.wordpress.signing import signed_headers
from tests.wordpress.support import SiteBed, TestSite

OPTIONS = ("active_plugins", "blogname", "cron", "permalink_structure", "stylesheet", "template")
UNDOING = (
    """CONCAT("UPDATE wp_options SET option_value = X'", HEX(option_value), "' WHERE option_name = '", option_name, "';")"""
)
"""The statement that gives an option the value again that it has now."""
FORGOTTEN = "option_name LIKE '%\\_transient\\_%' OR option_name IN ('bbws_probation', 'bbws_plugins.lock')"
"""The options that WordPress makes anew."""


@dataclass(frozen=True)
class Shop:
    """The site: called over HTTP as the portal does, and arranged from behind."""

    site: TestSite
    secrets: AgentSecrets

    @property
    def address(self) -> SiteAddress:
        return SiteAddress(site_id=self.site.site_id, url=self.site.url)

    @property
    def gateway(self) -> str:
        return wordpress.environment(self.site.bed.local)["WORDPRESS_GATEWAY"]

    @property
    def agent(self) -> HttpSiteAgent:
        """The portal's side of it."""
        return HttpSiteAgent(
            self.gateway, self.secrets, now=lambda: datetime.now(timezone.utc), entropy=os.urandom, pause=time.sleep
        )

    @property
    def secret(self) -> str:
        return self.secrets.secret(self.site.site_id)

    def signed(self, action: str, body: bytes, *, secret: str = "", site_id: str = "", age: float = 0) -> dict[str, str]:
        """The headers that the portal signs a call with, unless told otherwise."""
        return signed_headers(
            secret=secret or self.secret,
            site_id=site_id or self.site.site_id,
            route=f"/bbws-agent/v1/{action}",
            body=body,
            now=datetime.now(timezone.utc) - timedelta(seconds=age),
            nonce=os.urandom(16),
        )

    def post(self, action: str, body: bytes, headers: dict[str, str]) -> urllib3.BaseHTTPResponse:
        sent = {"Host": self.site.url.removeprefix("http://"), "Content-Type": "application/json", **headers}
        return self.site.bed.pool.request(
            "POST", f"{self.gateway}/wp-json/bbws-agent/v1/{action}", body=body, headers=sent, redirect=False
        )

    def ask(self, action: str, fields: Any = None, **signing: Any) -> urllib3.BaseHTTPResponse:
        """A control call with a JSON object, signed as the portal does unless told otherwise."""
        body = json.dumps(fields or {}).encode()
        return self.post(action, body, self.signed(action, body, **signing))

    def front_page(self) -> str:
        return self.site.get().data.decode()

    def set_option(self, name: str, value: str) -> None:
        quoted = value.replace("\\", "\\\\").replace("'", "\\'")
        self.site.sql(f"UPDATE wp_options SET option_value = '{quoted}' WHERE option_name = '{name}'")

    def php(self, code: str) -> Any:
        """What a PHP expression gives inside the site, where the customers' plugins and theme are not loaded."""
        command = [str(INSTALLED / "bin" / "php"), str(INSTALLED / "wp-cli.phar"), f"--path={self.site.places.public}"]
        options = ["--skip-plugins", "--skip-themes", "--allow-root"]
        ran = subprocess.run(
            [*command, "eval", f"echo json_encode({code});", *options],
            env=php_environment(bed_of(self.site.bed.local)), capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert ran.returncode == 0, ran.stderr
        return json.loads(ran.stdout)


@pytest.fixture(scope="session")
def shop(bed: SiteBed) -> Shop:
    """A site that stays as it was installed."""
    return Shop(bed.installed(), AgentSecrets(client(bed.local, "kms"), bed.key_id))


@pytest.fixture
def own_shop(shop: Shop) -> Iterator[Shop]:
    """The site for one test to change: its configuration, plugins, theme and settings are afterwards what they were."""
    config, content = shop.site.places.config, shop.site.content
    kept = {path: path.read_bytes() for path in (config, *content.glob("themes/*/functions.php"))}
    before = set(content.rglob("*"))
    undoing = shop.site.sql(f"SELECT {UNDOING} FROM wp_options WHERE option_name IN {OPTIONS}")
    yield shop
    for path, was in kept.items():
        if path.read_bytes() != was:
            path.write_bytes(was)
    for path in sorted(set(content.rglob("*")) - before, reverse=True):
        with suppress(FileNotFoundError):  # WordPress clears up behind itself, after it has answered
            path.rmdir() if path.is_dir() else path.unlink()
    shop.site.sql(f"{' '.join(undoing)} DELETE FROM wp_options WHERE {FORGOTTEN}")
