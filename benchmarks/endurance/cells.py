"""Two hundred cells in one run, through the real runner, its recorder and its document.

The contender is a fake one that only sleeps: what is watched is the process that holds the run,
with its workers' pipes, its telemetry, its files and its records. It keeps every record until the
run ends, so its memory may grow by a cell's record, and by nothing else.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

from benchcore import contenders
from benchcore.channel import Stop
from benchcore.events import CellFinished
from benchcore.plan import Plan, Request, make_plan
from benchcore.profiles import Budget
from benchcore.recorder import Recorder, write
from benchcore.runner import run
from benchmarks.endurance.flat import Held, meter, slopes
from benchmarks.endurance.part import Part

PLUGIN = Path(__file__).resolve().parents[2] / "tests" / "benchcore" / "plugin"
"""A package with an entry point, which has the contender "steady"."""

CELL_BYTES = 64 * 1024
"""The record of such a cell, as objects, takes about 10 KB; the inputs of a cell of batch 100 are
5 MB."""

BUDGET = Budget(
    launches=1,
    max_launches=1,
    rounds=2,
    block_s=0.01,
    block_min_iterations=3,
    block_max_iterations=10,
    warmup_s=0.0,
    warmup_min_iterations=1,
    warmup_cap_s=0.1,
    cell_s=20.0,
    order_limit_s=60.0,
)
"""A block of a few milliseconds: nothing of this is a measurement."""


def cells(device: str, count: int) -> Part:
    """`count` cells, a batch size each; the document is written after every one, as in any run."""
    _find_plugin()
    start = time.perf_counter()
    held = meter(device)
    recorder = Recorder()
    samples: list[Held] = []
    wrong: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        for event in run(plan(device, count), Stop(), budget=BUDGET, allow_busy=True):
            recorder.add(event)
            if isinstance(event, CellFinished):
                write(recorder.document(), Path(folder) / "run.json")
                samples.append(held())
                result = event.result
                wrong += [
                    f"{name} ended as {one.status} in {result.network} {result.mode} batch "
                    f"{result.batch}: {one.reason}."
                    for name, one in result.contenders.items()
                    if one.status != "ok"
                ]
    left = [path.read_text() for path in Path("/proc/self/task").glob("*/children")]
    if any(left):
        wrong.append(f"Processes of the run are left: {' '.join(left).strip()}.")
    if len(samples) != count:
        wrong.append(f"{len(samples)} of {count} cells ended.")
    seconds = time.perf_counter() - start
    found = slopes(samples, 1, "cell", CELL_BYTES)
    return Part("cells", f"{count} cells in one run", seconds, found, wrong)


def plan(device: str, count: int) -> Plan:
    """`count` cells, divisible by 4: both networks, both modes, ascending batch sizes in each."""
    each = count // 4
    request = Request(
        networks=["resnet50", "resnet50-dlib"],
        modes=["infer", "train"],
        batch_sizes=list(range(1, each + 1)),
        train_batch_sizes=list(range(2, each + 2)),
        contenders=["steady"],
        image_size="71",
        profile="quick",
    )
    return make_plan(request, device=device, contenders=contenders.names())


def _find_plugin() -> None:
    """Makes the fake contender known in this process and in the workers that it starts."""
    if str(PLUGIN) not in sys.path:
        sys.path.insert(0, str(PLUGIN))
    paths = [str(PLUGIN), os.environ.get("PYTHONPATH", "")]
    os.environ["PYTHONPATH"] = os.pathsep.join(path for path in paths if path)
