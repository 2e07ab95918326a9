"""What the answers and silences of a site observe, check by check, in words for customers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from runtime.health.certificates import Certificate
from runtime.health.defaults import CheckName
from runtime.health.domain import Observation
from runtime.plugins.domain import has_update
from runtime.wordpress.port import SiteVitals, Visit

OF_VITALS = (
    CheckName.DATABASE,
    CheckName.PHP_VERSION,
    CheckName.WORDPRESS_VERSION,
    CheckName.PLUGIN_UPDATES,
    CheckName.CORE_UPDATE,
    CheckName.CRON_LAG,
    CheckName.DISK,
)
NOT_TIMED = "There was no page to be timed."
NOT_WHOLE = "The page shows a critical error, or breaks off."
NOT_CHECKED = "The site has not looked for updates yet."
NOT_MEASURED = "The site could not measure it."


@dataclass(frozen=True)
class Silence:
    """Why there is no answer, fit for customers. ``late`` when time was up; ``ours`` when the fault is none of the site's."""

    detail: str
    late: bool = False
    ours: bool = False


def of_home(home: Visit | Silence) -> Iterator[Observation]:
    """Reachability and response time: what a visitor gets of the home page, and when."""
    if isinstance(home, Silence):
        yield Observation(name=CheckName.REACHABILITY, detail=home.detail, failed=not home.ours)
        detail = home.detail if home.late else NOT_TIMED
        yield Observation(name=CheckName.RESPONSE_TIME, detail=detail, failed=home.late)
        return
    yield _of_page(CheckName.REACHABILITY, home, f"The home page answers with HTTP status {home.status}.")
    seconds = round(home.seconds, 3)
    yield Observation(name=CheckName.RESPONSE_TIME, value=seconds, detail=f"The home page took {seconds} s.")


def of_rest_api(index: Visit | Silence) -> Observation:
    """Whether the REST index answers."""
    if isinstance(index, Silence):
        return Observation(name=CheckName.REST_API, detail=index.detail, failed=not index.ours)
    return _of_page(CheckName.REST_API, index, f"The REST index answers with HTTP status {index.status}.")


def of_vitals(vitals: SiteVitals | Silence) -> Iterator[Observation]:
    """What the site measures of itself; of a silent one nothing is known."""
    if isinstance(vitals, Silence):
        yield from (Observation(name=name, detail=vitals.detail) for name in OF_VITALS)
        return
    facts = vitals.facts
    answers = "The database answers." if facts.database_ok else "The database does not answer."
    yield Observation(name=CheckName.DATABASE, value=facts.database_ok, detail=answers)
    yield Observation(name=CheckName.PHP_VERSION, value=facts.php_version, detail=f"PHP {facts.php_version} is at work.")
    yield Observation(
        name=CheckName.WORDPRESS_VERSION,
        value=facts.wordpress_version,
        detail=f"WordPress {facts.wordpress_version} is at work.",
    )
    yield from _of_updates(vitals)
    yield _of_cron(vitals.cron_lag_seconds)
    yield _of_disk(vitals.disk_free_percent)


def of_plugins(endangered: Sequence[str] | Silence) -> Observation:
    """How many of the plugins the catalogue warns of."""
    name = CheckName.VULNERABLE_PLUGINS
    if isinstance(endangered, Silence):
        return Observation(name=name, detail=endangered.detail)
    found = f"Blocklisted, or with known vulnerabilities: {', '.join(endangered)}."
    detail = found if endangered else "No plugin is blocklisted or has known vulnerabilities."
    return Observation(name=name, value=len(endangered), detail=detail)


def of_certificate(certificate: Certificate | Silence | None, now: datetime) -> Observation:
    """For how long visitors will still trust the site's certificate; None is a site without TLS."""
    name = CheckName.TLS_EXPIRY
    if certificate is None:
        return Observation(name=name, detail="The site is served without TLS.", applies=False)
    if isinstance(certificate, Silence):
        return Observation(name=name, detail=certificate.detail)
    days = (certificate.not_after - now) // timedelta(days=1)
    ends = f"The certificate is valid until {certificate.not_after:%Y-%m-%d}."
    return Observation(name=name, value=days, detail=certificate.distrust or ends, failed=bool(certificate.distrust))


def _of_page(name: CheckName, page: Visit, answer: str) -> Observation:
    broken = page.status < 400 and not page.whole
    return Observation(name=name, value=page.status, detail=NOT_WHOLE if broken else answer, failed=broken)


def _of_updates(vitals: SiteVitals) -> Iterator[Observation]:
    if not vitals.updates_checked:
        yield Observation(name=CheckName.PLUGIN_UPDATES, detail=NOT_CHECKED)
        yield Observation(name=CheckName.CORE_UPDATE, detail=NOT_CHECKED)
        return
    waiting = sum(has_update(plugin) for plugin in vitals.plugins)
    detail = f"{waiting} of {len(vitals.plugins)} plugins can be updated."
    yield Observation(name=CheckName.PLUGIN_UPDATES, value=waiting, detail=detail)
    offered = f"WordPress {vitals.core_update} can be installed." if vitals.core_update else "WordPress is up to date."
    yield Observation(name=CheckName.CORE_UPDATE, value=int(bool(vitals.core_update)), detail=offered)


def _of_cron(lag: int | None) -> Observation:
    if lag is None:
        return Observation(name=CheckName.CRON_LAG, detail=NOT_MEASURED)
    detail = f"The oldest task that is due has waited for {lag} s." if lag else "No task is overdue."
    return Observation(name=CheckName.CRON_LAG, value=lag, detail=detail)


def _of_disk(free: float | None) -> Observation:
    if free is None:
        return Observation(name=CheckName.DISK, detail=NOT_MEASURED)
    return Observation(name=CheckName.DISK, value=round(free, 1), detail=f"{free:.1f} % of the disk is free.")
