"""WordPress in memory: sites that maintenance jobs make and change, and the agents inside them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from runtime.wordpress.port import Job, JobCommand, JobState, JobStatus, SiteAddress, SiteFacts, WordPressFault

DONE = JobState(status=JobStatus.SUCCEEDED)


@dataclass
class Installed:
    """A site as it is on the WordPress side."""

    title: str
    offline: str | None = None
    backups: list[str] = field(default_factory=list)


@dataclass
class FakeWordPress:
    """All sites of the stage. ``effects`` counts what was really changed: a job that finds its work done changes nothing."""

    installed: dict[str, Installed] = field(default_factory=dict)
    backups: dict[str, list[str]] = field(default_factory=dict)
    effects: Counter[str] = field(default_factory=Counter)

    def run(self, job: Job) -> None:
        """Do a job, looking first."""
        site = self.installed.get(job.site_id)
        match job.command:
            case JobCommand.INSTALL if site is None:
                self.installed[job.site_id] = Installed(title=job.options["title"])
            case JobCommand.REMOVE if site:
                del self.installed[job.site_id]
            case JobCommand.OFFLINE if site and site.offline != job.options["reason"]:
                site.offline = job.options["reason"]
            case JobCommand.ONLINE if site and site.offline:
                site.offline = None
            case JobCommand.BACKUP if site and job.options["backup-id"] not in site.backups:
                site.backups.append(job.options["backup-id"])
            case _:
                return
        self.effects[job.command] += 1


@dataclass
class FakeMaintenance:
    """Runs jobs, each once however often it is started, and lets them take ``looks`` looks.

    ``faults`` are what the next new jobs end with instead, ``broken`` is raised by every start.
    """

    wordpress: FakeWordPress
    looks: int = 0
    first_look_seconds: int = 0
    faults: list[JobState] = field(default_factory=list)
    broken: list[Exception] = field(default_factory=list)
    ended: dict[str, JobState] = field(default_factory=dict)
    asked: Counter[str] = field(default_factory=Counter)
    before_state: Callable[[], None] | None = None

    def start(self, job: Job) -> str:
        if self.broken:
            raise self.broken.pop(0)
        if job.job_id not in self.ended:
            self.ended[job.job_id] = self.faults.pop(0) if self.faults else DONE
            if self.ended[job.job_id] is DONE:
                self.wordpress.run(job)
        return f"handle/{job.job_id}"

    def state(self, job: Job, handle: str) -> JobState:
        assert handle == f"handle/{job.job_id}"
        if self.before_state:
            race, self.before_state = self.before_state, None
            race()
        self.asked[job.job_id] += 1
        return self.ended[job.job_id] if self.asked[job.job_id] > self.looks else JobState(status=JobStatus.RUNNING)


@dataclass
class FakeAgent:
    """The agents of all sites; raises what ``faults`` hold first."""

    wordpress: FakeWordPress
    faults: list[Exception] = field(default_factory=list)

    def facts(self, site: SiteAddress) -> SiteFacts:
        self._site(site)
        return SiteFacts(
            site_id=site.site_id, wordpress_version="7.1.1", php_version="8.2.36", database_ok=True, safe_mode=False
        )

    def rename(self, site: SiteAddress, *, site_name: str) -> None:
        installed = self._site(site)
        if installed.title != site_name:
            installed.title = site_name
            self.wordpress.effects["rename"] += 1

    def front_page_status(self, site: SiteAddress) -> int:
        return 503 if self._site(site).offline else 200

    def _site(self, site: SiteAddress) -> Installed:
        if self.faults:
            raise self.faults.pop(0)
        if site.site_id not in self.wordpress.installed:
            raise WordPressFault("WordPress does not answer.")
        return self.wordpress.installed[site.site_id]


def failed(detail: str = "The database is not there.") -> JobState:
    return JobState(status=JobStatus.FAILED, detail=detail)


def refused(detail: str = "There is no plugin of this name.") -> JobState:
    return JobState(status=JobStatus.REFUSED, detail=detail)


def state_of(wordpress: FakeWordPress) -> dict[str, Any]:
    """What can be compared of the WordPress side after two histories that should come to the same."""
    return {site_id: (site.title, site.offline, len(site.backups)) for site_id, site in wordpress.installed.items()}
