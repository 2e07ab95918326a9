"""Tracing that is paid for only when X-Ray keeps the trace."""

from __future__ import annotations

import os
from typing import Any

from runtime.observability import SERVICE


class Traced:
    """A subsegment around some work, and AWS's calls within it, when this invocation is sampled.

    Lambda says in ``_X_AMZN_TRACE_ID`` whether X-Ray keeps this invocation's trace. Most are not kept, and those do not pay for
    the X-Ray SDK, neither at the cold start nor at every call. One can be entered again and again within an invocation.
    """

    _tracer: Any = None

    def __init__(self, name: str) -> None:
        self._name = name
        self._sampled = "Sampled=1" in os.environ.get("_X_AMZN_TRACE_ID", "")
        self._subsegment: Any = None

    def __enter__(self) -> None:
        if not self._sampled:
            return
        from aws_lambda_powertools import Tracer

        if Traced._tracer is None:
            Traced._tracer = Tracer(service=SERVICE, patch_modules=["botocore"])
        self._subsegment = Traced._tracer.provider.in_subsegment(f"## {self._name}")
        self._subsegment.__enter__()

    def __exit__(self, *exception: Any) -> None:
        if self._subsegment:
            self._subsegment.__exit__(*exception)
