"""Whether a contender's processes differ from each other: a policy over medians of blocks.

Each launch is a fresh process, which may choose other algorithms and sit elsewhere in memory. One
median over all of them, and an interval over launches, hide that there may be two kinds.
"""

from collections.abc import Sequence
from itertools import pairwise
from math import log
from statistics import median

from benchcore.samples import Block, is_time

DIFFERS = 0.05
"""Between the slowest process and the fastest. On an H100 processes that do the same differ by up
to 2 %, those that chose other algorithms by 9 and by 32 % (batch 8 and 32)."""

MUCH = 2
"""So many times wider is much wider: processes must differ by so much more than the blocks of one,
and two groups be so much farther apart than the members of either."""

FEWEST_BLOCKS = 3
"""The range of two blocks says too little of how blocks scatter."""

FEWEST_FOR_GROUPS = 3
"""Of two processes each would be a group."""


def block_medians_ms(blocks: Sequence[Block]) -> list[list[float]]:
    """The median of each block that counts, grouped by launch."""
    grouped: dict[int, list[float]] = {}
    for block in blocks:
        if block.wall_ms and not block.superseded:
            grouped.setdefault(block.launch, []).append(median(block.wall_ms))
    timed = ([ms for ms in medians if is_time(ms)] for medians in grouped.values())
    return [medians for medians in timed if medians]


def groups_ms(launches_ms: Sequence[Sequence[float]]) -> list[list[float]] | None:
    """The medians of processes that differ, rising: in two groups if there are two, else in one.

    `launches_ms` has the block medians of each process, positive. None where the processes don't
    differ by more than `DIFFERS`, or not by much more than blocks of one process do, or where most
    have too few blocks to tell.
    """
    scatters = [_width(blocks) for blocks in launches_ms if len(blocks) >= FEWEST_BLOCKS]
    if len(launches_ms) < 2 or 2 * len(scatters) <= len(launches_ms):
        return None
    scatter = median(scatters)
    levels_ms = sorted(median(blocks) for blocks in launches_ms)
    if _width(levels_ms) <= max(log(1 + DIFFERS), MUCH * scatter):
        return None
    if len(levels_ms) >= FEWEST_FOR_GROUPS:
        gaps = [log(above / below) for below, above in pairwise(levels_ms)]
        split = gaps.index(max(gaps)) + 1
        groups = [levels_ms[:split], levels_ms[split:]]
        if max(gaps) > MUCH * max(scatter, *map(_width, groups)):
            return groups
    return [levels_ms]


def _width(values_ms: Sequence[float]) -> float:
    """From the smallest to the largest, as the logarithm of their ratio."""
    return log(max(values_ms) / min(values_ms))
