"""The warm-up policy on simulated contenders: no clock, no work."""

import random

import pytest

from benchcore.profiles import PROFILES
from benchcore.warmup import Warmup

DEFAULT = PROFILES["default"]


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


def unstable_share(climb, noise, each, step_ms, profile, runs=40):
    """Of so many warm-ups whose time climbs by `climb` a window, with a slow first one."""
    rng = random.Random(5)

    def unstable():
        policy = Warmup(PROFILES[profile])
        level = step_ms
        while not policy.done():
            slow = 1.5 if level == step_ms else 1.0
            policy.add([slow * level * max(0.2, rng.gauss(1, noise)) for _ in range(each)])
            level *= 1 + climb
        return policy.unstable

    return sum(unstable() for _ in range(runs)) / runs


CPU = [(1, 300.0), (2, 130.0), (3, 90.0)]
"""Iterations in a window of 0.25 s, and their time."""


@pytest.mark.parametrize(("each", "step_ms"), CPU)
@pytest.mark.parametrize("noise", [0.003, 0.02, 0.05])
def test_noise_alone_is_warm(each, step_ms, noise):
    assert unstable_share(0, noise, each, step_ms, "default") <= 0.05


@pytest.mark.parametrize(("each", "step_ms"), CPU)
@pytest.mark.parametrize("noise", [0.003, 0.01, 0.03])
@pytest.mark.parametrize("profile", ["quick", "default"])
def test_a_climb_of_three_percent_is_unstable_under_noise(each, step_ms, noise, profile):
    assert unstable_share(0.03, noise, each, step_ms, profile) >= 0.85


def test_few_windows_prove_no_steadiness():
    policy = Warmup(PROFILES["quick"])
    for ms in (900.0, 940.0, 880.0, 930.0):
        policy.add([ms])
    assert policy.done()
    assert policy.unstable


@pytest.mark.parametrize(
    ("clocks", "warm"),
    [
        ([1500, 1700, 1980, 1980, 1979], True),
        ([1980, 1980, 1980, 1980, 1900], False),
        ([1980, 1980, 1980, None, 1900], False),
        ([1980, 1980, None, None, 1900], True),
        ([None] * 5, True),
    ],
)
def test_the_clocks_of_the_last_windows_agree(clocks, warm):
    policy = Warmup(DEFAULT)
    for clock in clocks:
        policy.add([500.0] * 2, sm_clock_mhz=clock)
    assert policy.done() is warm
    assert not policy.unstable
