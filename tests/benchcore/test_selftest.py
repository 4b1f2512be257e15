"""The self-test's judgement, on a simulated machine whose contenders have known properties."""

import numpy as np
import pytest
from fake_machine import FILES, Behaviour, FakeMachine

from benchcore import selftest
from benchcore.channel import Stop
from benchcore.known import HOARDED_MIB


class Files:
    """Stands for Materials: nothing is written."""

    def __init__(self, plan, folder):
        pass

    def cell(self, spec):
        return FILES


def noisy(ms, sd, seed):
    """Milliseconds around `ms`, with relative noise."""
    draws = np.random.default_rng(seed).normal(0, sd, 100_000)
    return lambda n: float(ms * np.exp(draws[n]))


def findings(monkeypatch, **properties):
    """By what they are about."""
    machine = machine_of(**properties)
    monkeypatch.setattr(selftest, "Materials", Files)
    found = list(selftest.judge(machine, "cpu", 1, Stop()))
    return {one.what: one for one in found}, selftest.conclude("cpu", 1, found)


def machine_of(*, slowed=1.03, torch_again=1.0, hoarded=HOARDED_MIB, sd=0.001, dlib_sd=None):
    factors = {
        "torch": 1.0,
        "selftest-torch": torch_again,
        "dlib": 2.0,
        "selftest-dlib": 2.0,
        "selftest-slowed": slowed,
        "selftest-hoarding": 1.0,
    }
    behaviours = {
        name: Behaviour(
            iteration_ms=noisy(100 * factor, (dlib_sd or sd) if "dlib" in name else sd, seed)
        )
        for seed, (name, factor) in enumerate(factors.items())
    }
    behaviours["selftest-hoarding"].model_mib = 1.0 + hoarded
    return FakeMachine(behaviours)


def test_a_quiet_machine_passes_and_gives_its_noise_floor(monkeypatch):
    found, result = findings(monkeypatch)
    assert list(found) == ["same torch", "slowed", "same dlib", "hoarded fake"]
    assert result.passed
    assert 0 < result.noise_floor < 0.002
    assert found["slowed"].estimate == pytest.approx(1.03, abs=0.002)
    assert "SAME" in found["same torch"].sentence


@pytest.mark.parametrize(
    ("change", "failed"),
    [
        ({"slowed": 1.0}, "slowed"),
        ({"slowed": 1.06}, "slowed"),
        ({"torch_again": 1.1}, "same torch"),
        ({"hoarded": HOARDED_MIB - 3}, "hoarded fake"),
        ({"hoarded": HOARDED_MIB + 3}, "hoarded fake"),
    ],
)
def test_what_is_known_and_not_found_fails(monkeypatch, change, failed):
    found, result = findings(monkeypatch, **change)
    assert not result.passed
    assert [what for what, one in found.items() if not one.passed] == [failed]


def test_the_noise_floor_is_the_machines_and_not_dlibs_own(monkeypatch):
    found, result = findings(monkeypatch, dlib_sd=0.1)
    assert result.passed
    half_width = {what: np.log(one.high / one.low) / 2 for what, one in found.items() if one.low}
    assert result.noise_floor == pytest.approx(half_width["same torch"])
    assert half_width["same dlib"] > 5 * half_width["same torch"]


def test_noise_as_large_as_the_slow_down_hides_it_and_is_said(monkeypatch):
    found, result = findings(monkeypatch, sd=0.5)
    assert not found["slowed"].passed
    assert "too noisy" in found["slowed"].sentence
    assert not result.passed


@pytest.mark.parametrize(
    ("dying", "lost"),
    [
        ("selftest-dlib", ["same dlib"]),
        ("dlib", ["same dlib"]),
        ("selftest-torch", ["same torch"]),
        ("selftest-slowed", ["slowed"]),
        ("torch", ["same torch", "slowed"]),
    ],
)
def test_a_contender_that_dies_is_a_failed_finding(monkeypatch, dying, lost):
    machine = machine_of()
    machine.behaviours[dying].dies_at = "Measure"
    monkeypatch.setattr(selftest, "Materials", Files)
    found = list(selftest.judge(machine, "cpu", 1, Stop()))
    assert [one.what for one in found if not one.passed] == lost
    unmeasured = [one.what for one in found if "could not be measured" in one.sentence]
    assert unmeasured == lost
    # What is left alone isn't measured on.
    assert machine.orders("start").count("torch") == (1 if dying == "torch" else 5)
    assert machine.orders("start").count("dlib") == (1 if "dlib" in dying else 5)


def test_the_default_batch_is_one_that_the_device_decides():
    assert selftest.default_batch("cpu") == 1
    assert selftest.default_batch("cuda:1") == 64


@pytest.mark.parametrize(("sd", "launches"), [(0.001, 3), (0.05, 5)])
def test_a_gpu_is_launched_again_only_while_its_interval_is_wide(monkeypatch, sd, launches):
    monkeypatch.setattr(selftest, "Materials", Files)
    machine = machine_of(sd=sd)
    list(selftest.judge(machine, "cuda:0", 32, Stop()))
    assert machine.orders("start").count("selftest-dlib") == launches
    assert machine.orders("MeasureMemory") == ["selftest-hoarding"]
