"""A site's configuration file: the constants that no other site has, its secrets above all.

It is the only place where they are. Running a command again therefore keeps them.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from pathlib import Path

from wordpress.maintenance.files import SECRET, write

SALTS = tuple(f"{name}_{kind}" for name in ("AUTH", "SECURE_AUTH", "LOGGED_IN", "NONCE") for kind in ("KEY", "SALT"))
DEFINITION = re.compile(r"^define\('([A-Z_]+)', '([^'\\]*)'\);$", re.MULTILINE)
SECRET_BYTES = 48


def read_config(path: Path) -> dict[str, str]:
    """The constants in a configuration file; none when there is no file."""
    return dict(DEFINITION.findall(path.read_text())) if path.is_file() else {}


def write_config(path: Path, constants: Mapping[str, str]) -> bool:
    """Write a configuration file unless it says the same; whether it was written.

    Raises ValueError for a value that would have to be quoted: nothing that people typed belongs in here.
    """
    if any(set(value) & set("'\\\n") for value in constants.values()):
        raise ValueError("A configuration's values have no quotes, backslashes and line ends.")
    lines = [f"define('{name}', '{value}');\n" for name, value in constants.items()]
    return write(path, f"<?php\n{''.join(lines)}".encode(), SECRET)


def with_secrets(known: Mapping[str, str], *, agent_secret: str) -> dict[str, str]:
    """The secrets of a site: those it has, new ones for those it lacks, and the agent's secret as it is now.

    An agent secret that was replaced is accepted beside the new one.
    """
    made = {name: known.get(name) or secrets.token_urlsafe(SECRET_BYTES) for name in ("DB_PASSWORD", *SALTS)}
    made["BBWS_AGENT_SECRET"] = agent_secret
    former = known.get("BBWS_AGENT_SECRET", agent_secret)
    previous = former if former != agent_secret else known.get("BBWS_AGENT_SECRET_PREVIOUS")
    return made | ({"BBWS_AGENT_SECRET_PREVIOUS": previous} if previous else {})
