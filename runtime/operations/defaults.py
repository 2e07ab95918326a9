"""How long maintenance jobs may take and how closely they are watched: the opinions of the operations context."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from runtime.wordpress.port import JobCommand

SHORTEST_WAIT, LONGEST_WAIT = 1, 30
"""Seconds between two looks at a job. They grow with the time it has run already, so that a short job is seen to be done
at once and a long one costs little."""

SEEN_WITHIN = timedelta(minutes=5)
"""So young a job may be one that is not known everywhere yet, of which AWS says that it takes up to about five minutes:
https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RunTask.html"""

STOPPED_WITHIN = timedelta(minutes=5)
"""A job that was stopped is over long before this. One that is not takes a person, and is an error in the log."""

_MINUTES = {
    # A marker in the site's folder. What takes time is the task's start, which on Fargate is a minute or two.
    JobCommand.OFFLINE: 10,
    JobCommand.ONLINE: 10,
    JobCommand.RENEW: 10,
    # What an alarm counts as slow, so that one attempt that hangs is over when somebody is told.
    JobCommand.INSTALL: 10,
    # What grows with the site: on a file system over the network every small file costs round trips. Three attempts of half
    # an hour are as long as an owner may be left in the dark, and as a target may stay frozen.
    JobCommand.BACKUP: 30,
    JobCommand.RESTORE: 30,
    JobCommand.CLONE: 30,
    JobCommand.STAGE: 30,
    JobCommand.SWITCH: 30,
    JobCommand.ACCEPT: 30,
    JobCommand.PUT_BACK: 30,
    JobCommand.REMOVE: 30,
}
DEADLINES: Mapping[JobCommand, timedelta] = {command: timedelta(minutes=minutes) for command, minutes in _MINUTES.items()}
"""After so long a job is stopped and counts as failed: it would have ended, did nothing stand in its way."""
