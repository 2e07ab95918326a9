"""What clients are told where WordPress did not do what it was asked while they waited."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from runtime.hateoas_endpoint.problem import BusinessException, Code, ProblemException
from runtime.wordpress.port import PluginMissing, SiteBusy, WordPressFault, WordPressTimeout

BUSY_SECONDS = 5


@contextmanager
def as_problems() -> Iterator[None]:
    """Let a fault of WordPress become the problem that it is to the client."""
    try:
        yield
    except WordPressFault as fault:
        raise problem_of(fault) from fault


def problem_of(fault: WordPressFault) -> ProblemException:
    """PLUG_001 and PLUG_004 for what is missing or busy, WP_002 for what took too long, and otherwise WP_001."""
    match fault:
        case PluginMissing():
            return BusinessException(Code.PLUG_001, fault.detail)
        case SiteBusy():
            return BusinessException(Code.PLUG_004, fault.detail, headers={"Retry-After": str(BUSY_SECONDS)})
        case WordPressTimeout():
            return ProblemException(Code.WP_002, fault.detail)
        case _:
            return ProblemException(Code.WP_001, fault.detail)
