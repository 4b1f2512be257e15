import os
import threading

import numpy as np
import pytest

from benchcore import memory, memory_pass
from benchcore.worker import failure, is_out_of_memory

MIB = 2**20
ALLOCATED_MIB = 256


def test_a_known_allocation_is_found_within_two_mib():
    source = memory.open_source("cpu")
    memory.release_unused()
    before = source.now_mib()
    block = np.ones(ALLOCATED_MIB * MIB, dtype=np.uint8)
    assert source.now_mib() - before == pytest.approx(ALLOCATED_MIB, abs=2)
    del block
    memory.release_unused()
    assert source.now_mib() - before == pytest.approx(0, abs=2)
    source.close()


def test_the_peak_is_kept_until_it_is_reset():
    source = memory.Resident()
    source.reset_peak()
    before = source.peak_mib()
    block = np.ones(64 * MIB, dtype=np.uint8)
    del block
    memory.release_unused()
    assert source.peak_mib() - before == pytest.approx(64, abs=4)
    source.reset_peak()
    assert source.peak_mib() - before == pytest.approx(0, abs=4)


class SlowDevice:
    """Its memory; once asked to, it keeps the sampling thread waiting within a query."""

    def __init__(self):
        self.held_mib = 3000.0
        self.slow, self.entered, self.go = (threading.Event() for _ in range(3))

    def memory_used_mib(self):
        return 0.0

    def processes_mib(self):
        if self.slow.is_set() and threading.current_thread() is not threading.main_thread():
            self.entered.set()
            self.go.wait(0.2)
        return {os.getpid(): self.held_mib}


def test_a_query_under_way_does_not_bring_a_peak_back_that_is_reset():
    device = SlowDevice()
    source = memory.Nvml(device)
    try:
        assert source.peak_mib() == 3000
        device.slow.set()
        assert device.entered.wait(10)
        device.held_mib = 1000.0
        source.reset_peak()
        device.go.set()
    finally:
        source.close()
    assert source.peak_mib() == 1000


class FakeSource:
    """Memory that a test dictates."""

    name = "fake"

    def __init__(self):
        self.held = self.peak = 10.0

    def now_mib(self):
        return self.held

    def reset_peak(self):
        self.peak = self.held

    def peak_mib(self):
        return self.peak

    def close(self):
        pass


class FakeContender:
    """Searches greedily at first, then steps modestly."""

    def __init__(self, source):
        self._source, self._done = source, 0

    def enqueue(self):
        need = 50.0 if self._done == 0 else 5.0
        self._done += 1
        self._source.peak = max(self._source.peak, self._source.held + need)

    def synchronize(self):
        pass

    def memory(self):
        return {"allocated_peak": 3.0}


def test_phases_are_told_apart():
    source = FakeSource()
    contender = FakeContender(source)

    def build():
        source.held = 110.0

    found = memory_pass.measure(contender, source, build, search_iterations=3, step_iterations=3)
    assert (found.context_mib, found.model_mib) == (10, 110)
    assert (found.search_peak_mib, found.step_peak_mib, found.steady_mib) == (160, 115, 110)
    assert found.sources["framework"] == {"allocated_peak_mib": 3.0}
    assert found.primary == "fake"


def test_out_of_memory_is_told_from_other_errors():
    class OutOfMemoryError(RuntimeError):
        """Named as PyTorch's."""

    assert is_out_of_memory(MemoryError())
    assert is_out_of_memory(OutOfMemoryError())
    assert is_out_of_memory(RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried"))
    assert not is_out_of_memory(ValueError("out of memory"))
    assert failure(MemoryError("x")).status == "oom"
    assert failure(FloatingPointError("loss")).status == "invalid"
    assert failure(KeyError("x")).reason == "KeyError: 'x'"


def test_without_a_driver_there_is_no_cuda_memory():
    if not os.path.exists("/dev/nvidiactl"):  # noqa: PTH110  (a device file, not a path of ours)
        assert memory.cuda_free_mib() is None
