"""wp-cli, run on one site: without a shell, in an environment that holds nothing of the platform's.

Plugins and themes stay unloaded, so that a broken one stops no command.
"""

from __future__ import annotations

import os
import subprocess

from wordpress.maintenance.outcomes import Full, Temporary
from wordpress.maintenance.room import says_that_it_is_full
from wordpress.maintenance.settings import Settings
from wordpress.maintenance.site import Site

SECONDS = 120


class WpCliFault(Exception):
    """A wp-cli command failed; the message is what it wrote to standard error."""


class WpCli:
    """Runs wp-cli on one site."""

    def __init__(self, settings: Settings, site: Site) -> None:
        self._settings = settings
        self._site = site

    def run(self, *arguments: str) -> str:
        """Run a command; what it printed. Raises WpCliFault when it fails, Full for want of room, Temporary when it is slow."""
        options = [f"--path={self._site.public}", "--skip-plugins", "--skip-themes", "--no-color"]
        if os.geteuid() == 0:
            options.append("--allow-root")
        php = [str(self._settings.php), "-d", "opcache.enable_cli=0", "-d", "memory_limit=512M", str(self._settings.wp_cli)]
        scratch = str(self._site.temporary)
        environment = {
            **self._settings.passed_on,
            "HOME": scratch,
            "TMPDIR": scratch,
            "WP_CLI_CACHE_DIR": scratch,
            "WP_CLI_DISABLE_AUTO_CHECK_UPDATE": "1",
        }
        try:
            done = subprocess.run(  # noqa: S603 - no shell, and the program this project pins
                [*php, *arguments, *options], env=environment, cwd="/", stdin=subprocess.DEVNULL, capture_output=True,
                encoding="utf-8", errors="replace", timeout=SECONDS, close_fds=False, check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired as fault:
            raise Temporary("WordPress took too long.") from fault
        if done.returncode and says_that_it_is_full(done.stderr):
            raise Full(done.stderr.strip())
        if done.returncode:
            raise WpCliFault(done.stderr.strip())
        return done.stdout
