"""Contenders of another package, each with one habit; none needs a framework."""

import os
import signal
import time

import numpy as np

from benchcore.contenders.base import Contender, Prepared
from benchcore.data import BUFFERS
from benchcore.proof import TRAINING_STEPS

PASSES_BEFORE_TROUBLE = max(BUFFERS, TRAINING_STEPS)


class Steady(Contender):
    description = "does nothing in about a millisecond"
    seconds = 0.001

    @classmethod
    def unavailable(cls, device):
        return None

    def prepare(self, cell):
        self._cell = cell
        self._done = 0
        return Prepared(num_parameters=len(cell.weights), instantiate_ms=1.0, version="1")

    def enqueue(self):
        time.sleep(self.seconds)
        self._done += 1

    def synchronize(self):
        pass

    def memory(self):
        return {}

    def outputs(self):
        if self._cell.spec.mode == "train":
            return 1.0 / (1 + np.arange(self._done))
        return np.ones((self._cell.spec.batch, 1000))


class Slower(Steady):
    seconds = 0.003


class Troubled(Steady):
    """In order during the memory pass and the proof, in trouble afterwards."""

    def enqueue(self):
        super().enqueue()
        # The memory pass runs with one buffer and must end well.
        if len(self._cell.inputs.images) > 1 and self._done > PASSES_BEFORE_TROUBLE:
            self.trouble()


class Crashing(Troubled):
    def trouble(self):
        raise ZeroDivisionError("of its own making\nwith a second line")


class Killed(Troubled):
    def trouble(self):
        print("a last word", flush=True)
        os.kill(os.getpid(), signal.SIGKILL)


class Hanging(Troubled):
    def trouble(self):
        time.sleep(3600)


class Babbling(Steady):
    def enqueue(self):
        super().enqueue()
        print('{"type": "measured"}', flush=True)
        os.write(1, b"native noise\n")


class Hungry(Steady):
    def prepare(self, cell):
        raise MemoryError("no room for the network")


class Wrong(Steady):
    def outputs(self):
        return super().outputs() * 1.01


class Diverging(Steady):
    def outputs(self):
        values = super().outputs()
        if self._cell.spec.mode == "train" and len(values) > PASSES_BEFORE_TROUBLE:
            values[-1] = np.nan
        return values


class Refusing(Steady):
    @classmethod
    def refusal(cls, spec):
        return "It does not like batches of one." if spec.batch == 1 else None


class Absent(Steady):
    @classmethod
    def unavailable(cls, device):
        return "Its hardware was never built."
