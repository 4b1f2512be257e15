"""The same comparisons as `benchcore verify`, on smaller images."""

import json
import subprocess
import sys

import msgspec
import numpy as np
import pytest

from benchcore import weights
from benchcore.errors import UsageError
from benchcore.verification import (
    LOSS_PER_PARAMETER,
    RATIO_BOUND,
    Distance,
    LogitCheck,
    Refusal,
    StepCheck,
    Verification,
    allowed,
    broken,
    loss_allowed,
)
from benchcore.verify import DISTURBED, distance, disturb, verify

SMALL = Verification(
    device="cpu",
    threads=2,
    contenders=("dlib",),
    networks=("resnet50",),
    modes=("infer", "train"),
    batch_sizes=(1, 3),
    image_sizes=((96, 128),),
    steps=3,
)


@pytest.mark.parametrize("network", ["resnet50", "resnet50-dlib"])
def test_every_bound_holds(network):
    checks = list(verify(msgspec.structs.replace(SMALL, networks=(network,))))
    kinds = [type(check) for check in checks]
    assert kinds == [LogitCheck, LogitCheck, Refusal, StepCheck, StepCheck, StepCheck]
    assert broken(checks) == []


@pytest.mark.parametrize("mode", ["infer", "train"])
def test_one_disturbed_weight_breaks_a_bound(mode):
    disturbed = msgspec.structs.replace(
        SMALL, modes=(mode,), batch_sizes=(2,), disturb=1e-2, steps=1
    )
    assert broken(verify(disturbed))


def test_other_precisions_have_other_bounds_and_are_refused():
    refused = msgspec.structs.replace(SMALL, contenders=("torch-amp-bf16",))
    with pytest.raises(UsageError, match="it computes in bf16, and the bounds are those of fp32"):
        next(verify(refused))


def test_a_contender_that_raises_is_a_broken_check(plugin):
    found = list(verify(msgspec.structs.replace(SMALL, contenders=("hungry",), batch_sizes=(2,))))
    assert [check.held for check in found] == [False, False]
    assert "no room for the network" in found[0].reason


def test_distance_is_relative_and_apart_for_parameters_and_statistics():
    truth = {
        "fc.weight": np.array([3.0, 4.0]),
        "bn.running_mean": np.array([1.0]),
        "bn.num_batches_tracked": np.array(4),
    }
    state = {**truth, "fc.weight": np.array([3.0, 4.5], np.float32)}
    assert distance(state, truth, parameters=True) == pytest.approx(0.1)
    assert distance(state, truth, parameters=False) == 0


def test_bounds():
    assert allowed(1e-3, way=0.01, share=0.05) == RATIO_BOUND * 1e-3
    assert allowed(1e-9, way=0.01, share=0.05) == pytest.approx(5e-4)
    assert loss_allowed(0.0, parameters_allowed=1e-3) == LOSS_PER_PARAMETER * 1e-3
    assert Distance(contender=1e-3, torch=1e-3, allowed=2e-3).held
    assert not Distance(contender=float("nan"), torch=1e-3, allowed=2e-3).held


def test_disturbing_changes_one_weight_of_a_copy():
    drawn = weights.random_weights("resnet50", 0)
    changed = disturb(drawn, 1e-2)
    assert (changed[DISTURBED] != drawn[DISTURBED]).sum() == 1
    assert disturb(drawn, 0.0) is drawn


@pytest.mark.parametrize(("disturbed", "status"), [([], 0), (["--disturb", "1e-2"], 4)])
def test_the_command(disturbed, status):
    words = [
        *("verify", "--device", "cpu", "--networks", "resnet50", "--modes", "infer"),
        *("--batch-sizes", "2", "--image-sizes", "64", "--json", *disturbed),
    ]
    done = subprocess.run(
        [sys.executable, "-m", "benchcore", *words], capture_output=True, text=True
    )
    assert done.returncode == status, done.stderr
    assert json.loads(done.stdout)["held"] == (status == 0)
