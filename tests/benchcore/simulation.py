"""A machine that never ran: block medians with the noise of a real one, for the real statistics.

A block's log time is the sum of what the contender takes, the drift of the machine at that moment,
an offset of its process, one of the block, and the median of its noisy iterations.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from math import log
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchcore import compare, statistics, stopping, verdict
from benchcore.profiles import PROFILES, Budget
from benchcore.result import CellResult, ContenderResult
from benchcore.samples import Block

TAIL_SDS = 4.0
"""Iterations later than this, in standard deviations, are the tail; normal noise gets there three
times in 100,000."""

BATCH = 8
CONTENDERS = ("dlib", "torch")


@dataclass(frozen=True)
class Noise:
    """Relative standard deviations, and the tail of slow iterations."""

    drift_sd: float = 0.01
    """Of the machine's speed, common to the contenders (Ornstein-Uhlenbeck)."""
    launch_sd: float = 0.004
    block_sd: float = 0.002
    iteration_sd: float = 0.006
    tail_share: float = 0.05
    """Iterations that are late."""
    tail_mean: float = 0.03
    """By how much on average (exponential), counted from `TAIL_SDS` of the others."""
    drift_blocks: float = 100.0
    """Blocks over which the drift forgets; launches are `launch_gap_blocks` further apart."""
    launch_gap_blocks: float = 20.0


def log_iterations(
    noise: Noise,
    random: np.random.Generator,
    *,
    logs: tuple[float, float],
    trials: int,
    budget: Budget,
    iterations: int = 20,
) -> NDArray[np.float64]:
    """Logs of all times, indexed [trial, contender, launch, round, iteration]."""
    launches, rounds = budget.max_launches, budget.rounds
    each = random.standard_normal((trials, 2, launches, rounds, iterations)) * noise.iteration_sd
    late = random.random(each.shape) < noise.tail_share
    start = TAIL_SDS * noise.iteration_sd
    each += late * (start + random.exponential(noise.tail_mean, each.shape))
    blocks = random.standard_normal((trials, 2, launches, rounds)) * noise.block_sd
    blocks += random.standard_normal((trials, 2, launches, 1)) * noise.launch_sd
    blocks += np.asarray(logs)[None, :, None, None]
    blocks += _drift(noise, random, trials, launches, rounds)
    return each + blocks[..., None]


def log_medians(noise: Noise, random: np.random.Generator, **given: Any) -> NDArray[np.float64]:
    """Logs of block medians, indexed [trial, contender, launch, round]."""
    return np.median(log_iterations(noise, random, **given), axis=-1)


def _drift(
    noise: Noise, random: np.random.Generator, trials: int, launches: int, rounds: int
) -> NDArray[np.float64]:
    """The machine's drift when each block runs, in AB/BA order."""
    launch, round_, position = np.meshgrid(
        range(launches), range(rounds), range(2), indexing="ij", sparse=False
    )
    time = ((launch * rounds + round_) * 2 + position + launch * noise.launch_gap_blocks).ravel()
    drift = np.empty((trials, time.size))
    drift[:, 0] = random.standard_normal(trials)
    for index in range(1, time.size):
        kept = np.exp((time[index - 1] - time[index]) / noise.drift_blocks)
        fresh = np.sqrt(1 - kept**2) * random.standard_normal(trials)
        drift[:, index] = kept * drift[:, index - 1] + fresh
    by_turn = noise.drift_sd * drift.reshape(trials, launches, rounds, 2)
    swapped = ((launch + round_) % 2).astype(bool)[None, ..., 0]
    first, second = by_turn[..., 0], by_turn[..., 1]
    return np.stack([np.where(swapped, second, first), np.where(swapped, first, second)], axis=1)


def launches_taken(blocks: NDArray[np.float64], budget: Budget) -> int:
    """How many launches the stopping rule makes, for [contender, launch, round] log medians."""
    times_ms = np.exp(blocks).tolist()
    for launches in range(1, budget.max_launches + 1):
        if launches < budget.launches:
            continue
        dlib, torch = (contender[:launches] for contender in times_ms)
        own = [statistics.own_half_width(side) for side in (dlib, torch)]
        done, _ = stopping.enough(
            budget,
            launches=launches,
            half_width=statistics.log_half_width(statistics.ratio_of_launches(dlib, torch)),
            spent_s=0.0,
            margin=verdict.margin_for(BATCH),
            own_half_width=max((width for width in own if width is not None), default=None),
        )
        if done:
            return launches
    return budget.max_launches


def outcomes(
    noise: Noise, *, ratio: float, trials: int, seed: int, profile: str = "default"
) -> Counter[str]:
    """Verdicts of as many runs, in which dlib takes `ratio` times as long as torch."""
    budget = PROFILES[profile]
    random = np.random.default_rng(seed)
    found: Counter[str] = Counter()
    for blocks in log_medians(noise, random, logs=(log(ratio), 0), trials=trials, budget=budget):
        launches = launches_taken(blocks, budget)
        dlib, torch = np.exp(blocks[:, :launches]).tolist()
        interval = statistics.ratio_of_launches(dlib, torch)
        found[verdict.decide(interval, batch=BATCH, launches=launches).outcome] += 1
    return found


def cell(times_ms: NDArray[np.float64]) -> CellResult:
    """A document's cell with these times, indexed [contender, launch, round, iteration]."""
    contenders = {
        name: ContenderResult(status="ok", samples=_samples(mine.tolist()))
        for name, mine in zip(CONTENDERS, times_ms, strict=True)
    }
    return CellResult(
        network="resnet50",
        mode="infer",
        batch=BATCH,
        image_height_px=224,
        image_width_px=224,
        precision="fp32",
        contenders=contenders,
        factors={},
        proof=None,
        verdict={},
        flags=[],
        launches=times_ms.shape[1],
    )


def _samples(times_ms: list[list[list[float]]]) -> list[Block]:
    return [
        Block(launch=launch, round=round_, position=0, started_s=0.0, wall_ms=ms, enqueue_ms=ms)
        for launch, rounds in enumerate(times_ms)
        for round_, ms in enumerate(rounds)
    ]


def cells(
    noise: Noise, random: np.random.Generator, *, budget: Budget, **given: Any
) -> list[CellResult]:
    """One cell a trial, its blocks shortened to one iteration, the median."""
    return [
        cell(np.exp(blocks[:, : launches_taken(blocks, budget), :, None]))
        for blocks in log_medians(noise, random, budget=budget, **given)
    ]


def findings(
    noise: Noise,
    *,
    trials: int,
    seed: int,
    dlib: float = 1.0,
    torch: float = 1.0,
    profile: str = "default",
) -> Counter[str]:
    """Findings on dlib between two documents a trial; later, both take so many times as long."""
    random = np.random.default_rng(seed)
    given: dict[str, Any] = {"trials": trials, "budget": PROFILES[profile]}
    before = cells(noise, random, logs=(0.0, 0.0), **given)
    after = cells(noise, random, logs=(log(dlib), log(torch)), **given)
    return Counter(
        compare.cell_change(old, new, reference="torch").contenders["dlib"].finding
        for old, new in zip(before, after, strict=True)
    )
