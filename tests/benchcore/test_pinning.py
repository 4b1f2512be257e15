"""Workers of a GPU cell share one core: which one, from when on, and what if it is slowed."""

import os
import sys
import threading
from itertools import chain, count, repeat
from pathlib import Path

import msgspec
import pytest
from fake_machine import Behaviour, FakeMachine, fake_plan, simulate
from fake_nvml import FakeNvml, NVMLError
from hypothesis import given
from hypothesis import strategies as st

from benchcore import core_speed, pinning
from benchcore.channel import WorkerProcess, worker_environment
from benchcore.machine import ThisMachine
from benchcore.nvml import NvmlDevice
from benchcore.orders import Hello, Probed, RunOn

CORES = st.frozensets(st.integers(0, 300), min_size=1)
PROBES = st.dictionaries(st.integers(0, 300), st.floats(50, 5000), min_size=1)


@given(CORES, st.none() | CORES)
def test_candidates_are_usable_and_near_if_any_is(usable, near):
    found = pinning.candidates(usable, near)
    if len(usable) < pinning.FEWEST_CORES:
        assert found == []
        return
    assert 1 <= len(found) <= pinning.MOST_CANDIDATES
    assert set(found) <= usable
    if near is not None and usable & near:
        assert set(found) <= near


def test_the_last_cores_are_candidates():
    assert pinning.candidates(range(16), None) == list(range(16))
    assert pinning.candidates(range(64), range(32)) == list(range(16, 32))
    assert pinning.candidates(range(3), None) == []


@given(st.none() | st.integers(0, 300), PROBES)
def test_the_chosen_core_is_about_the_fastest(current, probes):
    chosen = pinning.choice(current, probes)
    assert probes[chosen] <= min(probes.values()) * (1 + pinning.STAY_WITHIN)
    if current in probes and probes[current] == min(probes.values()):
        assert chosen == current


def test_a_core_is_left_for_one_that_is_clearly_faster():
    assert pinning.choice(None, {2: 150.0, 3: 151.0}) == 3
    assert pinning.choice(2, {2: 156.0, 3: 150.0}) == 2
    assert pinning.choice(2, {2: 158.0, 3: 150.0}) == 3
    assert pinning.choice(2, {}) == 2


def test_a_look_at_a_core_leaves_the_thread_where_it_was():
    before = os.sched_getaffinity(0)
    assert core_speed.probe_on_us(max(before)) > 0
    assert os.sched_getaffinity(0) == before
    assert core_speed.probe_on_us(10_000) is None


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
    monkeypatch.setattr(core_speed, "probe_on_us", {2: 100.0, 3: 140.0}.get)
    allowed: dict[int, set[int]] = {}
    monkeypatch.setattr(os, "sched_setaffinity", allowed.__setitem__)
    for device, core in (("cuda:0", 2), ("cpu", None)):
        allowed.clear()
        machine = ThisMachine(device, 1)
        assert machine.choose_core() == core
        threads = {thread.native_id for thread in threading.enumerate()}
        kept_off = {thread for thread, cores in allowed.items() if cores == set(range(8)) - {2}}
        machine.close()
        assert threads <= kept_off if core else not allowed
        if core:
            assert allowed[threading.get_native_id()] == set(range(8))


def pair(**properties):
    return FakeMachine({"dlib": Behaviour(), "torch": Behaviour()}, **properties)


def test_all_contenders_of_a_round_are_on_the_core_that_was_chosen_before_it():
    machine = pair(cores=count(1))
    _, cell = simulate(machine, fake_plan("dlib", "torch"))
    cores = [
        [block.conditions.core for block in contender.samples]
        for contender in cell.contenders.values()
    ]
    assert cores == [[2, 3, 4, 5], [2, 3, 4, 5]]  # 1 is that of the warm-up
    _, cell = simulate(pair(), fake_plan("dlib", "torch"))
    assert {block.conditions.core for block in cell.contenders["dlib"].samples} == {None}


def test_a_core_that_is_slowed_before_a_block_is_left_at_once():
    machine = pair(cores=count(1), probe_us=lambda core: 200.0 if core == 3 else 150.0)
    _, cell = simulate(machine, fake_plan("dlib", "torch"))
    for contender in cell.contenders.values():
        (block,) = [b for b in contender.samples if b.round == 1]
        assert (block.conditions.core, block.tainted) == (4, None)


def test_a_block_in_which_the_core_is_slowed_is_repeated_on_another():
    looks = chain([150.0], repeat(200.0))  # fast before the block, slow after it
    machine = pair(cores=count(1), probe_us=lambda core: next(looks) if core == 3 else 150.0)
    _, cell = simulate(machine, fake_plan("dlib", "torch"))
    first, *others = [b for b in cell.contenders["torch"].samples if b.round == 1]
    assert (first.conditions.core, first.tainted, first.superseded) == (3, "slow_core", True)
    assert [(b.conditions.core, b.tainted) for b in others] == [(4, None)]
    assert "slow_core" not in cell.flags


def test_a_core_that_stays_slow_is_said():
    speeds = chain(repeat(150.0, 10), repeat(200.0))
    machine = pair(cores=repeat(1), probe_us=lambda core: next(speeds))
    _, cell = simulate(machine, fake_plan("dlib", "torch"))
    assert "slow_core" in cell.flags
    assert "the core that feeds the device was slowed" in str(cell.verdict["dlib"].reason)


def test_a_trace_waits_for_a_core_that_is_not_slowed():
    machine = pair(cores=count(1))
    machine.probe_us = lambda core: (
        200.0 if core in (5, 6, 7) and machine.orders("TraceKernels") else 150.0
    )
    plan = msgspec.structs.replace(fake_plan("dlib", "torch"), trace_iterations=2)
    simulate(machine, plan)
    orders = [(what, at_s) for at_s, name, what in machine.log if name == "torch"]
    (traced_s,) = [at_s for what, at_s in orders if what == "TraceKernels"]
    looked_s = [at_s for what, at_s in orders if what == "RunOn" and at_s <= traced_s][-6:]
    # Cores 5 and 6, a pause of 1 s, 6 and 7, one of 2 s, 7 and 8.
    assert [round(traced_s - at_s) for at_s in looked_s] == [3, 3, 2, 2, 0, 0]


@pytest.mark.parametrize("contender", ["dlib", "torch"])
def test_a_worker_that_dies_when_its_core_is_looked_at_is_a_crash(contender):
    machine = pair(cores=count(1))
    machine.behaviours[contender].dies_at = "RunOn"
    _, cell = simulate(machine, fake_plan("dlib", "torch", mode="train"))
    assert cell.contenders[contender].status == "crashed"


def test_a_worker_moves_with_all_its_threads(plugin):
    core = max(os.sched_getaffinity(0))
    with WorkerProcess("steady", "cpu", worker_environment(1)) as worker:
        assert worker.poll(Hello, 60)
        assert os.sched_getaffinity(worker.pid) == os.sched_getaffinity(0)
        worker.send(RunOn(core=core))
        assert 10 < worker.poll(Probed, 60).probe_us < 1e6
        threads = [int(thread.name) for thread in Path(f"/proc/{worker.pid}/task").iterdir()]
        assert all(os.sched_getaffinity(thread) == {core} for thread in threads)
