"""What can become of a message. A function that returns is done with it; otherwise it raises one of these, or anything else.

==================  =======================================  =======================================================
raised              meaning                                  what becomes of the message
==================  =======================================  =======================================================
nothing             done                                     acknowledged
BusinessFault       a rule forbids it, for good              acknowledged
NotYet              nothing is wrong, there is more to wait  goes round: a copy with a delay, no receive is burnt
Retry               an unexpected fault, counted by caller   comes back after the backoff of that attempt
DeadLetter          given up                                 to the dead-letter queue with the reason, acknowledged
anything else       an unexpected fault                      comes back after the backoff of this receive; the last
                                                             receive makes it a dead letter
==================  =======================================  =======================================================
"""

from __future__ import annotations


class BusinessFault(Exception):
    """A rule forbids what the message asks; trying again would change nothing."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class NotYet(Exception):
    """Nothing is wrong, but the message has to come again in ``delay`` seconds (0-900)."""

    def __init__(self, delay: int) -> None:
        super().__init__(f"comes again in {delay} s")
        self.delay = delay


class Retry(Exception):
    """An unexpected fault in the so-many-th ``attempt`` (1, 2, ...), as the function itself counts; its cause is chained."""

    def __init__(self, attempt: int) -> None:
        super().__init__(f"attempt {attempt} failed")
        self.attempt = attempt


class DeadLetter(Exception):
    """The message is given up; ``reason`` and ``attributes`` stand on the dead letter for whoever looks at it."""

    def __init__(self, reason: str, **attributes: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.attributes = attributes
