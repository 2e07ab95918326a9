"""What synthesis costs: each further endpoint against 40 ms, and the whole of prod through the CDK CLI against 5 s.

An endpoint's cost is the difference between stacks of 5 and of 25 endpoints, divided by 20: medians of interleaved runs in
fresh processes, so that starting Python, Node and the CDK cancels out. CPU time counts Python's and Node's together. The synth
is that of ``make synth STAGE=prod``: all stacks and cdk-nag, without the CDK's own template rules.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CDK = ROOT / "node_modules" / ".bin" / "cdk"
FEW, MANY = 5, 25
RUNS = 7
SYNTH_RUNS = 5
ENDPOINT_BUDGET = 0.040
SYNTH_BUDGET = 5.0


@dataclass(frozen=True, kw_only=True)
class Cost:
    """Seconds of a run."""

    wall: float
    cpu: float


def main() -> None:
    """Print the cost of an endpoint and of a warm synth, each against its budget."""
    few, many = _endpoint_costs()
    for kind in ("wall", "cpu"):
        medians = [statistics.median(getattr(cost, kind) for cost in costs) for costs in (few, many)]
        each = (medians[1] - medians[0]) / (MANY - FEW)
        print(
            f"endpoint, {kind:<4}  {each * 1000:6.1f} ms each   "
            f"({FEW}: {medians[0]:.2f} s, {MANY}: {medians[1]:.2f} s)   {_verdict(each, ENDPOINT_BUDGET)}"
        )
    synths = _synth_costs()
    wall = statistics.median(cost.wall for cost in synths)
    cpu = statistics.median(cost.cpu for cost in synths)
    verdict = _verdict(wall, SYNTH_BUDGET)
    print(f"cdk synth of prod, warm  {wall:6.2f} s wall, {cpu:.2f} s CPU   {verdict}")


def synthesise(count: int) -> None:
    """Synthesise a stack of so many endpoints, each with a table and every verb."""
    from constructs.hateoas_endpoint import HateoasEndpoint
    from constructs.portal_table import Read, Write
    from tests.infra import synthetic
    from tests.infra.support import make_bed, make_bundle

    with tempfile.TemporaryDirectory() as scratch:
        bed = make_bed(make_bundle(Path(scratch)), Path(scratch) / "cdk.out")
        for route in synthetic.MANY[:count]:
            HateoasEndpoint(bed.stack, route.name, api=bed.api, route=route, table=bed.table, reads={*Read}, writes={*Write})
        bed.template()


def _endpoint_costs() -> tuple[list[Cost], list[Cost]]:
    few: list[Cost] = []
    many: list[Cost] = []
    for run in range(RUNS + 1):
        costs = [_cost([sys.executable, "-m", "tests.bench.synth", str(count)]) for count in (FEW, MANY)]
        if run:  # the first one warms the caches of bytecode and files
            few.append(costs[0])
            many.append(costs[1])
    return few, many


def _synth_costs() -> list[Cost]:
    with tempfile.TemporaryDirectory() as scratch:
        command = [str(CDK), "synth", "--quiet", "--context", "stage=prod", "--output", scratch]
        return [_cost(command) for _ in range(SYNTH_RUNS + 1)][1:]


def _cost(command: list[str]) -> Cost:
    """Run a command; its time and its CPU time, with that of every process it started and waited for."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment |= {
        "CDK_VALIDATION": "false",
        "CDK_DISABLE_CLI_TELEMETRY": "true",
        "CDK_DISABLE_VERSION_CHECK": "1",
        "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "20",
    }
    started = time.perf_counter()
    with tempfile.TemporaryFile("w+") as errors:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=errors)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            errors.seek(0)
            raise RuntimeError(f"{' '.join(command)} failed: {errors.read()}")
    return Cost(wall=wall, cpu=usage.ru_utime + usage.ru_stime)


def _verdict(seconds: float, budget: float) -> str:
    shown = f"{budget * 1000:.0f} ms" if budget < 1 else f"{budget:.0f} s"
    return f"{'within' if seconds <= budget else 'OVER'} {shown}, ratio {seconds / budget:.2f}"


if __name__ == "__main__":
    if len(sys.argv) > 1:
        synthesise(int(sys.argv[1]))
    else:
        main()
