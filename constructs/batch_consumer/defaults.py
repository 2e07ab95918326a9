"""The opinions on queues and their consumers."""

from aws_cdk import Duration

from runtime.batch_consumer import schedule

RETENTION = Duration.days(4)
DEAD_LETTER_RETENTION = Duration.days(14)
"""The longest there is, because it counts from when a message was first sent and somebody has to find the cause meanwhile."""

LONG_POLLING = Duration.seconds(20)
MAX_RECEIVES = schedule.MAX_RECEIVES
BATCH = 10
MAX_CONCURRENCY = 10

VISIBILITY_FACTOR = 6
"""Lambda's own advice: a message that waits for a throttled function must not be received a second time meanwhile.

https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
"""

RETRY_BASE = Duration.seconds(60)
"""The wait before the second attempt; doubled before the third, each within a fifth: see runtime/batch_consumer/schedule.py."""

OLDEST_MESSAGE = Duration.minutes(5)
"""Beyond the gaps of two retries, so that a message that heals itself wakes nobody."""
