"""How long the rest of a run will take: from the cells so far and the profile's budget.

A cell's time is its blocks, whose length the budget gives, its iterations, where they are longer
than a block, and a fixed part for processes and data, which the measured cells tell.
"""

from collections.abc import Sequence
from math import log
from statistics import fmean

from benchcore.plan import CellSpec
from benchcore.profiles import Budget
from benchcore.result import CellResult

UNTIMED_ITERATIONS = 10
"""Of the memory pass (6) and the proof (4)."""

TRAINING_COST = 3.0
"""A training step is a forward and a backward pass, which costs about two forward passes."""

GPU_EXPONENT = 0.7
"""On a GPU small batches leave it partly idle, so time grows slower than work."""


def predicted_s(
    budget: Budget, iteration_ms: Sequence[float], *, launches: int, gpu: bool
) -> float:
    """What a cell spends on iterations, given each contender's iteration time."""
    total = 0.0
    for each_s in (ms / 1e3 for ms in iteration_ms):
        block = max(budget.block_s, budget.block_min_iterations * each_s)
        block = min(block, max(budget.block_max_iterations * each_s, each_s))
        blocks = budget.rounds * block * (2 if gpu and budget.bursts else 1)
        warmup = max(budget.warmup_s, budget.warmup_min_iterations * each_s)
        total += launches * (warmup + blocks) + UNTIMED_ITERATIONS * each_s
    return total


class Estimator:
    """Told each finished cell, says how long the others will take."""

    def __init__(self, cells: Sequence[CellSpec], budget: Budget, device: str) -> None:
        self._cells = list(cells)
        self._budget = budget
        self._gpu = device != "cpu"
        self._done: list[tuple[CellSpec, CellResult]] = []

    def finished(self, spec: CellSpec, result: CellResult) -> None:
        """A cell is over."""
        self._done.append((spec, result))

    def remaining_s(self) -> float | None:
        """For the cells not finished yet; None before any is."""
        done = {spec for spec, _ in self._done}
        known = [pair for pair in self._done if pair[1].duration_s is not None]
        if not known:
            return None
        fixed_s = fmean(self._fixed_s(result) for _, result in known)
        return sum(self._cell_s(spec, fixed_s) for spec in self._cells if spec not in done)

    def _cell_s(self, spec: CellSpec, fixed_s: float) -> float:
        like, result = min(self._done, key=lambda pair: _distance(spec, pair[0]))
        growth = _work(spec) / _work(like)
        if self._gpu:
            growth **= GPU_EXPONENT
        times = [ms * growth for ms in _iteration_ms(result)]
        launches = max(result.launches, 1)
        return fixed_s + predicted_s(self._budget, times, launches=launches, gpu=self._gpu)

    def _fixed_s(self, result: CellResult) -> float:
        """What of a cell's duration its iterations don't explain."""
        explained = predicted_s(
            self._budget, _iteration_ms(result), launches=max(result.launches, 1), gpu=self._gpu
        )
        return max((result.duration_s or 0.0) - explained, 0.0)


def _iteration_ms(result: CellResult) -> list[float]:
    return [c.wall.median_ms for c in result.contenders.values() if c.wall is not None]


def _work(spec: CellSpec) -> float:
    pixels = spec.image_height_px * spec.image_width_px
    return spec.batch * pixels * (TRAINING_COST if spec.mode == "train" else 1.0)


def _distance(wanted: CellSpec, known: CellSpec) -> tuple[bool, bool, float]:
    """Same mode first, then same network, then the nearest amount of work."""
    return (
        wanted.mode != known.mode,
        wanted.network != known.network,
        abs(log(_work(wanted) / _work(known))),
    )
