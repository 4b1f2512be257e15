"""After a call that failed, the next good one gives what a fresh network gives, bit by bit.

Each failure is provoked between two good calls: a wrong shape, a wrong label, images that are NaN,
and memory that runs out at several depths of a call. On the CPU memory runs out by a limit of the
address space, on CUDA by a batch that no device holds. Sums of gradients on CUDA have no fixed
order, so after training there two fresh networks differ, and the third may differ so too.
"""

from __future__ import annotations

import ctypes
import math
import resource
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import dlib_net
from benchmarks.endurance.flat import PAGE_BYTES
from benchmarks.endurance.part import Part
from benchmarks.endurance.passes import images

SIDE_PX = 64
LEFT_MIB = (0, 8, 64)
"""What the address space may grow by before memory runs out; the large batch needs over 100."""

LARGE = (16, 128)
"""Images and their side in pixels, on the CPU."""

LARGE_ON_CUDA = (2600, 224)
"""Just below what dlib_net takes; the layers of a forward pass hold over 200 GiB."""

CHANCE_FACTOR = 10
"""So many times the distance of two fresh networks after the same steps on CUDA is still chance: a
single ReLU that rounds to the other side of zero makes one pair's a few times another's."""

M_MMAP_THRESHOLD = -3
"""malloc.h: from how many bytes on an allocation gets pages of its own, and gives them back."""

State = Mapping[str, NDArray[np.float32]]
Failure = tuple[str, type[dlib_net.DlibError], Callable[[dlib_net.ResNet50], object]]


@contextmanager
def left_mib(mib: int | None) -> Iterator[None]:
    """Lets the address space grow by `mib` at most, and takes the limit back; None sets none."""
    if mib is None:
        yield
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    now = int(Path("/proc/self/statm").read_text().split()[0]) * PAGE_BYTES
    resource.setrlimit(resource.RLIMIT_AS, (now + mib * 2**20, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def failures(mode: str, device: str) -> Iterator[Failure]:
    """A name, the error that is expected, and a call of a network that raises it."""
    x = images(2, SIDE_PX)
    large = images(*(LARGE if device == "cpu" else LARGE_ON_CUDA))
    limits = LEFT_MIB if device == "cpu" else (None,)

    def lacking(mib: int | None, call: Callable[[], object]) -> None:
        with left_mib(mib):
            call()

    yield "a wrong shape", dlib_net.ShapeError, lambda net: net.forward(x[:, :2])
    for mib in limits:
        name = f"no memory after {mib} MiB" if mib is not None else "no memory"
        yield (
            f"{name} in a forward pass",
            dlib_net.DeviceMemoryError,
            lambda net, mib=mib: lacking(mib, lambda: net.forward(large)),
        )
        if mode == "train":
            yield (
                f"{name} in a step",
                dlib_net.DeviceMemoryError,
                lambda net, mib=mib: lacking(
                    mib, lambda: net.train_step(large, [1] * len(large), lr=0.01)
                ),
            )
    if mode == "train":
        nan = np.full_like(x, np.nan)
        yield "a label of 1000", dlib_net.LabelError, lambda net: net.train_step(x, [1, 1000])
        yield "one image", dlib_net.ShapeError, lambda net: net.train_step(x[:1], [1])
        yield "NaN", dlib_net.NonFiniteLossError, lambda net: net.train_step(nan, [1, 2])


def after_failures(device: str) -> Part:
    """Every failure in both networks and both modes; memory that lacks for a new network too."""
    start = time.perf_counter()
    # Left to itself, malloc keeps what earlier networks freed, and memory would not run out.
    ctypes.CDLL(None).mallopt(M_MMAP_THRESHOLD, 128 * 1024)
    wrong: list[str] = []
    count = 0
    for network in ("resnet50", "resnet50-dlib"):
        for mode in ("infer", "train"):
            for failure in failures(mode, device):
                count += 1
                said = _check(network, mode, device, failure)
                wrong += [f"{network} {mode}, {failure[0]}: {sentence}" for sentence in said]
    if device == "cpu":
        count += 1
        wrong += _no_memory_for_a_network()
    seconds = time.perf_counter() - start
    return Part("failures", f"{count} failed calls, each followed by good ones", seconds, [], wrong)


def _check(network: str, mode: str, device: str, failure: Failure) -> Iterator[str]:
    """What is not as it should be after one failure: a sentence each."""
    _, expected, provoke = failure

    def new() -> dlib_net.ResNet50:
        return dlib_net.ResNet50(network, mode, device, seed=5)

    with new() as fresh, new() as net:
        _good(fresh, 0)
        _good(net, 0)
        before = net.state_dict()
        try:
            provoke(net)
        except dlib_net.DlibError as error:
            if not isinstance(error, expected):
                yield f"it raised {type(error).__name__} ({error}), not {expected.__name__}."
        else:
            yield f"it raised nothing, not {expected.__name__}."
        if distance(net.state_dict(), before) != 0:
            yield "the failed call changed the state."
        wanted = _good(fresh, 1)
        found = distance(_good(net, 1), wanted)
        chance = 0.0
        if device != "cpu" and mode == "train":
            with new() as other:
                _good(other, 0)
                chance = distance(_good(other, 1), wanted)
        # The other way round, a distance that is NaN would pass.
        if not found <= CHANCE_FACTOR * chance:
            yield (
                "the next good call differs from that of a fresh network: "
                f"by {found:.3g}, two fresh ones by {chance:.3g}."
            )


def _good(net: dlib_net.ResNet50, seed: int) -> State:
    """A good call and all that it leaves: logits, or the loss and the state after a step."""
    x = images(3, SIDE_PX, seed)
    if net.mode == "infer":
        return {"logits": net.forward(x).numpy()}
    loss = net.train_step(x, [1, 2, 3], lr=0.01)
    return {"loss": np.float32([loss]), **net.state_dict()}


def distance(a: State, b: State) -> float:
    """The Euclidean one over all values; 0 only if all are the same, but for the sign of a zero."""
    squares = (np.square(a[name] - value, dtype=float).sum() for name, value in b.items())
    return math.sqrt(sum(squares))


def _no_memory_for_a_network() -> Iterator[str]:
    with dlib_net.ResNet50(seed=5) as fresh:
        expected = _good(fresh, 0)
    try:
        with left_mib(0):
            dlib_net.ResNet50(seed=5)
    except dlib_net.DeviceMemoryError:
        pass
    else:
        yield "a new network without memory: it was created."
    with dlib_net.ResNet50(seed=5) as net:
        if distance(_good(net, 0), expected) != 0:
            yield "a new network without memory: the next one differs."
