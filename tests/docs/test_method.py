"""What docs/method.md says of documents in words of its own, held against them."""

from math import exp, log
from pathlib import Path
from statistics import mean, median, stdev

import pytest

from docs_support import documents

RUNS = {run.name: run.document for run in documents.read_all(Path(__file__).parents[2])[0]}


def launches_log_factor(cell, share):
    """Of each launch, from the first part of each block."""
    logs = {name: {} for name in ("dlib", "torch")}
    for name, found in logs.items():
        for block in cell.contenders[name].samples:
            if not block.superseded:
                first = block.wall_ms[: max(3, int(len(block.wall_ms) * share))]
                found[block.launch, block.round] = log(median(first))
    rounds = logs["dlib"].keys() & logs["torch"].keys()
    by_launch = {}
    for place in sorted(rounds):
        difference = logs["dlib"][place] - logs["torch"][place]
        by_launch.setdefault(place[0], []).append(difference)
    return [mean(values) for values in by_launch.values()]


@pytest.mark.parametrize(
    ("name", "batch", "whole", "halves", "between"),
    [
        ("a", 1, 2.31, 2.32, 0.018),
        ("a", 8, 2.23, 2.23, 0.046),
        ("b", 32, 1.28, 1.28, 0.140),
    ],
)
def test_half_of_each_block_tells_as_much(name, batch, whole, halves, between):
    run = RUNS[f"2026-11-26-h100-{name}-default"]
    (cell,) = [one for one in run.cells if one.batch == batch]
    for share, factor in ((1, whole), (0.5, halves)):
        launches = launches_log_factor(cell, share)
        assert round(exp(mean(launches)), 2) == factor
        assert round(stdev(launches), 3) == between
