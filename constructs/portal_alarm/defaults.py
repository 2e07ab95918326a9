"""The opinions on alarms that are no endpoint's."""

from aws_cdk import Duration

PERIOD = Duration.minutes(5)
EVALUATIONS = 1
"""One period is enough: what these alarms watch is rare, and each time somebody's work has stopped."""
