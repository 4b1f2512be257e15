import gc

import msgspec
import numpy as np
import pytest

from benchcore import proof, stopping, verdict
from benchcore.clock import time_iterations
from benchcore.profiles import PROFILES
from benchcore.result import Interval
from benchcore.warmup import Warmup

DEFAULT = PROFILES["default"]


class FakeClock:
    """Time passes only in the work."""

    def __init__(self, enqueue_ms, work_ms):
        self.now = 0
        self.calls = []
        self._enqueue_ms, self._work_ms = enqueue_ms, work_ms

    def now_ns(self):
        return self.now

    def enqueue(self):
        assert not gc.isenabled()
        self.calls.append("enqueue")
        self.now += int(self._enqueue_ms * 1e6)

    def synchronize(self):
        if self.calls and self.calls[-1] == "enqueue":
            self.now += int(self._work_ms * 1e6)
        self.calls.append("synchronize")


def _timed(clock, **limits):
    return time_iterations(clock.enqueue, clock.synchronize, now_ns=clock.now_ns, **limits)


def test_each_iteration_is_synchronised_before_and_after():
    clock = FakeClock(enqueue_ms=2, work_ms=8)
    timings = _timed(clock, seconds=0, least=3, most=9)
    assert timings.wall_ms == [10, 10, 10]
    assert timings.enqueue_ms == [2, 2, 2]
    assert clock.calls == ["synchronize", *["enqueue", "synchronize"] * 3]
    assert gc.isenabled()


@pytest.mark.parametrize(
    ("limits", "count"),
    [
        ({"seconds": 0.1, "least": 1, "most": 99}, 10),
        ({"seconds": 0.1, "least": 20, "most": 99}, 20),
        ({"seconds": 9.0, "least": 1, "most": 7}, 7),
    ],
)
def test_a_block_ends_by_time_and_count(limits, count):
    assert len(_timed(FakeClock(0, 10), **limits).wall_ms) == count


def test_warm_when_time_iterations_and_stability_agree():
    policy = Warmup(DEFAULT)
    for _ in range(7):
        policy.add([250.0])
        assert not policy.done()
    policy.add([250.0])
    assert policy.done()
    assert not policy.unstable


def test_a_drifting_contender_ends_at_the_cap_with_a_flag():
    policy = Warmup(DEFAULT)
    spent, step = 0.0, 1000.0
    while not policy.done():
        policy.add([step])
        spent += step / 1e3
        step *= 1.05
    assert policy.unstable
    assert DEFAULT.warmup_cap_s <= spent <= DEFAULT.warmup_cap_s + step / 1e3


def test_the_classic_profile_warms_up_once():
    policy = Warmup(PROFILES["classic"])
    assert not policy.done()
    policy.add([5.0])
    assert policy.done()


@pytest.mark.parametrize(
    ("launches", "half_width", "spent_s", "expected"),
    [
        (1, 0.001, 0, (False, None)),
        (1, 0.001, 999, (True, "not_converged")),
        (5, 0.004, 0, (True, None)),
        (5, 0.02, 0, (False, None)),
        (5, 0.02, 120, (True, "not_converged")),
        (12, 0.02, 0, (True, "not_converged")),
        (5, None, 0, (True, None)),
    ],
)
def test_stopping_looks_at_width_and_budget(launches, half_width, spent_s, expected):
    found = stopping.enough(DEFAULT, launches=launches, half_width=half_width, spent_s=spent_s)
    assert found == expected


def test_a_profile_of_one_launch_never_claims_to_converge():
    quick = PROFILES["quick"]
    assert stopping.enough(quick, launches=1, half_width=0.5, spent_s=1) == (True, None)


@pytest.mark.parametrize(
    ("low", "high", "batch", "outcome"),
    [
        (0.90, 0.97, 8, "FASTER"),
        (1.03, 1.05, 8, "SLOWER"),
        (1.03, 1.04, 1, "SAME"),
        (0.99, 1.01, 8, "SAME"),
        (0.97, 1.01, 8, "INCONCLUSIVE"),
        (None, None, 8, "INCONCLUSIVE"),
    ],
)
def test_verdicts(low, high, batch, outcome):
    interval = Interval(estimate=1.0, low=low, high=high, method="")
    found = verdict.decide(interval, batch=batch)
    assert found.outcome == outcome
    assert found.reason.endswith(".")


def test_profiles_differ_in_budget_only():
    assert list(PROFILES) == ["quick", "default", "rigorous", "classic"]
    quick, rigorous = (msgspec.structs.asdict(PROFILES[name]) for name in ("quick", "rigorous"))
    assert all(quick[key] <= rigorous[key] for key in quick)
    assert PROFILES["classic"].block_min_iterations == 100


def test_proof_bounds_logits_and_each_loss():
    ones = np.ones((4, 2, 1000))
    assert proof.compare("infer", ones * (1 + 5e-4), ones).held
    assert not proof.compare("infer", ones * 1.01, ones).held
    losses = np.array([7.0, 6.9, 6.8])
    assert proof.compare("train", losses + np.array([0, 0, 1e-4]), losses).held
    broken = proof.compare("train", losses + np.array([0, 0, 0.1]), losses)
    assert not broken.held
    assert broken.errors[0] == 0
    assert not proof.compare("infer", ones * np.nan, ones).held
    assert not proof.compare("infer", ones * 0, ones * 0).held
