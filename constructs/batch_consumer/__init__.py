"""Queues with their consumers, and the dead-letter queue they share."""

from constructs.batch_consumer.construct import BatchConsumer
from constructs.batch_consumer.dead_letters import DeadLetterQueue

__all__ = ["BatchConsumer", "DeadLetterQueue"]
