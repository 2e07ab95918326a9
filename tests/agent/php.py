"""Running PHP that comes with the WordPress bed."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from local.bed.layout import INSTALLED
from local.settings import ROOT

PHP = INSTALLED / "bin" / "php"
AGENT = ROOT / "wordpress" / "agent"
SOURCES = sorted(AGENT.rglob("*.php"))


def php(*arguments: str | Path, given: str = "") -> subprocess.CompletedProcess[str]:
    """Run PHP without any configuration of the system's."""
    command = [PHP, "-n", "-d", "display_errors=stderr", "-d", "error_reporting=-1", *arguments]
    return subprocess.run(command, input=given, capture_output=True, text=True, check=False)


def json_from(*arguments: str | Path, given: Any) -> Any:
    """What PHP writes for a JSON document; anything on standard error fails the test."""
    ran = php(*arguments, given=json.dumps(given))
    assert (ran.returncode, ran.stderr) == (0, ""), ran.stderr + ran.stdout
    return json.loads(ran.stdout)


def of_class(name: str, expression: str, *, given: Any) -> Any:
    """What an expression over a class of the agent's gives for ``$given``."""
    load = f"require {str(AGENT / 'bbws-agent' / f'{name}.php')!r}; $given = json_decode(stream_get_contents(STDIN), true);"
    return json_from("-r", f"{load} echo json_encode(BBWS\\Agent\\{name}::{expression});", given=given)
