"""Where the WordPress bed of one local cloud keeps its things, and where it listens."""

from __future__ import annotations

import json
import secrets
import socket
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from local.settings import DEFAULT_PORT, ROOT, Local, LocalError

INSTALLED = ROOT / ".wordpress"
DEFAULT_WORDPRESS_PORT = 8480
SOCKET_PATH_BYTES = 107
DATABASE_SECRET_ID = "bbws-portal-local-wordpress-database"  # noqa: S105 - its name
"""One cloud, one bed: the name needs nothing of the state folder in it."""


@dataclass(frozen=True)
class Access:
    """What a bed was made with and keeps as long as it is there: its ports, and the way into its database."""

    web_port: int
    database_port: int
    database_password: str
    directory_port: int = 0
    """0 in what a bed without a directory kept."""


@dataclass(frozen=True)
class Bed:
    """The folders and files of a bed."""

    folder: Path

    @property
    def sites(self) -> Path:
        """The shared folder of all sites."""
        return self.folder / "shared"

    @property
    def backups(self) -> Path:
        """The backups of all sites."""
        return self.folder / "backups"

    @property
    def database(self) -> Path:
        """MariaDB's data."""
        return self.folder / "database"

    @property
    def directory(self) -> Path:
        """The packages of the plugin directory."""
        return self.folder / "directory"

    @property
    def run(self) -> Path:
        """Sockets, process ids and logs."""
        return self.folder / "run"

    @property
    def config(self) -> Path:
        """The configuration files, filled in."""
        return self.folder / "config"

    @property
    def database_socket(self) -> Path:
        """Where MariaDB listens."""
        return self.run / "database.sock"

    @property
    def maintenance(self) -> Path:
        """The program that runs the maintenance command on this bed."""
        return self.folder / "maintenance"

    @property
    def access_file(self) -> Path:
        """Where the bed's Access is kept."""
        return self.folder / "access.json"


def bed_of(local: Local) -> Bed:
    """The bed of a local cloud."""
    return Bed(local.bed)


def known_access(bed: Bed) -> Access | None:
    """The Access of a bed, None while there is no bed."""
    try:
        access = Access(**json.loads(bed.access_file.read_text()))
    except FileNotFoundError:
        return None
    return access if access.directory_port else _kept(bed, replace(access, directory_port=_free_port()))


def new_access(local: Local) -> Access:
    """The Access of a new bed; raises LocalError when the port that people know it by is taken."""
    web_port = _free_port()
    if local.port == DEFAULT_PORT:
        web_port = DEFAULT_WORDPRESS_PORT
        if not _is_free(web_port):
            raise LocalError(f"Port {web_port} is taken by something else: stop it, or choose others with make up PORT=4600.")
    access = Access(web_port, _free_port(), secrets.token_urlsafe(24), _free_port())
    bed = bed_of(local)
    if len(str(bed.database_socket)) > SOCKET_PATH_BYTES:
        raise LocalError(f"The path {bed.run} is too long for sockets: move the project to a folder with a shorter one.")
    for folder in (bed.folder, bed.sites, bed.backups, bed.run):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return _kept(bed, access)


def _kept(bed: Bed, access: Access) -> Access:
    bed.access_file.touch(0o600)
    bed.access_file.write_text(json.dumps(asdict(access)))
    return access


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
