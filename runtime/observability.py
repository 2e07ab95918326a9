"""The one logger and the one set of metrics of a function, under the service and namespace that all functions share."""

from __future__ import annotations

import os

from aws_lambda_powertools import Logger, Metrics

SERVICE = "bbws-portal"
NAMESPACE = "BBWS/Portal"

# Powertools tries to read every message as JSON, for a fifth of what a line costs; ours are sentences.
logger = Logger(service=SERVICE, json_deserializer=str)
metrics = Metrics(namespace=NAMESPACE, service=SERVICE)
metrics.set_default_dimensions(stage=os.environ.get("STAGE", "local"))
