"""How often the real statistics are right on a machine with known noise.

The noise is that of `simulation.Noise`: drift 1 %, launches 0.4 %, blocks 0.2 %, iterations 0.6 %
with a tail of 5 %. `scripts/fit_noise.py` fits it to real documents.
"""

import numpy as np
import pytest
import simulation
from simulation import Noise, findings, outcomes

from benchcore.profiles import PROFILES
from scripts import fit_noise

NOISE = Noise()


def test_equal_contenders_are_hardly_ever_told_apart():
    found = outcomes(NOISE, ratio=1.0, trials=600, seed=1)
    assert found["SLOWER"] + found["FASTER"] <= 6


@pytest.mark.parametrize(("ratio", "outcome"), [(1.03, "SLOWER"), (1 / 1.03, "FASTER")])
def test_three_percent_are_found(ratio, outcome):
    assert outcomes(NOISE, ratio=ratio, trials=300, seed=2)[outcome] >= 240


def test_a_difference_at_the_margin_is_rarely_claimed_as_beyond_it():
    # 2.5 % of each side by the interval, a little more as the rule stops at narrow widths.
    assert outcomes(NOISE, ratio=1.02, trials=400, seed=3)["SLOWER"] <= 24


def test_two_documents_of_the_same_show_no_regression():
    found = findings(NOISE, trials=200, seed=4)
    assert found["REGRESSION"] + found["IMPROVEMENT"] <= 2
    assert found["SAME"] >= 160


def test_a_regression_of_three_percent_is_found_between_two_documents():
    assert findings(NOISE, trials=300, seed=5, dlib=1.03)["REGRESSION"] >= 240


def test_a_slow_day_is_no_regression():
    found = findings(NOISE, trials=100, seed=6, dlib=1.05, torch=1.05)
    assert found["REGRESSION"] <= 1
    assert found["MACHINE_DRIFT"] >= 80


def test_a_faster_reference_is_no_regression():
    assert findings(NOISE, trials=150, seed=7, torch=1 / 1.03)["REGRESSION"] <= 15


@pytest.mark.parametrize(
    "noise",
    [
        NOISE,
        Noise(drift_sd=0.03, launch_sd=0.01, block_sd=0.01),
        Noise(drift_sd=0.023, launch_sd=0.0, block_sd=0.13, iteration_sd=0.078),  # two CPU cores
    ],
)
def test_quick_documents_hardly_ever_show_a_regression(noise):
    found = findings(noise, trials=300, seed=8, profile="quick")
    assert found["REGRESSION"] + found["IMPROVEMENT"] <= 3


def test_the_noise_is_found_again_in_a_document():
    random = np.random.default_rng(9)
    given = {"logs": (0.0, 0.0), "trials": 12, "budget": PROFILES["rigorous"], "iterations": 60}
    runs = simulation.log_iterations(NOISE, random, **given)
    fitted = [fit_noise.fit(simulation.cell(np.exp(run)), "torch") for run in runs]
    for name, slack in (
        ("drift_sd", 0.4),
        ("launch_sd", 0.25),
        ("block_sd", 0.25),
        ("iteration_sd", 0.1),
        ("tail_share", 0.2),
        ("tail_mean", 0.1),
    ):
        found = np.median([each[name] for each in fitted])
        assert found == pytest.approx(getattr(NOISE, name), rel=slack), name


def test_what_a_document_cannot_tell_is_not_fitted():
    random = np.random.default_rng(9)
    given = {"logs": (0.0, 0.0), "trials": 1, "budget": PROFILES["quick"]}
    run = simulation.log_iterations(NOISE, random, **given)[0]
    assert (
        not {"launch_sd", "drift_sd"} & fit_noise.fit(simulation.cell(np.exp(run)), "torch").keys()
    )
    short = fit_noise.fit(simulation.cell(np.exp(run[..., :2])), "torch")
    assert short == {}
