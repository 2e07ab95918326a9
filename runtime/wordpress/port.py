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


class WordPressFault(Exception):
    """WordPress did not do what it was asked. ``detail`` is fit for customers: no host, no path, no message of PHP's."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class WordPressTimeout(WordPressFault):
    """WordPress did not answer in time."""


class SiteAgent(Protocol):
    """The must-use plugin inside a site. Every call ends within 10 seconds, whatever WordPress does."""

    def facts(self, site: SiteAddress) -> SiteFacts:
        """What the site is; raises WordPressFault when it is down, broken, slow or somebody else."""
        ...

    def rename(self, site: SiteAddress, *, site_name: str) -> None:
        """Set the site's title; the same title again changes nothing. Raises WordPressFault."""
        ...

    def front_page_status(self, site: SiteAddress) -> int:
        """The HTTP status of the site's home page, as a visitor gets it; raises WordPressFault when there is no answer."""
        ...


class JobCommand(StrEnum):
    """What the maintenance command can do. Every one looks before it acts, so that it can be run again."""

    INSTALL = "install"
    REMOVE = "remove"
    OFFLINE = "offline"
    ONLINE = "online"
    BACKUP = "backup"
    RESTORE = "restore"


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
    """How far a job has come. REFUSED is for good: the same job would be refused again. FAILED may succeed another time."""

    RUNNING = "RUNNING"
    SUCCEEDED = "SUCCEEDED"
    REFUSED = "REFUSED"
    FAILED = "FAILED"


@dataclass(frozen=True, kw_only=True)
class JobState:
    """A job's status; ``detail`` says why it was refused or failed, fit for customers to read."""

    status: JobStatus
    detail: str = ""


class Maintenance(Protocol):
    """Runs jobs. Faults of whatever runs them come through as they are: they are unexpected."""

    @property
    def first_look_seconds(self) -> int:
        """How long after its start a job is to be left alone: before that, nothing reliable is known of it."""
        ...

    def start(self, job: Job) -> str:
        """Start a job unless it was started before; gives the handle under which it is found again."""
        ...

    def state(self, job: Job, handle: str) -> JobState:
        """How far the job with this handle has come; never waits."""
        ...
