"""How far correct float32 implementations are from float64 in training: the evidence for a bound.

PyTorch in two layouts and dlib make the same training steps from the same weights; after each, the
distance of their parameters to those of PyTorch in float64 is compared with the way that the
parameters have gone. Prints one JSON line a case, then the distribution over all cases.

    python scripts/float32_spread.py --device cuda:0 --seeds 10 --output spread.jsonl
"""

from __future__ import annotations

import argparse
import itertools
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

from benchcore import weights
from benchcore.contenders.base import Cell, Contender
from benchcore.contenders.dlib import Dlib
from benchcore.contenders.torch import Torch
from benchcore.contenders.torch_variants import TorchChannelsLast
from benchcore.data import random_inputs
from benchcore.environment import cpu_threads
from benchcore.plan import CellSpec
from benchcore.verify import Float64, distance

STEPS = 5
BATCHES = (2, 3, 8)
SIZES = ((224, 224), (160, 192), (96, 128))


def case(network: str, size: tuple[int, int], batch: int, seed: int, args: Any) -> dict[str, Any]:
    """Shares of the way by implementation, one a step."""
    given = weights.random_weights(network, seed)
    spec = CellSpec(
        network=network,
        mode="train",
        batch=batch,
        image_height_px=size[0],
        image_width_px=size[1],
    )
    cell = Cell(
        spec=spec,
        device=args.device,
        threads=cpu_threads(),
        learning_rate=args.learning_rate,
        weights=given,
        inputs=random_inputs(batch, *size, seed, STEPS),
    )
    found: dict[str, Contender] = {
        "float64": Float64(),
        "torch": Torch(),
        "torch_channels_last": TorchChannelsLast(),
        "dlib": Dlib(),
    }
    for contender in found.values():
        contender.prepare(cell)
    shares: dict[str, list[float]] = {name: [] for name in found if name != "float64"}
    for _ in range(STEPS):
        for contender in found.values():
            contender.enqueue()
            contender.synchronize()
        truth = found["float64"].state()
        way = distance(given, truth, parameters=True)
        for name, values in shares.items():
            values.append(distance(found[name].state(), truth, parameters=True) / way)
    return {"network": network, "size": size, "batch": batch, "seed": seed, "shares": shares}


def summary(cases: list[dict[str, Any]]) -> dict[str, Any]:
    """Largest shares, and how often dlib is over twice the larger of PyTorch's two."""
    steps = [
        {name: values[step] for name, values in each["shares"].items()}
        for each in cases
        for step in range(STEPS)
    ]
    over = [s["dlib"] for s in steps if s["dlib"] > 2 * max(s["torch"], s["torch_channels_last"])]
    return {
        "steps": len(steps),
        "largest_share": {name: max(s[name] for s in steps) for name in steps[0]},
        "median_share": {name: float(np.median([s[name] for s in steps])) for name in steps[0]},
        "dlib_over_twice_the_larger": len(over),
        "largest_share_of_those": max(over, default=0.0),
    }


def main() -> None:
    """Every case that the options ask for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--learning-rate", type=float, default=1e-4)
    parser.add_argument("--output", type=Path)
    args = parser.parse_args()
    cases = []
    for network, size, batch, seed in itertools.product(
        ("resnet50", "resnet50-dlib"), SIZES, BATCHES, range(args.seeds)
    ):
        cases.append(case(network, size, batch, seed, args))
        print(json.dumps(cases[-1]), file=sys.stderr, flush=True)
    lines = [*(json.dumps(each) for each in cases), json.dumps(summary(cases))]
    if args.output:
        args.output.write_text("\n".join(lines) + "\n")
    print(lines[-1])


if __name__ == "__main__":
    main()
