"""A database as RDS manages it: a secret without a host, and an administrator who may do no more than RDS grants."""

from __future__ import annotations

import json

import pytest

from local.bed.layout import bed_of
from local.clients import client
from local.settings import Local
from tests.wordpress.promotions import Promotion, remains, whole
from tests.wordpress.support import SiteBed, TestSite
from wordpress.maintenance.database import Database, DatabaseFault
from wordpress.maintenance.secrets import Server

SECRET = "managed-by-rds"
PASSWORD = "of-the-master-user"
GRANTED = (
    "SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, RELOAD, PROCESS, REFERENCES, INDEX, ALTER, SHOW DATABASES, "
    "CREATE TEMPORARY TABLES, LOCK TABLES, EXECUTE, REPLICATION CLIENT, CREATE VIEW, SHOW VIEW, CREATE ROUTINE, ALTER ROUTINE, "
    "CREATE USER, EVENT, TRIGGER, REPLICATION SLAVE"
)
"""What RDS for MariaDB grants its master user, with the right to pass it on; it is neither SUPER nor SET USER.

https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.MasterAccounts.html
"""
PROGRAMS = """
    CREATE TABLE wp_orders (id INT PRIMARY KEY, note TEXT);
    INSERT INTO wp_orders VALUES (1, 'the first');
    CREATE DEFINER='{user}'@'%' TRIGGER wp_note BEFORE INSERT ON wp_orders FOR EACH ROW SET NEW.note = 'noted';
    CREATE DEFINER='{user}'@'%' VIEW wp_seen AS SELECT note FROM wp_orders;
    CREATE DEFINER='{user}'@'%' FUNCTION wp_count() RETURNS INT READS SQL DATA RETURN (SELECT COUNT(*) FROM wp_orders);
"""


class ManagedBed(SiteBed):
    """The bed, on which the maintenance command administers the database as RDS lets it."""

    @property
    def environment(self) -> dict[str, str]:
        port = str(self.access.database_port)
        return {**super().environment, "DATABASE_SECRET_ID": SECRET, "DATABASE_HOST": "127.0.0.1", "DATABASE_PORT": port}


@pytest.fixture(scope="module")
def managed(bed: SiteBed) -> ManagedBed:
    _create_secret(bed.local, {"username": "master", "password": PASSWORD})
    bed.sql(f"CREATE USER 'master'@'%' IDENTIFIED BY '{PASSWORD}'; GRANT {GRANTED} ON *.* TO 'master'@'%' WITH GRANT OPTION")
    return ManagedBed(bed.local, bed.key_id, bed.runner)


@pytest.fixture(scope="module")
def source(managed: ManagedBed) -> TestSite:
    """A site with a trigger, a view and a function, as plugins make them."""
    site = managed.installed()
    site.sql(PROGRAMS.format(user=site.site_id))
    return site


def _create_secret(local: Local, secret: dict[str, str]) -> None:
    client(local, "secretsmanager").create_secret(Name=SECRET, SecretString=json.dumps(secret))


def done(site: TestSite, command: str, *options: str) -> None:
    outcome = site.run(command, *options)
    assert outcome.code == 0, outcome.log


def programs(site: TestSite) -> list[str]:
    """What the site's programs do, run as whom they are to be run."""
    site.sql("INSERT INTO wp_orders VALUES (2, 'x')")
    seen = site.sql("SELECT note FROM wp_seen ORDER BY note; SELECT wp_count()")
    site.sql("DELETE FROM wp_orders WHERE id = 2")
    return seen


WORKING = ["noted", "the first", "2"]


def test_a_site_finds_the_database_at_the_host_that_the_environment_names(managed: ManagedBed, source: TestSite) -> None:
    assert source.config["DB_HOST"] == f"127.0.0.1:{managed.access.database_port}"
    assert source.get().status == 200


def test_a_site_is_put_back_with_all_its_programs(source: TestSite) -> None:
    done(source, "backup", "--backup-id", "first")
    source.sql("DROP TRIGGER wp_note; DROP VIEW wp_seen; DROP FUNCTION wp_count; UPDATE wp_orders SET note = 'spoilt'")

    done(source, "restore", "--backup-id", "first")

    assert programs(source) == WORKING


def test_a_site_of_which_the_database_knows_nothing_any_more_is_put_back(managed: ManagedBed, source: TestSite) -> None:
    database = source.config["DB_NAME"]
    managed.sql(f"DROP DATABASE `{database}`; DROP USER '{source.site_id}'@'%'")

    done(source, "restore", "--backup-id", "first")

    assert (source.get().status, programs(source)) == (200, WORKING)


def test_a_copy_has_programs_of_its_own(managed: ManagedBed, source: TestSite) -> None:
    copy = managed.new()
    outcome = managed.run("clone", *copy.place, "--source-id", source.site_id)

    assert outcome.code == 0, outcome.log
    assert programs(copy) == WORKING
    assert source.site_id not in copy.dump()
    done(copy, "remove")
    assert (copy.databases(), copy.users()) == ([], [])


def test_a_promotion_keeps_a_table_with_its_trigger_and_can_be_put_back(managed: ManagedBed, source: TestSite) -> None:
    target = managed.new(environment="SIT")
    rules = ("--users", "KEEP", "--comments", "KEEP", "--uploads", "MERGE", "--keep-tables", "wp_orders")
    Promotion(source, target, "first", rules).run("stage", "switch", "accept")
    target.sql("UPDATE wp_orders SET note = 'an order of the target'")

    Promotion(source, target, "second", rules).run("stage", "switch", "put-back", "stage", "switch", "accept")

    assert programs(target) == ["an order of the target", "noted", "2"]
    assert remains(target) == whole(target)


def test_a_site_is_renewed(managed: ManagedBed, source: TestSite) -> None:
    before = source.config["DB_PASSWORD"]

    done(source, "renew")

    assert source.config["DB_PASSWORD"] != before
    assert (source.get().status, programs(source)) == (200, WORKING)


def test_without_a_host_anywhere_the_command_says_what_is_missing(managed: ManagedBed, source: TestSite) -> None:
    outcome = managed.run("backup", "--site-id", source.site_id, "--backup-id", "x", environ={"DATABASE_HOST": ""})

    assert outcome.code == 70
    assert "KeyError: 'DATABASE_HOST'" in outcome.log


def test_a_refused_statement_is_told_without_what_it_says(bed: SiteBed) -> None:
    socket = str(bed_of(bed.local).database_socket)
    server = Server(host="", port=0, username="root", password=bed.access.database_password, socket=socket)

    with pytest.raises(DatabaseFault, match=r"^ERROR 1146") as fault:
        Database(server, bed.environment).run("SELECT 'a-password' FROM mysql.nothing WHERE 'a' = '\n--------------\n';")

    assert "a-password" not in str(fault.value)
