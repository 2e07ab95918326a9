"""A WordPress bed of the tests' own, with as much of AWS beside it as the maintenance command needs."""

from __future__ import annotations

import hashlib
import json
import shutil
import socket
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import urllib3

from local import cloud, wordpress
from local.bed.layout import INSTALLED, Access, bed_of, known_access
from local.clients import client
from local.settings import ROOT, Local
from tests.wordpress.runner import KILLED, Runner
from wordpress.maintenance.config import read_config
from wordpress.maintenance.site import Site


@dataclass(frozen=True)
class Outcome:
    """What a run of the maintenance command came to."""

    code: int
    out: str
    log: str

    @property
    def result(self) -> dict[str, Any]:
        """The last line of standard output."""
        result: dict[str, Any] = json.loads(self.out.splitlines()[-1])
        return result

    @property
    def changed(self) -> bool:
        return bool(self.result["changed"])

    @property
    def steps(self) -> list[str]:
        return [json.loads(line)["step"] for line in self.log.splitlines() if line.startswith('{"step"')]


@dataclass
class SiteBed:
    """The bed, and who works on it."""

    local: Local
    key_id: str
    runner: Runner
    pool: urllib3.PoolManager = field(default_factory=lambda: urllib3.PoolManager(retries=False, timeout=60))

    @property
    def access(self) -> Access:
        access = known_access(bed_of(self.local))
        assert access
        return access

    @property
    def environment(self) -> dict[str, str]:
        core = {"WORDPRESS_CORE": str(self.local.state / "core")}
        return {**wordpress.maintenance_environment(self.local), "AGENT_KEY_ID": self.key_id, **core}

    def run(self, command: str, *arguments: str, environ: Mapping[str, str] | None = None) -> Outcome:
        """Run the maintenance command to its end."""
        return Outcome(*self.runner.run((command, *arguments), {**self.environment, **(environ or {})}))

    def run_killed(self, steps: str | Sequence[str], command: str, *arguments: str) -> None:
        """Run the maintenance command and kill it as soon as it has done a step; with several, once after each in turn."""
        for step in [steps] if isinstance(steps, str) else steps:
            code, _, log = self.runner.run((command, *arguments), self.environment, kill_after=step)
            assert code == KILLED, f"{step} was never done: {log}"

    def start(self, command: str, *arguments: str) -> subprocess.Popen[bytes]:
        """Start the maintenance command and let it run."""
        return subprocess.Popen(
            [str(wordpress.PYTHON), "-m", "wordpress.maintenance", command, *arguments],
            env=self.environment, cwd=self.local.state, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def get(
        self, host: str, path: str = "/", *, method: str = "GET", headers: Mapping[str, str] | None = None
    ) -> urllib3.BaseHTTPResponse:
        """Ask for a page as a browser would, but follow no redirection."""
        port = self.access.web_port
        sent = {"Host": f"{host}:{port}", **(headers or {})}
        return self.pool.request(method, f"http://127.0.0.1:{port}{path}", headers=sent, redirect=False)

    def sql(self, statement: str, database: str = "mysql") -> list[str]:
        """Ask the database server as its administrator; the rows, their columns separated by tabs."""
        return self._client("mariadb", "--batch", "--skip-column-names", database, given=statement).splitlines()

    def dump(self, database: str) -> str:
        """A database as SQL, a line for each row."""
        return self._client("mariadb-dump", "--skip-dump-date", "--hex-blob", "--skip-comments", database)

    def _client(self, program: str, *arguments: str, given: str = "") -> str:
        command = [
            f"{ROOT}/.wordpress/bin/{program}", "--no-defaults", f"--socket={bed_of(self.local).database_socket}",
            "--user=root", f"--password={self.access.database_password}", "--default-character-set=utf8mb4", *arguments,
        ]  # fmt: skip
        return subprocess.run(command, input=given, capture_output=True, text=True, check=True).stdout

    def new(self, *, plugins: str = "", environment: str = "DEV") -> TestSite:
        """A site that is not installed yet."""
        return TestSite(self, f"site-{uuid4()}", f"shop-{uuid4().hex[:8]}.localhost", plugins, environment)

    def installed(self, *, environment: str = "DEV") -> TestSite:
        """A site that is."""
        site = self.new(environment=environment)
        outcome = site.install()
        assert outcome.code == 0, outcome.log
        return site


@dataclass(frozen=True)
class TestSite:
    """One site on the bed."""

    __test__ = False

    bed: SiteBed
    site_id: str
    host: str
    plugins: str
    environment: str
    title: str = 'Anna\'s "Shop" & <Söhne>'

    @property
    def order(self) -> tuple[str, ...]:
        """The arguments that install it."""
        return (
            *self.place, "--title", self.title, "--admin-email", "anna@shop.test", "--plugins", self.plugins,
        )  # fmt: skip

    @property
    def place(self) -> tuple[str, ...]:
        """The arguments that say which site it is, where it answers, and what for."""
        return "--site-id", self.site_id, "--host", self.host, "--url", self.url, "--environment", self.environment

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.bed.access.web_port}"

    @property
    def places(self) -> Site:
        return Site(self.site_id, bed_of(self.bed.local).sites)

    @property
    def backups(self) -> Path:
        return bed_of(self.bed.local).backups / self.site_id

    @property
    def content(self) -> Path:
        return self.places.public / "wp-content"

    @property
    def config(self) -> dict[str, str]:
        return read_config(self.places.config)

    def install(self) -> Outcome:
        return self.bed.run("install", *self.order)

    def run(self, command: str, *options: str) -> Outcome:
        return self.bed.run(command, "--site-id", self.site_id, *options)

    def get(self, path: str = "/", **options: Any) -> urllib3.BaseHTTPResponse:
        return self.bed.get(self.host, path, **options)

    def sql(self, statement: str) -> list[str]:
        return self.bed.sql(statement, self.config["DB_NAME"])

    def option(self, name: str) -> str:
        (value,) = self.sql(f"SELECT option_value FROM wp_options WHERE option_name = '{name}'")
        return value

    def databases(self) -> list[str]:
        """The site's databases on the server."""
        return self.bed.sql(f"SELECT schema_name FROM information_schema.schemata WHERE schema_name LIKE '{self.site_id}%'")

    def users(self) -> list[str]:
        """The site's users on the server."""
        return self.bed.sql(f"SELECT user FROM mysql.user WHERE user = '{self.site_id}'")

    def digests(self) -> dict[str, str]:
        """Every file of the site, and what it hashes to."""
        files = sorted(path for path in self.places.folder.rglob("*") if path.is_file())
        return {str(path.relative_to(self.places.folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}

    def dump(self) -> str:
        """The site's database as SQL."""
        return self.bed.dump(self.config["DB_NAME"])

    def look(self) -> dict[str, Any]:
        """All that makes up a whole site, without what no two sites have in common."""
        return {
            "files": sorted(str(path.relative_to(self.places.folder)) for path in self.places.folder.rglob("*")),
            "constants": sorted(self.config),
            "tables": self.sql("SHOW TABLES"),
            "posts": self.sql("SELECT post_type, post_name, post_status FROM wp_posts WHERE post_type IN ('post', 'page')"),
            "users": self.sql("SELECT ID, user_login, user_email FROM wp_users"),
            "options": {
                name: self.option(name) for name in ("blogname", "permalink_structure", "blog_public", "active_plugins")
            },
            "database users": len(self.users()),
            "databases": len(self.databases()),
            "links": len(self.places.links),
            "page": self.get().status,
        }


@contextmanager
def running_bed(state: Path) -> Iterator[SiteBed]:
    """A bed, and a local cloud for its secrets and the agents' key."""
    local = Local(state=state, port=free_port())
    try:
        wordpress.start(local)
        cloud.start(local)
        wordpress.publish_database_secret(local)
        shutil.copytree(INSTALLED / "core", state / "core", ignore=_heavy)
        key = client(local, "kms").create_key(KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")
        with closing(Runner()) as runner:
            yield SiteBed(local, key["KeyMetadata"]["Arn"], runner)
    finally:
        cloud.stop(local)
        wordpress.stop(local)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _heavy(folder: str, names: list[str]) -> set[str]:
    """What only browsers load, which is half of WordPress: without it, tests copy and pack half as much."""
    return {name for name in names if "/wp-includes/js" in folder and "." in name and not name.endswith(".php")}
