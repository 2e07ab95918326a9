"""One page that says how the stage is: who asks, who waits, what fails."""

from __future__ import annotations

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from constructs.batch_consumer import BatchConsumer
from stacks.api_stack import ApiStack
from stacks.config import Stage
from stacks.metrics import portal_search
from stacks.operations_stack import OperationsStack
from stacks.portal_stack import PortalStack

PERIOD = Duration.minutes(5)
WIDTH, HALF = 24, 12
HEIGHT = 6


class DashboardStack(PortalStack):
    """The stage's dashboard, a row for each part of the portal."""

    def __init__(self, scope: Construct, *, stage: Stage, api: ApiStack, operations: OperationsStack) -> None:
        super().__init__(scope, stage=stage, component="dashboard", description="BBWS portal: one page on how the stage is")
        self.dashboard = cloudwatch.Dashboard(
            self, "Dashboard", dashboard_name=stage.prefix, default_interval=Duration.hours(3)
        )
        self._row("The API", self._requests(api), self._latency(api))
        self._row("Operations", self._ended(), self._durations())
        self._row("Queues", self._depths(operations), self._ages(operations))
        self._row("Consumers", self._records(), self._record_durations(), self._faults(operations))
        self._row("WordPress and invitations", self._wordpress(), self._invitations())
        self._row("Health", self._health())

    def _row(self, title: str, *graphs: cloudwatch.GraphWidget) -> None:
        heading = cloudwatch.TextWidget(markdown=f"## {title}", width=WIDTH, height=1)
        self.dashboard.add_widgets(heading)  # pyright: ignore[reportArgumentType] - jsii names the parameters otherwise
        self.dashboard.add_widgets(*graphs)  # pyright: ignore[reportArgumentType] - jsii names the parameters otherwise

    def _graph(self, title: str, *metrics: cloudwatch.IMetric, width: int = HALF) -> cloudwatch.GraphWidget:
        return cloudwatch.GraphWidget(
            title=title, left=list(metrics), width=width, height=HEIGHT, left_y_axis=cloudwatch.YAxisProps(min=0)
        )

    def _search(self, name: str, *by: str, statistic: str = "Sum", label: str = "") -> cloudwatch.MathExpression:
        return portal_search(self.portal_stage, name, by=by, statistic=statistic, period=PERIOD, label=label)

    def _gateway(self, api: ApiStack, name: str, statistic: str, label: str) -> cloudwatch.Metric:
        return cloudwatch.Metric(
            namespace="AWS/ApiGateway",
            metric_name=name,
            dimensions_map={"ApiId": api.api.api_id},
            statistic=statistic,
            period=PERIOD,
            label=label,
        )

    def _requests(self, api: ApiStack) -> cloudwatch.GraphWidget:
        names = {"Count": "requests", "4xx": "refused (4xx)", "5xx": "failed (5xx)"}
        return self._graph("Requests", *(self._gateway(api, name, "Sum", label) for name, label in names.items()))

    def _latency(self, api: ApiStack) -> cloudwatch.GraphWidget:
        return self._graph("Latency, ms", *(self._gateway(api, "Latency", part, part) for part in ("p50", "p95", "p99")))

    def _ended(self) -> cloudwatch.GraphWidget:
        return self._graph("Ended, by type and outcome", self._search("OperationsEnded", "operationType", "outcome"))

    def _durations(self) -> cloudwatch.GraphWidget:
        longest = self._search("OperationDuration", "operationType", "outcome", statistic="Maximum")
        return self._graph("Longest, s, by type and outcome", longest)

    def _depths(self, operations: OperationsStack) -> cloudwatch.GraphWidget:
        waiting = [
            each.queue.metric_approximate_number_of_messages_visible(label=each.consumer.name, period=PERIOD)
            for each in operations.consumers
        ]
        dead = operations.dead_letters.queue.metric_approximate_number_of_messages_visible(label="dead letters", period=PERIOD)
        return self._graph("Messages that wait", *waiting, dead)

    def _ages(self, operations: OperationsStack) -> cloudwatch.GraphWidget:
        oldest = [
            each.queue.metric_approximate_age_of_oldest_message(label=each.consumer.name, period=PERIOD)
            for each in operations.consumers
        ]
        return self._graph("Oldest message, s", *oldest)

    def _records(self) -> cloudwatch.GraphWidget:
        return self._graph("Records, by consumer and outcome", self._search("Records", "consumer", "outcome"), width=8)

    def _record_durations(self) -> cloudwatch.GraphWidget:
        p95 = self._search("RecordDuration", "consumer", "outcome", statistic="p95")
        return self._graph("Duration of a record, p95, ms", p95, width=8)

    def _faults(self, operations: OperationsStack) -> cloudwatch.GraphWidget:
        return self._graph(
            "Functions that failed or were throttled", *(_faults_of(each) for each in operations.consumers), width=8
        )

    def _wordpress(self) -> cloudwatch.GraphWidget:
        return self._graph("WordPress, p95, ms, by action", self._search("WordPressLatency", "action", statistic="p95"))

    def _health(self) -> cloudwatch.GraphWidget:
        return self._graph("Sites looked at, by how they were", self._search("HealthChecks", "status"), width=WIDTH)

    def _invitations(self) -> cloudwatch.GraphWidget:
        return self._graph(
            "Invitations",
            self._search("InvitationsSent", "effect", "outcome", label="sent"),
            self._search("InvitationsFailed", "effect", "outcome", label="failed"),
            self._search("InvitationsAccepted", "endpoint", "outcome", label="accepted"),
        )


def _faults_of(consumer: BatchConsumer) -> cloudwatch.MathExpression:
    function = consumer.function.function
    return cloudwatch.MathExpression(
        expression=f"errors{consumer.node.id} + throttles{consumer.node.id}",
        label=consumer.consumer.name,
        period=PERIOD,
        using_metrics={
            f"errors{consumer.node.id}": function.metric_errors(),
            f"throttles{consumer.node.id}": function.metric_throttles(),
        },
    )
