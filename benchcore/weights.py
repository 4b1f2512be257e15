"""Network weights as numpy arrays: drawn from a seed, or read from a file, and named by a digest.

One dictionary serves both frameworks. Entries are float32 under torchvision's names; only the
`num_batches_tracked` counters are int64 scalars.
"""

import hashlib
import zlib
from collections.abc import Mapping
from math import prod, sqrt
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchcore.architecture import state_shapes
from benchcore.errors import UsageError

Weights = dict[str, NDArray[np.generic]]

BATCHES_TRACKED = 10
"""What drawn weights say about earlier training batches. Neither 0 (where the first batch would
wipe out the drawn statistics) nor above 100 (where dlib's factor no longer changes)."""

LAST_NORMALISATION_SCALE = 0.2
"""Mean of `bn3.weight`. With 1 each of the 16 blocks doubles the signal's power, and float32
rounding alone then moves a training step by a percent; 0.2 keeps the network well conditioned."""


def random_weights(network: str, seed: int) -> Weights:
    """Every state entry of `network`, drawn from `seed`; nothing is left at its initial value.

    Convolutions are He-initialised over their inputs (variance 2 / fan-in) and have random biases
    where the network has any; affine parameters and running statistics scatter around 1 and 0, so
    that a framework which mixes them up is found out. Each entry has a generator of its own, seeded
    by its name: its values don't depend on which other entries there are.
    """
    return {name: _draw(name, shape, seed) for name, shape in state_shapes(network).items()}


def _draw(name: str, shape: tuple[int, ...], seed: int) -> NDArray[np.generic]:
    if name.endswith("num_batches_tracked"):
        return np.array(BATCHES_TRACKED, dtype=np.int64)
    generator = np.random.default_rng([seed, zlib.crc32(name.encode())])
    if name.endswith("running_var"):
        return generator.uniform(0.5, 1.5, shape).astype(np.float32)
    normal = generator.standard_normal(shape, dtype=np.float32)
    if name == "fc.weight":
        return normal * np.float32(sqrt(1 / shape[1]))
    if len(shape) == 4:
        return normal * np.float32(sqrt(2 / prod(shape[1:])))
    if name.endswith(".weight"):
        scale = LAST_NORMALISATION_SCALE if ".bn3." in name else 1.0
        return np.float32(scale) * (1 + np.float32(0.1) * normal)
    return np.float32(0.1) * normal


def read_weights(path: Path, network: str) -> Weights:
    """The weights in a `.safetensors`, `.pth` or `.pt` file, checked against `network`.

    Nothing in the file is executed. Counters that an old file lacks are taken as 0. Raises
    UsageError with the file's name.
    """
    from dlib_net import StateError
    from dlib_net import weights as files

    try:
        found = files.read_weights(path)
    except StateError as error:
        raise UsageError(f"--weights: {error}.") from None
    try:
        return files.fit_state(state_shapes(network), found)
    except StateError as error:
        raise UsageError(f"--weights: {path} is not for {network}: {error}.") from None


def digest(weights: Mapping[str, NDArray[np.generic]]) -> str:
    """SHA-256 (hex) over the names, in sorted order, each followed by its array's bytes."""
    sha = hashlib.sha256()
    for name in sorted(weights):
        sha.update(name.encode())
        sha.update(np.ascontiguousarray(weights[name]).tobytes())
    return sha.hexdigest()
