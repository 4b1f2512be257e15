"""dlib's two contenders: fusion, stages, settings, and a fusion that the proof finds out."""

import dataclasses

import numpy as np
import pytest

from benchcore import proof
from benchcore.contenders.dlib import DlibFused


class DlibMisfused(DlibFused):
    """Folds as dlib's own `fuse_layers` does: the convolution's bias is not scaled.

    The correct fold multiplies a bias by gamma / sqrt(variance + eps), so dividing it by that
    beforehand gives just the wrong network.
    """

    def prepare(self, cell):
        changed = dict(cell.weights)
        for name in cell.weights:
            if "conv" in name and name.endswith(".bias"):
                norm = name.replace("conv", "bn").removesuffix(".bias")
                variance = changed[f"{norm}.running_var"] + np.float32(1e-4)
                changed[name] = changed[name] * np.sqrt(variance) / changed[f"{norm}.weight"]
        return super().prepare(dataclasses.replace(cell, weights=changed))


def test_a_fused_network_is_held_by_the_proof(network, cell_of, prepared):
    cell = cell_of(network, "infer")
    fused, reference = (prepared(name, cell, 1) for name in ("dlib-fused", "torch"))
    comparison = proof.compare("infer", fused.outputs(), reference.outputs())
    assert max(comparison.errors) < 1e-5
    assert fused.settings()["fused"]


@pytest.mark.parametrize("precision", ["fp32", "tf32", "bf16"])
def test_a_wrongly_fused_network_is_not(precision, cell_of, prepared):
    cell = cell_of("resnet50-dlib", "infer")
    assert any(np.abs(v).max() > 0.1 for k, v in cell.weights.items() if k.endswith("conv1.bias"))
    misfused, reference = (prepared(kind, cell, 1) for kind in (DlibMisfused, "torch"))
    assert not proof.compare("infer", misfused.outputs(), reference.outputs(), precision).held


def test_the_stages_are_an_iteration(cell_of, prepared):
    cell = cell_of("resnet50", "train", side=33)
    whole, parts = prepared("dlib", cell, 3), prepared("dlib", cell)
    for _ in range(2):
        names = []
        for name, call in parts.stages():
            names.append(name)
            call()
        assert names == ["transfer", "forward", "loss", "backward", "update"]
    parts.enqueue()
    assert np.array_equal(parts.outputs(), whole.outputs())
    assert list(prepared("dlib", cell_of("resnet50", "infer", side=33)).stages()) == []


def test_a_loss_that_is_not_finite_ends_the_step(cell_of, prepared):
    cell = cell_of("resnet50", "train", side=33)
    cell.inputs.images[0, 0, 0, 0, 0] = np.nan
    with pytest.raises(FloatingPointError):
        prepared("dlib", cell, 1)


def test_settings_say_what_the_libraries_say(cell_of, prepared):
    settings = prepared("dlib", cell_of("resnet50", "infer", side=33)).settings()
    assert settings["blas"].startswith("OpenBLAS")
    assert settings["threads"] >= 1
    assert settings["affine"] == "convolution mode"
    assert settings["fused"] is settings["input_gradient"] is False
