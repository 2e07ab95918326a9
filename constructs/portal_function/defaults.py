"""The opinions on every function of the portal."""

from aws_cdk import Duration
from aws_cdk import aws_lambda as lambda_

RUNTIME = lambda_.Runtime.PYTHON_3_13
MEMORY_MB = 1024
"""CPU comes with memory: at 1,024 MB a cold start takes half of what it does at 512 MB, at about the same price."""

TIMEOUT = Duration.seconds(10)
LOG_LEVEL = "INFO"

ALIAS = "live"
"""The name by which a function is called where new code takes over by CodeDeploy."""

CANARY_PERCENT = 10
CANARY_MINUTES = 15
"""How many calls in a hundred go to the new code first, and for how long.

Code that always fails is then 10 % of faults. The alarm of an endpoint wants over 1 % in two of three periods of five minutes:
at most half a minute until a period has that, and two periods, and the time that metrics and alarms take.
"""

GRADUALLY = f"CodeDeployDefault.LambdaCanary{CANARY_PERCENT}Percent{CANARY_MINUTES}Minutes"
AT_ONCE = "CodeDeployDefault.LambdaAllAtOnce"
"""https://docs.aws.amazon.com/codedeploy/latest/userguide/deployment-configurations.html#deployment-configurations-lambda"""
