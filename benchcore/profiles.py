"""How much a run may spend: four profiles under one rule.

Every profile warms up, measures interleaved blocks and stops by the same policies; they differ only
in the budgets below. `classic` alone repeats the procedure of the original benchmark.
"""

import msgspec

MEMORY_SHARE = 0.8
"""Of what is free, the contenders' peaks together may take this much; else they take turns."""


class Budget(msgspec.Struct, frozen=True, kw_only=True):
    """The numbers that `warmup`, `stopping` and the runner read.

    A *launch* is one fresh process a contender. A *round* is one block of every contender. A
    *block* is a row of iterations of one contender.
    """

    launches: int
    """Fewest launches of a cell; the confidence interval is over launches when there are several,
    since each process may choose other algorithms and sit elsewhere in memory."""
    max_launches: int
    rounds: int
    """Rounds in a launch, alternating in order (AB, BA): a drift then hits both alike."""
    block_s: float
    block_min_iterations: int
    block_max_iterations: int
    warmup_s: float
    warmup_min_iterations: int
    warmup_cap_s: float
    cell_s: float
    """Timed part of a cell, over all launches; no further launch begins after it."""
    order_limit_s: float
    """A worker that answers nothing for so long counts as hung."""
    uses_mean: bool = False
    """The factor compares means instead of medians, and has no interval."""
    bursts: bool = True
    """Whether throughput is measured too, on a device that queues work."""
    zero_images: bool = False
    """Inference is given zeros, which flatter a GPU at its power limit, instead of drawn bytes."""
    launch_blocking: bool = False
    """Workers run with CUDA_LAUNCH_BLOCKING=1."""


BLOCK_MAX_ITERATIONS = 200
"""Enough for every percentile up to p95; a longer block only lets drift into it."""

PROFILES = {
    # One launch, so its interval can't see launch-to-launch variation: a look, not a verdict.
    "quick": Budget(
        launches=1,
        max_launches=1,
        rounds=4,
        block_s=0.25,
        block_min_iterations=2,
        block_max_iterations=BLOCK_MAX_ITERATIONS,
        warmup_s=0.5,
        warmup_min_iterations=2,
        warmup_cap_s=3.0,
        cell_s=30.0,
        order_limit_s=120.0,
    ),
    # Five launches calibrate a paired interval (about 5 % false alarms before the 2 % margin).
    # Blocks are short, since launches differ by more than the blocks of one: docs/method.md.
    "default": Budget(
        launches=5,
        max_launches=12,
        rounds=4,
        block_s=0.25,
        block_min_iterations=3,
        block_max_iterations=BLOCK_MAX_ITERATIONS,
        warmup_s=2.0,
        warmup_min_iterations=5,
        warmup_cap_s=15.0,
        cell_s=120.0,
        order_limit_s=300.0,
    ),
    "rigorous": Budget(
        launches=10,
        max_launches=20,
        rounds=4,
        block_s=0.5,
        block_min_iterations=10,
        block_max_iterations=BLOCK_MAX_ITERATIONS,
        warmup_s=2.0,
        warmup_min_iterations=10,
        warmup_cap_s=15.0,
        cell_s=900.0,
        order_limit_s=600.0,
    ),
    # The original: zeros, blocking launches, one warm-up iteration, then the mean of 100; nothing
    # interleaved or repeated.
    "classic": Budget(
        launches=1,
        max_launches=1,
        rounds=1,
        block_s=0.0,
        block_min_iterations=100,
        block_max_iterations=100,
        warmup_s=0.0,
        warmup_min_iterations=1,
        warmup_cap_s=0.0,
        cell_s=900.0,
        order_limit_s=3600.0,
        uses_mean=True,
        bursts=False,
        zero_images=True,
        launch_blocking=True,
    ),
}
