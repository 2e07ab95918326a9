"""The database server, spoken to through MariaDB's own client programs.

The programs read the password from memory shared with them, by a file descriptor: it is in no argument, no environment and no
file that a killed command would leave behind.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import IO

from wordpress.maintenance.outcomes import Full, Temporary
from wordpress.maintenance.processes import piped
from wordpress.maintenance.room import says_that_it_is_full
from wordpress.maintenance.secrets import Server

CHARACTERS = "utf8mb4"
COLLATION = "utf8mb4_unicode_520_ci"
OPTIONS = "wp_options"
SECONDS = 600
"""So long a statement may take: some change every row of a large table."""
ERROR = re.compile(r"ERROR (\d+)|Got error: (\d+)")
STATEMENT = re.compile(r"-{14}\n.*\n-{14}\n", re.DOTALL)
"""How the client shows the statement that was refused, which may be one with a password."""
AWAY = {"1040", "1053", "1205", "1213", "2002", "2003", "2006", "2013"}
"""Too many connections, shutdown, lock timeouts, and the ways of not reaching the server."""
PRIVILEGES = (
    "SELECT", "INSERT", "UPDATE", "DELETE", "CREATE", "DROP", "REFERENCES", "INDEX", "ALTER", "CREATE TEMPORARY TABLES",
    "LOCK TABLES", "EXECUTE", "CREATE VIEW", "SHOW VIEW", "CREATE ROUTINE", "ALTER ROUTINE", "EVENT", "TRIGGER",
)  # fmt: skip
"""What a site may do in its databases: all but DELETE HISTORY, which RDS' master user has not got and so cannot give.

https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.MasterAccounts.html
"""
UNSAFE = re.compile(r"[^0-9A-Za-z_-]")


class DatabaseFault(Exception):
    """The server refused a statement; the message is the server's and names no password."""


class Database:
    """Administers the server."""

    def __init__(self, server: Server, environment: Mapping[str, str]) -> None:
        self._server = server
        self._environment = environment

    def for_user(self, user: str, password: str) -> Database:
        """The same server for somebody else."""
        return Database(replace(self._server, username=user, password=password), self._environment)

    @property
    def address_for_wordpress(self) -> str:
        """The server as WordPress' ``DB_HOST`` wants it."""
        if self._server.socket:
            return f"localhost:{self._server.socket}"
        return f"{self._server.host}:{self._server.port}"

    def run(self, sql: str, *, database: str | None = None) -> str:
        """Run statements, in a database if one is named; what they give, a line for each row.

        Raises DatabaseFault for the first one that is refused, and Temporary when the server cannot be reached.
        """
        options = ["--batch", "--skip-column-names", *(["--database", safe(database)] if database else [])]
        with self._client("mariadb", options, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as program:
            out, err = program.communicate(sql.encode(), timeout=SECONDS)
            _judge(program, err)
            return out.decode()

    def exists(self, database: str) -> bool:
        """Whether there is a database with this name."""
        sql = f"SELECT COUNT(*) FROM information_schema.schemata WHERE schema_name = '{safe(database)}';"  # noqa: S608 - safe
        return self.run(sql).strip() != "0"

    def has_wordpress(self, database: str) -> bool:
        """Whether a database holds a WordPress."""
        sql = (
            "SELECT COUNT(*) FROM information_schema.tables "  # noqa: S608 - safe
            f"WHERE table_schema = '{safe(database)}' AND table_name = '{OPTIONS}';"
        )
        return self.run(sql).strip() != "0"

    def has_option(self, database: str, option: str) -> bool:
        """Whether the WordPress in a database has an option."""
        if not self.has_wordpress(database):
            return False
        sql = f"SELECT COUNT(*) FROM `{safe(database)}`.{OPTIONS} WHERE option_name = '{safe(option)}';"  # noqa: S608 - safe
        return self.run(sql).strip() != "0"

    def option(self, database: str, option: str) -> str | None:
        """An option of the WordPress in a database, without spaces around it; None when it has no such option."""
        if not self.has_option(database, option):
            return None
        sql = f"SELECT option_value FROM `{safe(database)}`.{OPTIONS} WHERE option_name = '{safe(option)}';"  # noqa: S608 - safe
        return self.run(sql).strip()

    def tables(self, database: str) -> list[str]:
        """The names of a database's tables, without its views."""
        sql = (
            "SELECT table_name FROM information_schema.tables "  # noqa: S608 - safe
            f"WHERE table_schema = '{safe(database)}' AND table_type = 'BASE TABLE';"
        )
        return self.run(sql).splitlines()

    def columns(self, database: str, table: str) -> list[str]:
        """The names of a table's columns, in order, without those that the server computes."""
        sql = (
            "SELECT column_name FROM information_schema.columns "  # noqa: S608 - safe
            f"WHERE table_schema = '{safe(database)}' AND table_name = '{safe(table)}' "
            "AND COALESCE(generation_expression, '') = '' ORDER BY ordinal_position;"
        )
        return self.run(sql).splitlines()

    def create(self, database: str) -> None:
        """Make a database unless it is there."""
        self.run(f"CREATE DATABASE IF NOT EXISTS `{safe(database)}` CHARACTER SET {CHARACTERS} COLLATE {COLLATION};")

    def let_in(self, user: str, *passwords: str) -> None:
        """Let a user, made when it is missing, in with any of some passwords and with no other."""
        name = f"'{safe(user)}'@'%'"
        ways = " OR ".join(f"mysql_native_password USING PASSWORD('{safe(password)}')" for password in passwords)
        self.run(f"CREATE USER IF NOT EXISTS {name} IDENTIFIED VIA {ways}; ALTER USER {name} IDENTIFIED VIA {ways};")

    def grant(self, user: str, databases: tuple[str, ...]) -> None:
        """Let a user do everything in some databases, whether they are there yet or not."""
        granted = ", ".join(PRIVILEGES)
        self.run("".join(f"GRANT {granted} ON `{safe(database)}`.* TO '{safe(user)}'@'%';" for database in databases))

    def drop(self, database: str) -> None:
        """Drop a database if it is there."""
        self.run(f"DROP DATABASE IF EXISTS `{safe(database)}`;")

    def has_user(self, user: str) -> bool:
        """Whether there is a user with this name."""
        return self.run(f"SELECT COUNT(*) FROM mysql.user WHERE user = '{safe(user)}';").strip() != "0"  # noqa: S608 - safe

    def drop_user(self, user: str) -> None:
        """Drop a user if it is there."""
        self.run(f"DROP USER IF EXISTS '{safe(user)}'@'%';")

    @contextmanager
    def dump(self, database: str, *tables: str) -> Iterator[IO[bytes]]:
        """A database, or some of its tables, as SQL: consistent in itself, whatever the site does while it is read."""
        options = ["--single-transaction", "--quick", "--hex-blob", "--skip-dump-date", *([] if tables else ["--routines"])]
        names = [safe(name) for name in (database, *tables)]
        with self._client("mariadb-dump", [*options, *names], stdout=subprocess.PIPE) as program:
            yield piped(program.stdout)
            _end(program)

    @contextmanager
    def load(self, database: str) -> Iterator[IO[bytes]]:
        """Where to write the SQL that fills a database."""
        with self._client("mariadb", ["--database", safe(database)], stdin=subprocess.PIPE) as program:
            try:
                yield piped(program.stdin)
                piped(program.stdin).close()
            except BrokenPipeError:
                pass
            _end(program)

    @contextmanager
    def _client(
        self, name: str, options: list[str], *, stdin: int = subprocess.DEVNULL, stdout: int = subprocess.DEVNULL
    ) -> Iterator[subprocess.Popen[bytes]]:
        secrets = self._option_file()
        command = [name, f"--defaults-file=/dev/fd/{secrets}", f"--default-character-set={CHARACTERS}", *options]
        try:
            with subprocess.Popen(  # noqa: S603 - our own arguments
                command, stdin=stdin, stdout=stdout, stderr=subprocess.PIPE, env=dict(self._environment), close_fds=False
            ) as program:
                try:
                    yield program
                except BaseException:
                    program.kill()
                    raise
        finally:
            os.close(secrets)

    def _option_file(self) -> int:
        address = (
            {"socket": self._server.socket} if self._server.socket else {"host": self._server.host, "port": self._server.port}
        )
        options = {**address, "user": self._server.username, "password": self._server.password}
        quoted = {name: str(value).replace("\\", "\\\\").replace('"', '\\"') for name, value in options.items()}
        file = os.memfd_create("options", 0)
        # The programs ignore an option file that others may write.
        os.fchmod(file, 0o600)
        os.write(file, ("[client]\n" + "".join(f'{name}="{value}"\n' for name, value in quoted.items())).encode())
        return file


def _end(program: subprocess.Popen[bytes]) -> None:
    errors = piped(program.stderr).read()
    program.wait(timeout=SECONDS)
    _judge(program, errors)


def _judge(program: subprocess.Popen[bytes], errors: bytes) -> None:
    if program.returncode == 0:
        return
    message = STATEMENT.sub("", errors.decode(errors="replace")).strip()
    found = ERROR.search(message)
    if found and (found[1] or found[2]) in AWAY:
        raise Temporary("The database cannot be reached at the moment.") from DatabaseFault(message)
    if says_that_it_is_full(message):
        raise Full(message)
    raise DatabaseFault(message)


def safe(name: str) -> str:
    """A name or password as it may stand in SQL; ours are made of letters, digits and hyphens."""
    if UNSAFE.search(name):
        raise ValueError("Only letters, digits, hyphens and underscores may stand in SQL.")
    return name
