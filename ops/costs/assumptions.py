"""What is assumed of customers, visitors and sites: every number that no template holds, each with where it is from.

"Measured" is what this repository's own code did on the WordPress bed or on the in-memory table; the rest is judgement, to be
replaced by what a running stage shows. Numbers are of a month unless they say otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

HOURS = 730.0
"""The hours of a month, as AWS's own calculator counts them."""

MINUTES, SECONDS = HOURS * 60, HOURS * 3600
KB_IN_GB, MB_IN_GB = 1024.0 * 1024.0, 1024.0


def assumed(value: float, unit: str, why: str) -> Any:
    """A number with its unit and a sentence on where it is from."""
    return field(default=value, metadata={"unit": unit, "why": why})


@dataclass(frozen=True, kw_only=True)
class Customers:
    """A tenant and its people."""

    prod_share: float = assumed(0.6, "of the sites", "three of five sites are on PROD, one each on SIT and DEV")
    users: float = assumed(4, "a tenant", "people who sign in within a month; the pool bills each of them")
    calls: float = assumed(
        600, "a user", "30 calls of the API on each of 20 working days; links mean several calls for an action"
    )
    asking_share: float = assumed(0.1, "of the calls", "health, and lists and changes of plugins, which wait for the site")
    mails: float = assumed(0.1, "a user", "codes for sign-ups and forgotten passwords, which Cognito sends")
    busiest_route: float = assumed(0.3, "of the calls", "one operation, or the list of sites")
    invitations: float = assumed(0.5, "a tenant", "one every other month")
    busiest: float = assumed(10, "times the average", "office hours of one time zone, and the busiest of them")


@dataclass(frozen=True, kw_only=True)
class Visitors:
    """Who comes to a site. Nothing stands between them and the tasks: there is no CDN, and no page cache in the image."""

    visits: float = assumed(5_000, "a site on PROD", "between a blog and the 25,000 from which hosting plans count")
    elsewhere: float = assumed(100, "a site on DEV or SIT", "its makers, and whoever is shown it")
    pages: float = assumed(2.5, "a visit", "usual for small businesses")
    crawled: float = assumed(0.5, "pages a visitor's page", "search engines and other robots, which load no images")
    files: float = assumed(40, "a visit", "style sheets, scripts and images, which browsers keep for seven days")
    megabytes: float = assumed(3, "a visit", "a first page of 2.5 MB, and little for the next ones")
    crawled_kb: float = assumed(20, "a page", "the HTML of a page, compressed")
    busiest: float = assumed(4, "times the average", "the busiest hour of a usual day")


@dataclass(frozen=True, kw_only=True)
class Php:
    """What a request costs a serving task. Measured on the bed on 2026-11-28: WordPress 7.1.1, default theme, no plugins."""

    page_ms: float = assumed(130, "CPU a page", "measured: home page, scripts in the opcache, mean of 60; a post took 66 ms")
    rest_ms: float = assumed(70, "CPU a call", "measured: /wp-json/, scripts in the opcache")
    compile_ms: float = assumed(600, "CPU more", "measured: the same home page took 730 ms when no script was in the opcache")
    scripts: float = assumed(494, "a page", "measured: PHP files that a page includes")
    script_kb: float = assumed(21, "a script", "measured: 10.4 MB of source in them")
    opcache_mb: float = assumed(20.7, "a site", "measured: three sites took 20.7 MB each, because each has files of its own")
    opcache_base_mb: float = assumed(20, "a task", "measured: 82.5 MB used, of which 62 MB were scripts")
    real: float = assumed(1.5, "times the bare site", "a theme and fifteen plugins; the bare site above is the least there is")
    stats: float = assumed(1.2, "a script", "its attributes are asked for with most pages: NFS remembers them 3 to 60 s")
    opens: float = assumed(3, "a script", "looked up, opened and closed where it is not in the opcache")
    worker_mb: float = assumed(30, "a worker", "measured: 20 to 27 MB, bare; sixteen of them in a task")
    query_ms: float = assumed(6.5, "CPU of the database, a page", "measured: eight queries")
    query_kb: float = assumed(100, "a page", "what comes back from the database")
    sent_gb: float = assumed(0.3, "a site", "updates looked for and fetched, and what plugins call; all by NAT")


@dataclass(frozen=True, kw_only=True)
class Stored:
    """What a site lays down."""

    code_mb: float = assumed(51, "a site", "measured: WordPress with its theme, 3,253 files; on EFS they are copies, not links")
    uploads_mb: float = assumed(300, "a site", "images, and the code of plugins")
    database_mb: float = assumed(60, "a site", "posts, revisions, orders; measured bare: 0.7 MB")
    hot_mb: float = assumed(10, "a site", "of the database, what pages ask for")
    tables: float = assumed(20, "a site", "measured bare: 12; plugins bring their own, a shop about 30")
    changed: float = assumed(0.01, "of it a day", "what a nightly backup adds to the one before")
    packed_code: float = assumed(0.45, "of the code", "measured: 22.9 MB of 51 MB in a backup of the maintenance command")
    packed_database: float = assumed(0.2, "of the database", "text, compressed")
    row_kb: float = assumed(
        5, "a site in the table", "measured: site, guards, watch, report of health and their copies in indexes"
    )
    operation_kb: float = assumed(
        8, "an operation in the table", "measured: five rows and their copies in indexes, kept 90 days"
    )


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A kind of operation: how often a tenant has one, and what one takes.

    ``writes`` are write request units with two looks at each job, counted on the in-memory table by DynamoDB's rules: two for
    each begun kilobyte of a row, one for each in an index, twice when its key there changes. ``turns`` are the
    messages that a consumer works off. ``jobs`` are Fargate tasks, ``backups`` those of them that back a site up.
    """

    name: str
    often: float
    writes: float
    turns: float
    jobs: float
    backups: float = 0


KINDS = (
    Kind(name="plugin update", often=20, writes=170, turns=4, jobs=1, backups=1),
    Kind(name="promotion", often=4, writes=290, turns=10, jobs=4, backups=1),
    Kind(name="clone", often=1, writes=140, turns=3, jobs=1),
    Kind(name="creation", often=0.5, writes=126, turns=3, jobs=1),
    Kind(name="change of settings", often=1, writes=120, turns=3, jobs=0.5),
    Kind(name="deletion", often=0.5, writes=165, turns=5, jobs=2, backups=1),
)
"""How often is judgement (fifteen plugins a site); writes and turns are counted, and a test counts them again."""


@dataclass(frozen=True, kw_only=True)
class Work:
    """What the portal's functions and tasks do."""

    looks: float = assumed(4, "a job", "how often a consumer asks whether a job has ended")
    look_writes: float = assumed(18, "write units", "counted: the claim of an operation and its wait, for each look beyond two")
    turn_seconds: float = assumed(1, "a turn", "a consumer's function: a few calls of the table, and of ECS or the site")
    job_seconds: float = assumed(90, "a job", "half a minute to fetch the image, which is billed, and one of work")
    watched_seconds: float = assumed(60, "an operation", "that somebody waits for it with ?wait=, which keeps a function busy")
    call_seconds: float = assumed(0.1, "a call", "40 ms warm and a cold start of a second for one in twenty; both are billed")
    asked_seconds: float = assumed(1.0, "a call", "where the site is waited for")
    swept_seconds: float = assumed(0.3, "a round", "the two sweepers and the refresher, each minute, when nothing is due")
    swept_reads: float = assumed(3, "read units a round", "counted: four shards each, half a unit from an index")
    call_reads: float = assumed(2, "read units", "counted: one to three rows, read consistently")
    look_pages: float = assumed(1, "a look at a site", "the home page; with it go the REST index and the agent")
    look_rests: float = assumed(2, "a look at a site", "the REST index and the agent")
    health_writes: float = assumed(8, "write units a look", "counted: the watch moved on, and the report")
    health_reads: float = assumed(3, "read units a look", "counted: site and report, and its part of four queries")
    polls: float = assumed(15, "a minute and queue", "five long polls of 20 s at once, whether or not anything comes")
    entries: float = assumed(2, "an operation", "its message and its event leave through the outbox")
    starts: float = assumed(200, "of a function", "cold starts, each of which derives the secrets of sites anew")
    image_gb: float = assumed(0.2, "an image", "compressed; nobody has built it for this figure")
    images: float = assumed(10, "kept", "the one that runs and those one may go back to")


@dataclass(frozen=True, kw_only=True)
class Watched:
    """What is written down of it."""

    call_kb: float = assumed(2, "a call", "two lines of ours, Lambda's own, metrics as a line, and the gateway's line")
    turn_kb: float = assumed(2, "a turn", "the same for a consumer")
    look_kb: float = assumed(1.2, "a look at a site", "three metrics as lines")
    job_kb: float = assumed(3, "a job", "a line for each step")
    request_kb: float = assumed(0.3, "a request to a site", "nginx's line")
    cell_gb: float = assumed(0.3, "a cell", "Container Insights' events, the database's slow queries")
    refused_gb: float = assumed(0.5, "a public address", "flow logs of refused packets: whoever scans the internet")
    stored: float = assumed(0.2, "of what was written", "CloudWatch bills what it keeps compressed")
    refusals: float = assumed(0.1, "of the calls", "answers that are 4xx, and so series of their own")
    insights: float = assumed(30, "metrics a cell", "Container Insights for one cluster, one service and two task families")
    alarm_mails: float = assumed(100, "a stage", "alarms that begin and end")


@dataclass(frozen=True, kw_only=True)
class Assumptions:
    """All of them."""

    customers: Customers = field(default_factory=Customers)
    visitors: Visitors = field(default_factory=Visitors)
    php: Php = field(default_factory=Php)
    stored: Stored = field(default_factory=Stored)
    work: Work = field(default_factory=Work)
    watched: Watched = field(default_factory=Watched)
    kinds: tuple[Kind, ...] = KINDS
