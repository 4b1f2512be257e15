"""Workers of a GPU cell share one core: which one, from when on, and what the document says."""

import os
import sys
import threading
from pathlib import Path

import pytest
from fake_machine import Behaviour, FakeMachine, fake_plan, simulate
from fake_nvml import FakeNvml, NVMLError
from hypothesis import given
from hypothesis import strategies as st

from benchcore import pinning
from benchcore.cell_state import CellState, Setting
from benchcore.channel import Stop, WorkerProcess, worker_environment
from benchcore.machine import ThisMachine
from benchcore.materials import Materials
from benchcore.nvml import NvmlDevice
from benchcore.orders import Hello, Measure, Measured, Prove, Proved, Ready
from benchcore.profiles import PROFILES

CORES = st.frozensets(st.integers(0, 300), min_size=1)


@given(CORES, st.none() | CORES)
def test_the_core_is_a_usable_one_and_near_if_any_is(usable, near):
    core = pinning.worker_core(usable, near)
    if len(usable) < pinning.FEWEST_CORES:
        assert core is None
        return
    assert core in usable
    if near is not None and usable & near:
        assert core in near


def test_the_last_core_is_taken():
    assert pinning.worker_core(range(16), None) == 15
    assert pinning.worker_core(range(16), range(8)) == 7
    assert pinning.worker_core(range(3), None) is None


@pytest.mark.parametrize(
    ("masks", "near"),
    [([0b1011], {0, 1, 3}), ([0, 1], {64}), (NVMLError(), None)],
)
def test_near_cores_are_read_from_words_of_bits(monkeypatch, masks, near):
    monkeypatch.setitem(sys.modules, "pynvml", FakeNvml(nvmlDeviceGetCpuAffinity=masks))
    assert NvmlDevice("cuda:0").near_cores() == near


def test_only_a_gpu_pins_and_the_observer_keeps_off_its_core_meanwhile(monkeypatch):
    monkeypatch.setitem(sys.modules, "pynvml", FakeNvml(nvmlDeviceGetCpuAffinity=[0b1100]))
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(8)))
    allowed: dict[int, set[int]] = {}
    monkeypatch.setattr(os, "sched_setaffinity", allowed.__setitem__)
    for device, core in (("cuda:0", 3), ("cpu", None)):
        allowed.clear()
        machine = ThisMachine(device, 1)
        assert machine.worker_core() == core
        threads = {thread.native_id for thread in threading.enumerate()}
        kept_off = {thread for thread, cores in allowed.items() if cores == set(range(8)) - {3}}
        machine.close()
        assert threads <= kept_off if core else not allowed
        if core:
            assert allowed[threading.get_native_id()] == set(range(8))


def test_the_document_says_which_core():
    machine = FakeMachine({"dlib": Behaviour(), "torch": Behaviour()}, core=5)
    _, cell = simulate(machine, fake_plan("dlib", "torch"))
    assert cell.pinned_core == 5


def test_a_worker_is_pinned_with_its_first_timed_iteration(plugin, tmp_path):
    before = os.sched_getaffinity(0)
    core = max(before)
    plan = fake_plan("steady")
    spec = plan.cells()[0]
    setting = Setting(
        plan=plan,
        budget=PROFILES["quick"],
        threads=1,
        stop=Stop(),
        machine=FakeMachine({}, core=core),
        began_s=0.0,
    )
    cell = CellState(setting, spec, Materials(plan, tmp_path).cell(spec), tallies={})
    with WorkerProcess("steady", "cpu", worker_environment(1)) as worker:
        assert worker.poll(Hello, 60)
        worker.send(cell.prepare_order(buffers=1))
        assert worker.poll(Ready, 60)
        worker.send(Prove(iterations=1))
        assert worker.poll(Proved, 60)
        assert os.sched_getaffinity(worker.pid) == before
        worker.send(Measure(seconds=0, least=1, most=1))
        assert worker.poll(Measured, 60)
        threads = [int(thread.name) for thread in Path(f"/proc/{worker.pid}/task").iterdir()]
        assert all(os.sched_getaffinity(thread) == {core} for thread in threads)
