"""What the bed consists of while it runs: MariaDB, php-fpm, nginx and the plugin directory, all on loopback."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import sys
import urllib.request
from pathlib import Path

from local.bed.daemon import Daemon
from local.bed.layout import INSTALLED, Access, Bed
from local.directory.pack import pack
from local.directory.packages import headers_in
from local.settings import ROOT
from wordpress.render import render

WORKERS = 4
PAGES = Path(__file__).parents[2] / "wordpress" / "pages"
LOOPBACK = "127.0.0.1"
OWN_PLUGINS = {"akismet": "akismet/akismet.php", "hello-dolly": "hello.php"}
"""The plugins that WordPress brings along, by the slugs that WordPress.org has them under."""
# Started by root, the servers would hand over to other users, who may read nothing here.
AS_ROOT = os.geteuid() == 0


def daemons(bed: Bed, access: Access) -> tuple[Daemon, ...]:
    """The bed's processes, in the order in which they start."""
    programs = INSTALLED / "bin"
    environment = php_environment(bed)
    fpm_config = str(bed.config / "fpm.conf")
    return (
        Daemon(
            name="mariadb",
            command=[str(programs / "mariadbd"), *_database_options(bed, access)],
            run=bed.run,
            answers=lambda: _accepts(str(bed.database_socket)),
            environment=environment,
        ),
        Daemon(
            name="php-fpm",
            command=[str(programs / "php-fpm"), "--fpm-config", fpm_config, *(["--allow-to-run-as-root"] if AS_ROOT else [])],
            run=bed.run,
            answers=lambda: _accepts(str(bed.run / "fpm.sock")),
            environment=environment,
        ),
        Daemon(
            name="nginx",
            command=[str(programs / "nginx"), "-c", str(bed.config / "nginx.conf"), "-e", str(bed.run / "nginx.log")],
            run=bed.run,
            answers=lambda: _serves(access.web_port, "/health"),
            environment=environment,
        ),
        Daemon(
            name="directory",
            command=[
                sys.executable, "-m", "local.directory",
                f"--port={access.directory_port}", f"--packages={bed.directory}",
            ],
            run=bed.run,
            answers=lambda: _serves(access.directory_port, "/"),
            environment={**environment, "PYTHONPATH": str(ROOT)},
        ),
    )  # fmt: skip


def php_environment(bed: Bed) -> dict[str, str]:
    """The environment in which the bed's programs run; PHP reads the bed's settings and no others."""
    kept = {name: os.environ[name] for name in ("LANG", "HOME") if name in os.environ}
    path = os.pathsep.join((str(INSTALLED / "bin"), "/usr/sbin", "/usr/bin", "/sbin", "/bin"))
    return {**kept, "PATH": path, "PHPRC": str(bed.config), "PHP_INI_SCAN_DIR": ""}


def configure(bed: Bed, access: Access) -> None:
    """Write the daemons' files, as the programs and templates are now, and the database when there is none."""
    values = {
        "SITES": str(bed.sites),
        "RUN": str(bed.run),
        "PAGES": str(PAGES),
        "NGINX": str(INSTALLED / "nginx"),
        "EXTENSIONS": str(INSTALLED / "extensions"),
        "LISTEN": f"{LOOPBACK}:{access.web_port}",
        "ACCESS_LOG": str(bed.run / "access.log"),
        "CHILDREN": str(WORKERS),
        "NGINX_USER": "user root;" if AS_ROOT else "",
        "FPM_USER": "user = root\ngroup = root" if AS_ROOT else "",
    }
    render(values, bed.config)
    if not bed.database.is_dir():
        fresh = bed.folder / "database.new"
        shutil.rmtree(fresh, ignore_errors=True)
        shutil.copytree(INSTALLED / "database", fresh)
        fresh.rename(bed.database)
    first = bed.config / "first.sql"
    first.touch(0o600)
    # Before anybody can connect, with every start: the blank database lets root in without a password.
    nobody_else = "DELETE FROM mysql.global_priv WHERE user IN ('root', '') AND host <> 'localhost';"
    first.write_text(
        f"{nobody_else}\nFLUSH PRIVILEGES;\nALTER USER root@localhost IDENTIFIED BY '{access.database_password}';\n"
    )
    _fill_directory(bed)


def _fill_directory(bed: Bed) -> None:
    """Have the directory know the plugins that WordPress brings along, as they are."""
    bed.directory.mkdir(exist_ok=True)
    for slug, main in OWN_PLUGINS.items():
        file = INSTALLED / "core" / "wp-content" / "plugins" / main
        version = headers_in(file.read_text())["version"]
        if not (bed.directory / f"{slug}.{version}.zip").exists():
            pack(file.parent if "/" in main else file, slug, version, bed.directory)


def _database_options(bed: Bed, access: Access) -> list[str]:
    usr, user = INSTALLED / "usr", pwd.getpwuid(os.geteuid()).pw_name
    return [
        "--no-defaults", f"--user={user}", f"--basedir={usr}", f"--lc-messages-dir={usr}/share/mysql",
        f"--plugin-dir={usr}/lib/mysql/plugin", f"--datadir={bed.database}", f"--socket={bed.database_socket}",
        f"--port={access.database_port}", f"--bind-address={LOOPBACK}", f"--pid-file={bed.run}/mariadb.pid",
        f"--init-file={bed.config}/first.sql", "--skip-name-resolve", "--character-set-server=utf8mb4",
        "--collation-server=utf8mb4_unicode_520_ci", "--innodb-log-file-size=16M", "--innodb-buffer-pool-size=64M",
        # What a machine that loses its power would lose too, this bed may lose.
        "--innodb-flush-log-at-trx-commit=0", "--innodb-doublewrite=0", "--innodb-flush-method=nosync", "--sync-frm=0",
        "--sync-binlog=0", "--performance-schema=0",
    ]  # fmt: skip


def _accepts(path: str) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(path)
        except OSError:
            return False
    return True


def _serves(port: int, path: str) -> bool:
    try:
        with urllib.request.urlopen(f"http://{LOOPBACK}:{port}{path}", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
