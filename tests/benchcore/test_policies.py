import gc

import msgspec
import numpy as np
import pytest

from benchcore import proof, stopping, verdict
from benchcore.clock import time_iterations
from benchcore.profiles import PROFILES
from benchcore.result import Interval

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
    given = {"launches": launches, "half_width": half_width, "spent_s": spent_s}
    assert stopping.enough(DEFAULT, margin=0.02, **given) == expected


@pytest.mark.parametrize("half_width", [0.0049, 0.0051, 0.0124, 0.0126])
def test_the_width_aimed_at_goes_with_the_margin(half_width):
    given = {"launches": 5, "half_width": half_width, "spent_s": 0}
    for margin, target in ((0.02, 0.005), (0.05, 0.0125)):
        done, _ = stopping.enough(DEFAULT, margin=margin, **given)
        assert done == (half_width <= target)


@pytest.mark.parametrize(
    ("launches", "own_half_width", "expected"),
    [
        (5, None, (True, None)),
        (5, 0.009, (True, None)),
        (5, 0.011, (False, None)),
        (12, 0.011, (True, "not_converged")),
    ],
)
def test_stopping_looks_at_each_contenders_own_width_too(launches, own_half_width, expected):
    given = {"launches": launches, "spent_s": 0, "margin": 0.02, "own_half_width": own_half_width}
    for half_width in (0.004, None):
        assert stopping.enough(DEFAULT, half_width=half_width, **given) == expected


def test_a_profile_of_one_launch_never_claims_to_converge():
    quick = PROFILES["quick"]
    assert stopping.enough(quick, launches=1, half_width=0.5, spent_s=1, margin=0.02) == (
        True,
        None,
    )


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
    found = _verdict(low, high, batch=batch, launches=5)
    assert found.outcome == outcome
    assert found.reason.endswith(".")
    assert found.margin == (0.05 if batch == 1 else 0.02)
    assert (found.next_step is None) == (outcome != "INCONCLUSIVE")


def _verdict(low, high, **given):
    estimate = 1.0 if low is None else (low * high) ** 0.5
    interval = Interval(estimate=estimate, low=low, high=high, method="")
    return verdict.decide(interval, **{"batch": 8, **given})


def test_a_noisy_machine_calls_less_a_difference_and_no_more_the_same():
    assert _verdict(1.03, 1.05, noise_floor=0.001).margin == 0.02
    noisy = _verdict(1.03, 1.05, noise_floor=0.02)
    assert noisy.outcome == "INCONCLUSIVE"
    assert "not within 2% of 1, but within the 6.2% that" in noisy.reason
    assert "selftest" in noisy.next_step
    assert noisy.margin == pytest.approx(np.expm1(0.06))
    assert _verdict(0.99, 1.01, noise_floor=0.02).outcome == "SAME"
    assert _verdict(1.07, 1.09, noise_floor=0.02).outcome == "SLOWER"
    assert _verdict(1.41, 1.42, noise_floor=0.2).outcome == "INCONCLUSIVE"
    assert _verdict(1.03, 1.05, noise_floor=9.0).margin == 0.5


def test_one_launch_and_flags_are_caveats():
    found = _verdict(1.1, 1.2, flags=["warmup_unstable", "slow_core", "unheard_of"])
    assert found.outcome == "SLOWER"
    assert "one launch is blind" in found.reason
    assert "the warm-up ended unstable, and the core that feeds the device was" in found.reason
    assert "default profile" in found.next_step
    several = _verdict(1.1, 1.2, launches=2)
    assert several.next_step is None
    assert "blind" not in several.reason


@pytest.mark.parametrize(
    ("low", "high", "launches", "outcome"),
    [
        (0.07, 0.88, 1, "INCONCLUSIVE"),
        (1.1, 1.2, 1, "INCONCLUSIVE"),
        (0.99, 1.01, 1, "SAME"),
        (1.1, 1.2, 2, "SLOWER"),
    ],
)
def test_of_one_launch_that_others_disturbed_no_difference_is_called(low, high, launches, outcome):
    found = _verdict(low, high, launches=launches, flags=["disturbed"])
    assert found.outcome == outcome
    assert "other processes used the cores" in found.reason
    if outcome == "INCONCLUSIVE":
        assert "idle machine" in found.next_step


def test_an_invalid_measurement_has_no_other_verdict():
    assert _verdict(1.1, 1.2, invalid="A sentence.").reason == "A sentence."
    assert _verdict(1.1, 1.2, invalid="It throttled.").outcome == "INVALID"


@pytest.mark.parametrize(
    ("low", "high", "launches", "said"),
    [
        (0.99, 1.03, 1, "Run the default profile"),
        (0.98, 1.03, 4, "Run the default profile; about 7 launches"),
        (0.98, 1.03, 5, "Run the rigorous profile; about 10 launches"),
        (
            0.90,
            1.10,
            5,
            "About 112 launches would narrow the interval to the margin, more than any",
        ),
        (0.90, 1.10, 5, "unless the processes themselves differ."),
        (1.00, 1.0404, 5, "no number of launches would tell"),
    ],
)
def test_the_next_step_says_how_many_launches(low, high, launches, said):
    assert said in _verdict(low, high, launches=launches).next_step


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
