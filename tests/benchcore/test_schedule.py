"""The schedule of a cell on a simulated machine: order, budgets, repetitions, failures."""

from itertools import chain, pairwise, repeat

import msgspec
import pytest
from fake_machine import Behaviour, FakeMachine, fake_plan, simulate
from hypothesis import given, settings
from hypothesis import strategies as st

from benchcore.channel import Stop, StoppedError
from benchcore.events import (
    BlockFinished,
    BlockRepeated,
    BlockStarted,
    ContenderFailed,
    PhaseStarted,
    ProofFinished,
    Sampled,
)
from benchcore.profiles import PROFILES
from benchcore.samples import Conditions

QUICK, DEFAULT = PROFILES["quick"], PROFILES["default"]


def machine_of(**behaviours):
    return FakeMachine(behaviours)


def pair(**changes):
    return machine_of(dlib=Behaviour(**changes), torch=Behaviour())


def blocks_of(cell, name):
    return [(b.launch, b.round, b.position) for b in cell.contenders[name].samples]


def test_rounds_alternate_and_so_do_launches():
    _, cell = simulate(pair(), fake_plan("dlib", "torch"), DEFAULT)
    first = [(b.launch, b.round) for b in cell.contenders["dlib"].samples if b.position == 0]
    assert first == [(i, r) for i in range(5) for r in range(4) if (i + r) % 2 == 0]
    assert len(blocks_of(cell, "torch")) == len(blocks_of(cell, "dlib")) == 20
    assert cell.launches == 5


def test_memory_first_then_proof_then_warmup_then_blocks():
    events, _ = simulate(pair(), fake_plan("dlib", "torch"))
    phases = [e.phase for e in events if isinstance(e, PhaseStarted)]
    before = ["memory"] * 2 + ["import"] * 2 + ["prepare", "proof"] * 2
    assert phases == before + ["warmup"] * 2 + ["timing"] * 2
    kinds = [type(e) for e in events]
    assert kinds.index(ProofFinished) < kinds.index(BlockFinished)


def test_each_block_is_announced_before_it_is_measured():
    events, _ = simulate(pair(), fake_plan("dlib", "torch"))
    told = [e for e in events if isinstance(e, BlockStarted | BlockFinished)]
    assert all(
        isinstance(begun, BlockStarted) and begun.contender == over.contender
        for begun, over in zip(told[::2], told[1::2], strict=True)
    )
    started = told[::2]
    assert [e.number for e in started] == list(range(1, len(started) + 1))
    assert {e.blocks for e in started} == {len(started)}


def test_every_launch_is_a_fresh_process_and_memory_has_its_own():
    machine = pair()
    simulate(machine, fake_plan("dlib", "torch"), DEFAULT)
    assert machine.orders("start").count("dlib") == 1 + 5
    assert machine.orders("end").count("dlib") == 1 + 5
    assert machine.most_alive == 2


def test_one_after_the_other_where_memory_holds_only_one():
    machine = machine_of(dlib=Behaviour(peak_mib=700), torch=Behaviour(peak_mib=700))
    machine.free = 1000.0
    _, cell = simulate(machine, fake_plan("dlib", "torch"), DEFAULT)
    assert cell.schedule == "alternating"
    assert machine.most_alive == 1
    assert cell.proof.held
    assert cell.factors["dlib"].time.estimate == pytest.approx(1)
    starts = machine.orders("start")[2:]
    assert starts == ["torch", "dlib", "dlib", "torch"] * 2 + ["torch", "dlib"]


def test_a_wrong_contender_is_never_timed_in_either_schedule():
    for free in (100_000.0, 1000.0):
        machine = machine_of(dlib=Behaviour(outputs=1.1), torch=Behaviour())
        machine.free = free
        _, cell = simulate(machine, fake_plan("dlib", "torch"))
        assert cell.contenders["dlib"].status == "invalid"
        assert "dlib" not in machine.orders("Measure")
        assert not cell.proof.held
        assert cell.factors == {}
        assert cell.contenders["torch"].wall is not None


def test_bursts_only_where_something_is_queued():
    machine = pair()
    _, cell = simulate(machine, fake_plan("dlib", "torch"))
    assert machine.orders("MeasureBurst") == []
    assert cell.contenders["dlib"].throughput.method == "synchronised iterations"
    assert cell.contenders["dlib"].images_per_s == pytest.approx(40)
    machine = pair()
    _, cell = simulate(machine, fake_plan("dlib", "torch", device="cuda:0"))
    assert machine.orders("MeasureBurst") == ["dlib", "torch", "torch", "dlib"] * 2
    assert cell.contenders["dlib"].throughput.method == "bursts with one synchronisation"
    assert cell.contenders["dlib"].images_per_s == pytest.approx(40)
    assert cell.factors["dlib"].throughput.estimate == pytest.approx(1)


def test_stages_only_in_training():
    machine = pair()
    simulate(machine, fake_plan("dlib", "torch"))
    assert machine.orders("MeasureStages") == []
    _, cell = simulate(machine, fake_plan("dlib", "torch", mode="train"))
    assert cell.contenders["torch"].stages["forward"].median_ms == pytest.approx(100)


def test_launches_are_added_until_the_interval_is_narrow():
    def noisy(n):
        return 100.0 + 7 * ((n * 7919) % 13 - 6) / 6

    machine = machine_of(dlib=Behaviour(iteration_ms=noisy), torch=Behaviour())
    budget = msgspec.structs.replace(DEFAULT, cell_s=10_000.0)
    _, cell = simulate(machine, fake_plan("dlib", "torch"), budget)
    assert 5 <= cell.launches <= 12
    _, still = simulate(pair(), fake_plan("dlib", "torch"), budget)
    assert still.launches == 5


def test_a_slow_cell_keeps_to_its_budget_and_says_so():
    slow = Behaviour(iteration_ms=lambda n: 8000.0)
    _, cell = simulate(machine_of(dlib=slow, torch=slow), fake_plan("dlib", "torch"))
    assert "not_converged" in cell.flags
    assert len(blocks_of(cell, "dlib")) == 2
    assert cell.factors["dlib"].time.low is not None


THROTTLED = Conditions(throttle_reasons=["hw_thermal_slowdown"])
DISTURBED = Conditions(foreign_cpu_share=0.5)


def test_a_tainted_block_is_repeated_and_kept_out_of_the_statistics():
    machine = pair(iteration_ms=lambda n: 300.0 if 9 <= n < 11 else 100.0)
    machine.conditions = iter([THROTTLED])
    events, cell = simulate(machine, fake_plan("dlib", "torch"))
    (repeated,) = [e for e in events if isinstance(e, BlockRepeated)]
    assert (repeated.contender, repeated.reason, repeated.pause_s) == ("dlib", "throttled", 1.0)
    first, second, *_ = cell.contenders["dlib"].samples
    assert (first.superseded, first.tainted) == (True, "throttled")
    assert (second.superseded, second.tainted) == (False, None)
    assert first.round == second.round
    assert cell.contenders["dlib"].wall.count == sum(
        len(b.wall_ms) for b in cell.contenders["dlib"].samples[1:]
    )
    assert cell.flags == []


def test_a_machine_that_stays_throttled_gives_data_but_no_verdict():
    machine = pair()
    machine.conditions = repeat(THROTTLED)
    _, cell = simulate(machine, fake_plan("dlib", "torch"))
    assert "throttled" in cell.flags
    assert cell.verdict["dlib"].outcome == "INVALID"
    assert len([b for b in cell.contenders["dlib"].samples if not b.superseded]) == 4
    superseded = [b for c in cell.contenders.values() for b in c.samples if b.superseded]
    assert len(superseded) == 1  # a tenth of eight blocks, and at least one


def test_a_busy_machine_is_a_caveat():
    machine = pair(iteration_ms=lambda n: 250.0)
    machine.conditions = repeat(DISTURBED)
    _, cell = simulate(machine, fake_plan("dlib", "torch"))
    assert "disturbed" in cell.flags
    assert cell.verdict["dlib"].outcome == "INCONCLUSIVE"
    assert "other processes used the cores" in cell.verdict["dlib"].reason


def test_a_slow_clock_is_found_against_the_cell_so_far():
    machine = pair()
    fast, slow = Conditions(sm_clock_mhz=1900.0), Conditions(sm_clock_mhz=1500.0)
    machine.conditions = chain([fast, fast, slow], repeat(fast))
    events, cell = simulate(machine, fake_plan("dlib", "torch"))
    assert [e.reason for e in events if isinstance(e, BlockRepeated)] == ["slow_clock"]
    assert cell.flags == []


@pytest.mark.parametrize("order", ["MeasureMemory", "Prepare", "Prove", "Measure", "MeasureStages"])
def test_a_worker_that_dies_leaves_its_status_and_the_other_goes_on(order):
    machine = machine_of(dlib=Behaviour(dies_at=order), torch=Behaviour())
    events, cell = simulate(machine, fake_plan("dlib", "torch", mode="train"))
    (failed,) = [e for e in events if isinstance(e, ContenderFailed)]
    assert (failed.contender, failed.status) == ("dlib", "crashed")
    assert cell.contenders["dlib"].reason == "The worker was killed by SIGKILL."
    assert cell.contenders["torch"].status == "ok"
    assert cell.contenders["torch"].wall is not None
    assert cell.verdict == {}


def test_a_worker_that_hangs_is_given_up_after_its_limit():
    machine = machine_of(dlib=Behaviour(hangs_at="Measure"), torch=Behaviour())
    events, cell = simulate(machine, fake_plan("dlib", "torch"))
    assert cell.contenders["dlib"].status == "timeout"
    assert cell.contenders["dlib"].reason == "The worker gave no answer for 120 s."
    samples = [e for e in events if isinstance(e, Sampled)]
    gaps = [b.at_s - a.at_s for a, b in pairwise(samples)]
    assert min(gaps) >= 0.25 - 1e-9


def test_two_copies_of_a_library_are_flagged():
    one, two = ("/a/libcudnn.so.9", "/a/libopenblas.so"), ("/b/libcudnn.so.9",)
    machine = machine_of(dlib=Behaviour(libraries=one), torch=Behaviour(libraries=two))
    _, cell = simulate(machine, fake_plan("dlib", "torch"))
    assert "libraries_differ" in cell.flags
    machine = machine_of(dlib=Behaviour(libraries=one), torch=Behaviour(libraries=one[:1]))
    _, cell = simulate(machine, fake_plan("dlib", "torch"))
    assert cell.flags == []


def test_disagreeing_sources_of_memory_are_flagged():
    machine = pair(disagreement="They differ.")
    _, cell = simulate(machine, fake_plan("dlib", "torch"))
    assert "memory_sources_disagree" in cell.flags


@pytest.mark.parametrize(
    ("conditions", "flag"),
    [
        (Conditions(idle_workers_cpu_share=0.9), "idle_worker_busy"),
        (Conditions(observer_cpu_share=0.2), "observer_busy"),
    ],
)
def test_the_instrument_watches_itself(conditions, flag):
    machine = pair()
    machine.conditions = repeat(conditions)
    _, cell = simulate(machine, fake_plan("dlib", "torch"))
    assert cell.flags == [flag]


def test_stopping_ends_the_processes_wherever_it_is():
    for asked_after in range(0, 40, 6):
        machine = pair()
        stop = Stop()
        pauses = iter(range(10_000))

        def sleep(seconds, machine=machine, stop=stop, pauses=pauses, limit=asked_after):
            machine.time_s += seconds
            if next(pauses) >= limit:
                stop.ask()

        machine.sleep = sleep
        with pytest.raises(StoppedError):
            simulate(machine, fake_plan("dlib", "torch"), DEFAULT, stop=stop)
        assert machine.alive == []


@settings(max_examples=60, deadline=None)
@given(
    slow_ms=st.floats(0.05, 20_000),
    fast_ms=st.floats(0.05, 20_000),
    profile=st.sampled_from(["quick", "default", "rigorous", "classic"]),
    mode=st.sampled_from(["infer", "train"]),
    device=st.sampled_from(["cpu", "cuda:0"]),
)
def test_any_speed_gives_a_complete_cell_within_its_budget(slow_ms, fast_ms, profile, mode, device):
    machine = machine_of(
        dlib=Behaviour(iteration_ms=lambda n: slow_ms),
        torch=Behaviour(iteration_ms=lambda n: fast_ms),
    )
    budget = PROFILES[profile]
    _, cell = simulate(machine, fake_plan("dlib", "torch", mode=mode, device=device), budget)
    assert cell.factors["dlib"].time.estimate == pytest.approx(slow_ms / fast_ms, rel=1e-6)
    for name, result in cell.contenders.items():
        counted = [b for b in result.samples if not b.superseded]
        assert all(
            budget.block_min_iterations <= len(b.wall_ms) <= budget.block_max_iterations
            for b in counted
        ), name
    # A cell ends at its budget, but for what it had begun: one round, and the least of a launch.
    least_s = 20 * (budget.warmup_min_iterations + 6 * budget.block_min_iterations) * (
        slow_ms + fast_ms
    ) / 1e3 + 40 * (budget.warmup_cap_s + budget.block_s * 6 + 1)
    assert cell.duration_s < budget.cell_s * 2 + least_s + 500


def test_a_cell_that_nothing_proves_says_so():
    _, alone = simulate(machine_of(dlib=Behaviour()), fake_plan("dlib"))
    assert alone.proof is None
    assert "not_proven" in alone.flags
    _, both = simulate(pair(), fake_plan("dlib", "torch"))
    assert "not_proven" not in both.flags
    _, dead = simulate(pair(dies_at="Prepare"), fake_plan("dlib", "torch"))
    assert "not_proven" in dead.flags
