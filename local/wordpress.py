"""The WordPress bed: real sites beside the local cloud, served by MariaDB, php-fpm and nginx on loopback.

The directory that their plugins come from is a part of it, so that nothing leaves the machine.
Its sites are records of the cloud. When the cloud starts afresh, a bed with the sites of the one before is of no use.
"""

from __future__ import annotations

import json
import shlex
import shutil

from local.bed.daemon import Daemon
from local.bed.daemons import LOOPBACK, configure, daemons, php_environment
from local.bed.layout import DATABASE_SECRET_ID, INSTALLED, Access, bed_of, known_access, new_access
from local.clients import client
from local.settings import REGION, ROOT, Local, LocalError

PYTHON = ROOT / ".ministack" / "bin" / "python"


def start(local: Local) -> bool:
    """Start what does not run of the bed; whether anything had to be started. Raises LocalError when it cannot."""
    if is_ready(local):
        return False
    if not (INSTALLED / "ready").exists():
        raise LocalError("The WordPress bed is not installed: run make setup.")
    bed = bed_of(local)
    access = known_access(bed) or new_access(local)
    configure(bed, access)
    started = daemons(bed, access)
    for daemon in started:
        daemon.launch()
    for daemon in started:
        daemon.wait()
    _write_maintenance(local)
    return True


def stop(local: Local) -> bool:
    """Stop the bed and remove it with its sites; whether anything ran."""
    ran = [daemon.kill() for daemon in processes(local)]
    shutil.rmtree(local.bed, ignore_errors=True)
    return any(ran)


def is_ready(local: Local) -> bool:
    """Whether all of this very bed runs."""
    running = processes(local)
    return bool(running) and all(daemon.is_ready() for daemon in running) and bed_of(local).maintenance.exists()


def processes(local: Local) -> tuple[Daemon, ...]:
    """The daemons of a bed, running or not; none while there is no bed."""
    bed = bed_of(local)
    access = known_access(bed)
    return daemons(bed, access) if access else ()


def environment(local: Local) -> dict[str, str]:
    """What the cloud's functions need to know of the bed, which must have been started."""
    return {
        "SITE_ORIGIN": f"http://*.localhost:{_access(local).web_port}",
        "WORDPRESS_GATEWAY": f"http://{LOOPBACK}:{_access(local).web_port}",
        "MAINTENANCE_PROGRAM": str(bed_of(local).maintenance),
        "WORDPRESS_ORG_API": f"{directory(local)}/api.wordpress.org",
    }


def directory(local: Local) -> str:
    """Where the bed's plugin directory answers for every host of wordpress.org, each in a folder of its name."""
    return f"http://{LOOPBACK}:{_access(local).directory_port}"


def publish_database_secret(local: Local) -> None:
    """Put the way into the database where the maintenance command looks for it; the cloud must run."""
    access = _access(local)
    secret = {
        "host": LOOPBACK,
        "port": access.database_port,
        "username": "root",
        "password": access.database_password,
        "socket": str(bed_of(local).database_socket),
    }
    manager = client(local, "secretsmanager")
    try:
        manager.create_secret(Name=DATABASE_SECRET_ID, SecretString=json.dumps(secret))
    except manager.exceptions.ResourceExistsException:
        manager.put_secret_value(SecretId=DATABASE_SECRET_ID, SecretString=json.dumps(secret))


def _access(local: Local) -> Access:
    access = known_access(bed_of(local))
    if access is None:
        raise LocalError("There is no WordPress bed: run make up.")
    return access


def maintenance_environment(local: Local) -> dict[str, str]:
    """The environment of the maintenance command on this bed, but for the agents' key, whose name only the portal knows."""
    bed = bed_of(local)
    return {
        **php_environment(bed),
        "PYTHONPATH": str(ROOT),
        "SITES_FOLDER": str(bed.sites),
        "BACKUPS_FOLDER": str(bed.backups),
        "WORDPRESS_CORE": str(INSTALLED / "core"),
        "WP_CLI": str(INSTALLED / "wp-cli.phar"),
        "PHP": str(INSTALLED / "bin" / "php"),
        "DATABASE_SECRET_ID": DATABASE_SECRET_ID,
        "WORDPRESS_ORG_MIRROR": directory(local),
        "AWS_ENDPOINT_URL": local.endpoint,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def _write_maintenance(local: Local) -> None:
    """Write the program that functions start: its environment has nothing of the function's but a name."""
    assignments = " ".join(f"{name}={shlex.quote(value)}" for name, value in maintenance_environment(local).items())
    program = f'exec env -i {assignments} AGENT_KEY_ID="$AGENT_KEY_ID" {shlex.quote(str(PYTHON))} -m wordpress.maintenance "$@"'
    file = bed_of(local).maintenance
    file.touch(0o700)
    file.write_text(f"#!/bin/sh\n{program}\n")
