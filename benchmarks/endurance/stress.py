"""Eight threads on shared and own networks, each result held against those of one thread alone.

- One shared network infers. A thread's logits are its own batch's, or an error says that another
  pass overwrote them: nothing in between.
- One shared network trains on one batch. Whatever the order of the threads, its losses and every
  state that a thread reads are those of the steps taken one after the other, which are taken so
  afterwards.
- Each thread has a network of its own, whose logits are always right.
- One network is replaced and closed all the time, under the hands of those who use it.

On the CPU all this holds bit by bit. On CUDA dlib keeps a table of algorithms for each thread, so
that each chooses its own, and sums of gradients have no fixed order. There logits may differ by
rounding, and the shared network's losses and its end may be `CHANCE_FACTOR` times as far from those
of one thread as those of a second thread alone; states that are read meanwhile are not judged.
"""

from __future__ import annotations

import math
import random
import threading
import time
import zlib
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

import dlib_net
from benchcore import proof
from benchmarks.endurance.failures import CHANCE_FACTOR, State, distance
from benchmarks.endurance.part import Part
from benchmarks.endurance.passes import images

THREADS = 8
LABELS = [3, 700]
RATE = 1e-3
"""Two images are learned by heart within a few steps; a small rate keeps each step a change."""

TRAIN_SEED, SHARED_SEED = 1, 2


def stress(device: str, seconds: float) -> Part:
    """All threads for `seconds` and until each kind of call was made, then the same steps alone."""
    start = time.perf_counter()
    with Stress(device) as run:
        run.work(seconds)
        run.check_training()
    did = ", ".join(f"{count} {name}" for name, count in sorted(run.counts.items()))
    did = f"{THREADS} threads for {seconds:g} s: {did}"
    return Part("threads", did, time.perf_counter() - start, [], run.wrong)


class Alone(NamedTuple):
    """What steps left that one thread took, and nobody else."""

    losses: list[float]
    states: set[int]
    end: State


class Stress:
    """The networks, what each must answer, and what was found.

    `exact` says whether bit by bit; else as on CUDA.
    """

    def __init__(self, device: str, *, exact: bool | None = None) -> None:
        self._device = device
        self._exact = device == "cpu" if exact is None else exact
        self.counts: Counter[str] = Counter()
        self.wrong: list[str] = []
        self._x = [images(1 + thread % 3, seed=thread) for thread in range(THREADS)]
        self._shared = self._network("infer", SHARED_SEED)
        self._trained = self._network("train", TRAIN_SEED)
        self._own = [self._network("infer", 100 + thread) for thread in range(THREADS)]
        self._brief = self._network("infer", SHARED_SEED)
        self._expected = [self._shared.forward(x).numpy() for x in self._x]
        self._expected_own = [
            net.forward(x).numpy() for net, x in zip(self._own, self._x, strict=True)
        ]
        self._first = fingerprint(self._trained.state_dict())
        self._losses: list[float] = []
        self._states: set[int] = set()
        self._note = threading.Lock()

    def __enter__(self) -> Stress:
        return self

    def __exit__(self, *_: object) -> None:
        for net in (self._shared, self._trained, self._brief, *self._own):
            net.close()

    def work(self, seconds: float) -> None:
        """Starts the threads and waits for them."""
        end = time.perf_counter() + seconds
        threads = [threading.Thread(target=self._act, args=(n, end)) for n in range(THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def check_training(self) -> None:
        """The shared network's steps again, by one thread: the same losses, no other state."""
        alone, end = self._steps_alone(), self._trained.state_dict()
        if self._exact:
            same_losses = sorted(alone.losses) == sorted(self._losses)
            same_end = fingerprint(end) == fingerprint(alone.end)
        else:
            other = self._steps_alone()
            same_losses = by_chance(
                *(_sorted(losses) for losses in (self._losses, alone.losses, other.losses))
            )
            same_end = by_chance(end, alone.end, other.end)
        if not same_losses:
            self.wrong.append("The losses of the shared network are not those of one thread.")
        if self._exact and not self._states <= alone.states:
            self.wrong.append("A thread read a state that no step leaves.")
        if not same_end:
            self.wrong.append("The shared network ended in another state than one thread's.")

    def _steps_alone(self) -> Alone:
        """As many steps as the shared network made, in a thread of their own."""

        def work() -> Alone:
            with self._network("train", TRAIN_SEED) as net:
                losses, states = [], {self._first}
                for _ in self._losses:
                    losses.append(net.train_step(images(2), LABELS, lr=RATE))
                    if self._exact:
                        states.add(fingerprint(net.state_dict()))
                return Alone(losses, states, net.state_dict())

        with ThreadPoolExecutor(1) as thread:
            return thread.submit(work).result()

    # ---- what a thread does ---------------------------------------------------------------
    def _act(self, thread: int, end: float) -> None:
        draw = random.Random(thread)
        actions: list[tuple[int, str, Callable[[], None]]] = [
            (6, "forward passes of a shared network", partial(self._infer_shared, thread)),
            (6, "of an own network", partial(self._infer_own, thread)),
            (2, "training steps", self._train),
            (1, "states read", self._read_state),
            (3, "passes of a network that others close", partial(self._infer_brief, thread)),
            (1, "networks closed", self._replace),
        ]
        weights = [weight for weight, _, _ in actions]
        while not self.wrong and (time.perf_counter() < end or len(self.counts) < len(actions)):
            _, name, action = draw.choices(actions, weights)[0]
            try:
                action()
            except Exception as error:  # a thread that dies silently would look like success
                self._say(f"{name}: {type(error).__name__}: {error}")
            with self._note:
                self.counts[name] += 1

    def _infer_shared(self, thread: int) -> None:
        self._compare(self._shared, thread, self._expected[thread], "overwritten")

    def _infer_brief(self, thread: int) -> None:
        self._compare(self._brief, thread, self._expected[thread], "overwritten", "closed")

    def _infer_own(self, thread: int) -> None:
        self._compare(self._own[thread], thread, self._expected_own[thread])

    def _compare(
        self,
        net: dlib_net.ResNet50,
        thread: int,
        expected: NDArray[np.float32],
        *allowed: str,
    ) -> None:
        """The right logits, or an error with one of the words that are allowed."""
        try:
            found = net.forward(self._x[thread]).numpy()
        except dlib_net.DlibError as error:
            if not any(word in str(error) for word in allowed):
                self._say(f"{net!r}: {error}")
            return
        error = difference(found, expected)
        if not error <= (0.0 if self._exact else proof.LOGIT_BOUND):
            self._say(
                f"{net!r}: thread {thread} got logits that are not its own, "
                f"{error:.1e} of the largest from them."
            )

    def _train(self) -> None:
        loss = self._trained.train_step(images(2), LABELS, lr=RATE)
        with self._note:
            self._losses.append(loss)

    def _read_state(self) -> None:
        found = fingerprint(self._trained.state_dict())
        with self._note:
            self._states.add(found)

    def _replace(self) -> None:
        fresh = self._network("infer", SHARED_SEED)
        old, self._brief = self._brief, fresh
        old.close()

    def _say(self, sentence: str) -> None:
        with self._note:
            self.wrong.append(sentence)

    def _network(self, mode: str, seed: int) -> dlib_net.ResNet50:
        return dlib_net.ResNet50("resnet50", mode, self._device, seed=seed)


def fingerprint(state: State) -> int:
    """A number of a network's whole state, as one call reads it."""
    found = 0
    for array in state.values():
        found = zlib.crc32(array, found)
    return found


def difference(found: NDArray[np.float32], expected: NDArray[np.float32]) -> float:
    """Of logits, relative to the largest; infinite for those of another number of images."""
    if found.shape != expected.shape:
        return math.inf
    return proof.relative_error(found.astype(float), expected.astype(float))


def by_chance(found: State, one: State, other: State) -> bool:
    """Whether `found` is as near to `one` as chance allows, which `other` shows."""
    # The other way round, a distance that is NaN would pass.
    return distance(found, one) <= CHANCE_FACTOR * distance(other, one)


def _sorted(losses: list[float]) -> State:
    """Threads note their losses in any order."""
    return {"losses": np.sort(np.array(losses, np.float32))}
