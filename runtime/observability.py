"""The one logger and the one set of metrics of a function, under the service and namespace that all functions share."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Mapping, Sequence

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.logging.formatter import RESERVED_LOG_ATTRS, LambdaPowertoolsFormatter
from aws_lambda_powertools.metrics import MetricUnit

SERVICE = "bbws-portal"
NAMESPACE = "BBWS/Portal"
STAGE = os.environ.get("STAGE", "local")

# What our lines do not say need not be found out for them: https://docs.python.org/3/howto/logging.html#optimization
logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
logging._srcfile = None


class Lines(LambdaPowertoolsFormatter):
    """Powertools' lines, made in half the time where nothing was raised: a line is most of what a queue's record costs.

    Ours leave out where a line was written, because its message is found as quickly. Messages are sentences, never JSON.
    """

    _standard = frozenset(RESERVED_LOG_ATTRS)

    def __init__(self) -> None:
        encoder = json.JSONEncoder(default=str, separators=(",", ":"))
        super().__init__(json_serializer=encoder.encode, json_deserializer=str, utc=True, use_rfc3339=True, location=None)

    def format(self, record: logging.LogRecord) -> str:
        """Write a line of the logger's keys and the record's own."""
        if record.exc_info:
            return super().format(record)
        line = {
            **self.log_format,
            "level": record.levelname,
            "message": record.getMessage(),
            "timestamp": self.formatTime(record),
            "xray_trace_id": self._get_latest_trace_id(),
        }
        line.update((name, value) for name, value in record.__dict__.items() if name not in self._standard)
        return self.serialize({name: value for name, value in line.items() if value is not None})


logger = Logger(service=SERVICE, logger_formatter=Lines())
metrics = Metrics(namespace=NAMESPACE, service=SERVICE)
metrics.set_default_dimensions(stage=STAGE)


def emit(values: Mapping[str, tuple[MetricUnit, Sequence[float]]], **dimensions: str) -> None:
    """Emit metrics of many values at once; to add them one by one costs more than to parse a queue's record."""
    measured = {name: {"Unit": unit.value, "Value": each} for name, (unit, each) in values.items()}
    line = metrics.serialize_metric_set(measured, {"service": SERVICE, "stage": STAGE, **dimensions})
    print(json.dumps(line, separators=(",", ":")))  # noqa: T201 - where CloudWatch reads metrics from
