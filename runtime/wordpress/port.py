"""The WordPress port: what the portal asks of a site's agent, and the maintenance jobs it lets run beside the site.

The agent answers at once, inside WordPress. A job runs outside it, takes as long as it takes, and is started and looked after
in calls that never wait: on AWS it is a task of the WordPress image, on one machine a process.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol


@dataclass(frozen=True, kw_only=True)
class SiteAddress:
    """Which site is meant and where it answers; ``url`` is its origin, without a slash at the end."""

    site_id: str
    url: str


@dataclass(frozen=True, kw_only=True)
class SiteFacts:
    """What a site's agent says of it; ``safe_mode`` is True when ordinary plugins had to be left out to answer."""

    site_id: str
    wordpress_version: str
    php_version: str
    database_ok: bool
    safe_mode: bool


@dataclass(frozen=True, kw_only=True)
class InstalledPlugin:
    """A plugin as the site itself knows it. ``plugin_id`` is its WordPress.org slug: the folder, or the file of a single one.

    ``latest_version`` and ``package`` (where to download that version) are what the directory offered the site, for its own
    versions of WordPress and PHP; None while the site does not know.
    """

    plugin_id: str
    name: str
    version: str
    is_active: bool
    latest_version: str | None = None
    package: str | None = None
    auto_update: bool = False


@dataclass(frozen=True, kw_only=True)
class SiteVitals:
    """What a site's agent measures of it from inside. None is what could not be found out."""

    facts: SiteFacts
    core_update: str | None
    updates_checked: bool
    plugins: tuple[InstalledPlugin, ...]
    cron_lag_seconds: int | None
    disk_free_percent: float | None


@dataclass(frozen=True, kw_only=True)
class Visit:
    """What a visitor gets of a page: the status, a redirect's target, and whether the page is whole.

    A page is not whole when WordPress says that it had a critical error, or when its HTML breaks off, as it does where PHP ends
    with a fatal error after the first line was sent.
    """

    status: int
    seconds: float
    whole: bool = True
    location: str | None = None

    @property
    def is_good(self) -> bool:
        """Whether a visitor got what they came for, or is sent on."""
        return self.status < 400 and self.whole


class WordPressFault(Exception):
    """WordPress did not do what it was asked. ``detail`` is fit for customers: no host, no path, no message of PHP's."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class WordPressTimeout(WordPressFault):
    """WordPress did not answer in time."""


class PluginRefused(WordPressFault):
    """WordPress will not do this with the plugin, and would not another time: it is not there, or its package is no good."""


class PluginMissing(PluginRefused):
    """There is no such plugin on the site."""


class SiteBusy(WordPressFault):
    """Somebody else works on the site's plugins; nothing was done."""


class SiteAgent(Protocol):
    """The must-use plugin inside a site, and its pages. Every call but an update ends within 10 seconds, whatever happens."""

    def facts(self, site: SiteAddress) -> SiteFacts:
        """What the site is; raises WordPressFault when it is down, broken, slow or somebody else."""
        ...

    def rename(self, site: SiteAddress, *, site_name: str) -> None:
        """Set the site's title; the same title again changes nothing. Raises WordPressFault."""
        ...

    def visit(self, site: SiteAddress, path: str = "/", *, seconds: float | None = None) -> Visit:
        """A page of the site, as a visitor gets it; follows no redirect. Raises WordPressFault when there is no answer."""
        ...

    def vitals(self, site: SiteAddress, *, seconds: float | None = None) -> SiteVitals:
        """How the site is from inside, asked once; raises WordPressFault when it cannot say."""
        ...

    def plugins(self, site: SiteAddress, *, fresh: bool = False) -> tuple[InstalledPlugin, ...]:
        """The plugins, without must-use ones; ``fresh`` asks the directory for updates first. Raises WordPressFault."""
        ...

    def update_plugin(self, site: SiteAddress, *, plugin_id: str, version: str, package: str) -> None:
        """Put a version in place of the one that is there, active or not as it was; the same version again changes nothing.

        Takes up to 25 seconds. Raises PluginRefused, SiteBusy, and WordPressFault.
        """
        ...

    def toggle_plugin(self, site: SiteAddress, *, plugin_id: str, active: bool) -> bool:
        """Have a plugin active or not; whether it was otherwise. An activation is on probation until it is confirmed.

        One that is not confirmed within 30 seconds is undone by the site itself. Raises PluginRefused for one that fails while
        it is activated, SiteBusy, and WordPressFault.
        """
        ...

    def confirm_plugin(self, site: SiteAddress, *, plugin_id: str) -> None:
        """End the probation of an activated plugin; raises WordPressFault."""
        ...

    def thaw(self, site: SiteAddress) -> None:
        """Let visitors change things again on a site that was frozen; raises WordPressFault."""
        ...


class JobCommand(StrEnum):
    """What the maintenance command can do. Every one looks before it acts, so that it can be run again."""

    INSTALL = "install"
    REMOVE = "remove"
    OFFLINE = "offline"
    ONLINE = "online"
    BACKUP = "backup"
    RESTORE = "restore"
    CLONE = "clone"
    STAGE = "stage"
    SWITCH = "switch"
    ACCEPT = "accept"
    PUT_BACK = "put-back"
    RENEW = "renew"


@dataclass(frozen=True, kw_only=True)
class Job:
    """One run of the maintenance command.

    ``job_id`` (at most 64 characters of ``A-Za-z0-9-``) names the run: starting the same one again starts nothing new.
    ``options`` become ``--name value``.
    """

    job_id: str
    command: JobCommand
    site_id: str
    options: Mapping[str, str] = field(default_factory=dict)


class JobStatus(StrEnum):
    """How far a job has come. REFUSED is for good: the same job would be refused again. FAILED may succeed another time.

    UNKNOWN is a job of which nobody knows anything: it is too young to be known everywhere yet, or long over and forgotten.
    """

    RUNNING = "RUNNING"
    SUCCEEDED = "SUCCEEDED"
    REFUSED = "REFUSED"
    FAILED = "FAILED"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, kw_only=True)
class JobState:
    """A job's status; ``detail`` says why it was refused or failed, fit for customers to read."""

    status: JobStatus
    detail: str = ""


class JobNotStarted(WordPressFault):
    """There is no room for a job just now. It is certain that this one was not started, so that the next can be another one."""


class Maintenance(Protocol):
    """Runs jobs. Faults of whatever runs them come through as they are: they are unexpected."""

    @property
    def first_look_seconds(self) -> int:
        """How long after its start a job is to be left alone: before that, nothing reliable is known of it."""
        ...

    def start(self, job: Job) -> str:
        """Start a job unless it was started before; gives the handle under which it is found again. Raises JobNotStarted."""
        ...

    def state(self, handle: str) -> JobState:
        """How far the job with this handle has come; never waits."""
        ...

    def stop(self, handle: str) -> None:
        """Have a job ended, whatever it is at; nothing when it is over. It is over when its state is not RUNNING any more."""
        ...

    def log_of(self, handle: str) -> str:
        """Where operators, and nobody else, read what the job with this handle says; asks nobody."""
        ...
