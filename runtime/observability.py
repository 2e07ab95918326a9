"""The one logger and the one set of metrics of a function, under the service and namespace that all functions share."""

from __future__ import annotations

from aws_lambda_powertools import Logger, Metrics

SERVICE = "bbws-portal"

logger = Logger(service=SERVICE)
metrics = Metrics(namespace="BBWS/Portal", service=SERVICE)
