"""Fit the simulated machine's noise to real documents, and rerun the simulation with it.

Prints JSON: each cell's noise as relative standard deviations, and what its samples can't tell.
With `--simulate` also how often the statistics are right under the noise of each cell that shows
how blocks differ; what it can't tell is then as the simulation assumes.

    python scripts/fit_noise.py results.json --simulate
"""

from __future__ import annotations

import argparse
import importlib
import json
import sys
from dataclasses import asdict
from math import pi, sqrt
from pathlib import Path
from typing import Any

import numpy as np

from benchcore import result
from benchcore.errors import UsageError
from benchcore.result import CellResult, ContenderResult
from benchcore.samples import Block
from benchcore.warmup import MAD_TO_SD

SIMULATION = Path(__file__).resolve().parents[1] / "tests" / "benchcore"
sys.path.insert(0, str(SIMULATION))
simulation = importlib.import_module("simulation")

MIN_ITERATIONS = 8
"""In a block, for its own scatter to be seen: around the median of few there is little left."""

NEEDS = {
    "iteration_sd": f"no block has {MIN_ITERATIONS} iterations",
    "tail_share": f"no block has {MIN_ITERATIONS} iterations",
    "tail_mean": "no iteration is later than the normal noise",
    "block_sd": "no cell has two contenders, two rounds and known iteration noise",
    "launch_sd": "no cell has two launches: one can't show how processes differ",
    "drift_sd": "no cell has two launches: one shows the drift of a few seconds only",
}


def fit(cell: CellResult, reference: str) -> dict[str, float]:
    """Those parameters of simulation.Noise that this cell shows, from its first pair."""
    ok = {name: c for name, c in cell.contenders.items() if c.status == "ok" and c.samples}
    pair = [name for name in ok if name != reference][:1] + [
        name for name in ok if name == reference
    ]
    found = _iterations([ok[name] for name in pair])
    if len(pair) < 2:
        return found
    logs = [_log_medians(ok[name]) for name in pair]
    turns = sorted(logs[0].keys() & logs[1].keys())
    own = np.array([[side[turn] for turn in turns] for side in logs])
    ratios: dict[int, list[float]] = {}
    for (launch, _), ratio in zip(turns, own[0] - own[1], strict=True):
        ratios.setdefault(launch, []).append(float(ratio))
    several = [rounds for rounds in ratios.values() if len(rounds) > 1]
    if not several:
        return found
    within = float(np.mean([np.var(rounds, ddof=1) for rounds in several]))
    if "iteration_sd" in found:
        counts = [len(block.wall_ms) for name in pair for block in ok[name].samples]
        # The median of n normal values scatters by sqrt(pi / 2n) of theirs.
        of_medians = pi / 2 * found["iteration_sd"] ** 2 * float(np.mean(1 / np.array(counts)))
        found["block_sd"] = _root(within / 2 - of_medians)
    if len(several) > 1:
        rounds = float(np.mean([len(values) for values in several]))
        between = float(np.var([np.mean(values) for values in several], ddof=1))
        found["launch_sd"] = _root((between - within / rounds) / 2)
        found["drift_sd"] = _root(float(np.cov(own)[0, 1]))
    return found


def _root(variance: float) -> float:
    """A difference of estimated variances may come out below zero, where there is none."""
    return sqrt(max(variance, 0.0))


def _blocks(contender: ContenderResult) -> list[Block]:
    return [b for b in contender.samples if not b.superseded]


def _log_medians(contender: ContenderResult) -> dict[tuple[int, int], float]:
    return {(b.launch, b.round): float(np.log(np.median(b.wall_ms))) for b in _blocks(contender)}


def _iterations(contenders: list[ContenderResult]) -> dict[str, float]:
    """The iterations' scatter around their block's median, and their tail."""
    blocks = [np.log(b.wall_ms) for c in contenders for b in _blocks(c)]
    long = [block - np.median(block) for block in blocks if block.size >= MIN_ITERATIONS]
    if not long:
        return {}
    residuals = np.concatenate(long)
    sd = MAD_TO_SD * float(np.median(np.abs(residuals)))
    start = simulation.TAIL_SDS * sd
    late = residuals[residuals > start]
    found = {"iteration_sd": sd, "tail_share": late.size / residuals.size}
    return found | ({"tail_mean": float(late.mean() - start)} if late.size else {})


def simulated(noise: dict[str, float], trials: int) -> dict[str, Any]:
    """Shares of verdicts and findings; what could not be fitted is as the simulation assumes."""
    model = simulation.Noise(**noise)
    given: dict[str, Any] = {"trials": trials, "seed": 0}
    counts = {
        "verdict, equal": simulation.outcomes(model, ratio=1.0, **given),
        "verdict, 3 % slower": simulation.outcomes(model, ratio=1.03, **given),
        "compare, unchanged": simulation.findings(model, **given),
        "compare, 3 % slower": simulation.findings(model, dlib=1.03, **given),
        "compare, reference 3 % faster": simulation.findings(model, torch=1 / 1.03, **given),
    }
    shares = {
        case: {word: count / trials for word, count in counter.most_common()}
        for case, counter in counts.items()
    }
    return {"noise": asdict(model), "trials": trials, "shares": shares}


def report(paths: list[Path], trials: int | None) -> dict[str, Any]:
    """By cell: the fitted noise, what is missing and why, and the simulation."""
    cells = {}
    for path in paths:
        document = result.decode(path.read_bytes(), str(path))
        for cell in document.cells:
            found = fit(cell, document.plan.reference)
            one: dict[str, Any] = {
                "noise": found,
                "not_fitted": {name: why for name, why in NEEDS.items() if name not in found},
            }
            if trials is not None and "block_sd" in found:
                one["simulation"] = simulated(found, trials)
            cells[f"{path.stem} {cell.network} {cell.mode} batch {cell.batch}"] = one
    return cells


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("documents", type=Path, nargs="+")
    parser.add_argument("--simulate", action="store_true")
    parser.add_argument("--trials", type=int, default=300)
    args = parser.parse_args()
    try:
        printed = report(args.documents, args.trials if args.simulate else None)
    except (UsageError, OSError) as error:
        print(f"fit_noise: {error}", file=sys.stderr)
        return 2
    print(json.dumps(printed, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
