"""What Python costs: dlib's forward passes in one native loop, and one by one from Python.

Both run the same network on the same tensor with a synchronisation after each pass, in turns of a
few passes (native first, then Python first), so that a drift of the machine hits both. Prints the
ratio Python / native with its 95 % interval for each batch size.

Where single passes scatter by percents (a shared CPU), that interval is wider than what is sought.
So both clocks are also read in the same pass: its duration seen from Python, less what its native
calls took, is what Python added to it, and its share needs no second pass to compare with.

    python benchmarks/overhead.py --device cpu --output overhead.json
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import dlib_net
from benchcore import environment
from benchcore.clock import garbage_collection_off
from benchcore.data import random_inputs
from benchcore.statistics import ratio_of_launches

TARGET = 1.01
"""The interval's upper end is to stay below it."""

TURN_S = 0.25
"""A turn is about this long, or one pass; shorter where the fewest turns would outlast the time."""

LARGEST_BATCH = 1024

MIN_TURNS, MAX_TURNS = 30, 400


def python_ms(net: dlib_net.ResNet50, x: dlib_net.Tensor, count: int) -> list[float]:
    """Milliseconds of each of `count` passes through the public interface."""
    times = []
    dlib_net.synchronize(net.device)
    for _ in range(count):
        start = time.perf_counter_ns()
        net.forward(x)
        dlib_net.synchronize(net.device)
        times.append((time.perf_counter_ns() - start) / 1e6)
    return times


class TimedCalls:
    """A native network whose methods add up their own durations."""

    def __init__(self, native: Any) -> None:
        self._native = native
        self.spent_ns = 0

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._native, name)

        def timed(*arguments: Any) -> Any:
            start = time.perf_counter_ns()
            try:
                return method(*arguments)
            finally:
                self.spent_ns += time.perf_counter_ns() - start

        return timed


def added_us(net: dlib_net.ResNet50, x: dlib_net.Tensor, count: int) -> list[float]:
    """Microseconds of Python in each of `count` passes: to queue one, without waiting for it.

    The clocks around the native calls count as Python, so it is rather too much.
    """
    native = net._native
    calls = net._native = TimedCalls(native)
    added = []
    try:
        for _ in range(count):
            dlib_net.synchronize(net.device)
            calls.spent_ns = 0
            start = time.perf_counter_ns()
            net.forward(x)
            added.append((time.perf_counter_ns() - start - calls.spent_ns) / 1e3)
    finally:
        net._native = native
    return added


def native_ms(net: dlib_net.ResNet50, x: dlib_net.Tensor, count: int) -> list[float]:
    """Milliseconds of each of `count` passes in one native loop."""
    times_ns = net._native.time_forwards(x.address, x.shape, count)
    return [ns / 1e6 for ns in times_ns]


def compare(batch: int, device: str, seconds: float) -> dict[str, Any]:
    """The ratio at one batch size, from as many turns as `seconds` hold."""
    net = dlib_net.ResNet50("resnet50", "infer", device)
    x = net.to_tensor(random_inputs(batch, 224, 224, seed=0, buffers=1).images[0])
    each_ms = median(python_ms(net, x, 3))
    turn_s = min(TURN_S, seconds / (2 * MIN_TURNS))
    count = max(round(turn_s * 1e3 / each_ms), 1)
    turns = round(seconds * 1e3 / (2 * count * each_ms))
    turns = min(max(turns, MIN_TURNS), MAX_TURNS)
    medians: dict[str, list[float]] = {"python": [], "native": []}
    with garbage_collection_off():
        for turn in range(turns):
            for name in ("native", "python") if turn % 2 else ("python", "native"):
                run = python_ms if name == "python" else native_ms
                medians[name].append(median(run(net, x, count)))
        added = added_us(net, x, max(turns, MIN_TURNS))
    interval = ratio_of_launches([medians["python"]], [medians["native"]])
    return {
        "batch": batch,
        "turns": turns,
        "passes_a_turn": count,
        "python_ms": median(medians["python"]),
        "native_ms": median(medians["native"]),
        "ratio": interval.estimate,
        "low": interval.low,
        "high": interval.high,
        "added_us": median(added),
        "added_p90_us": quantiles(added, n=10)[-1],
        "turn_medians_ms": medians,
    }


def main() -> None:
    """Every batch size that the options ask for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--device", default="cpu", help="cpu or cuda:N (default cpu)")
    parser.add_argument("--batch-sizes", default="1,8,32", help="default 1,8,32")
    parser.add_argument("--seconds", type=float, default=60, help="for each batch size, at least")
    parser.add_argument("--output", type=Path, help="a JSON file with all turns")
    args = parser.parse_args()
    try:
        batches = [int(text) for text in args.batch_sizes.split(",")]
        if not all(0 < batch <= LARGEST_BATCH for batch in batches):
            raise ValueError(
                f"--batch-sizes is {args.batch_sizes!r}; each is between 1 and {LARGEST_BATCH}."
            )
        if not 0 < args.seconds < math.inf:
            raise ValueError(f"--seconds is {args.seconds}; it is a time above 0.")
        dlib_net.synchronize(args.device)
        if args.output:
            args.output.touch()
    except (ValueError, dlib_net.DlibError, OSError) as error:
        parser.error(str(error))
    found = []
    for batch in batches:
        one = compare(batch, args.device, args.seconds)
        found.append(one)
        print(
            f"batch {batch:3}: Python {one['python_ms']:.3f} ms, native {one['native_ms']:.3f} ms, "
            f"ratio {one['ratio']:.4f} ({one['low']:.4f} to {one['high']:.4f}), "
            f"{one['turns']} turns of {one['passes_a_turn']}; in the same pass Python adds "
            f"{one['added_us']:.0f} us (p90 {one['added_p90_us']:.0f}), "
            f"{one['added_p90_us'] / one['native_ms'] / 10:.3f} % of it",
            flush=True,
        )
    if args.output:
        document = {
            "device": args.device,
            "environment": environment.collect(environment.cpu_threads()),
            "batches": found,
        }
        args.output.write_text(json.dumps(document, indent=2) + "\n")
    worst = max(one["high"] for one in found)
    print(f"largest upper end {worst:.4f}, target {TARGET}", file=sys.stderr)


if __name__ == "__main__":
    main()
