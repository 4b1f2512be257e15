"""Presets are plans that a run would accept."""

import pytest

from benchcore import reference
from benchcore.plan import DEFAULT_BATCHES, make_plan
from tui.presets import PRESETS, SEED_BATCHES, Preset

NAMES = ("dlib", "torch")


@pytest.mark.parametrize("device", ["cpu", "cuda:0"])
@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.name)
def test_each_preset_is_a_plan_on_each_device(preset: Preset, device: str):
    plan = make_plan(preset.request(), device=device, contenders=NAMES)
    assert plan.modes == ("infer", "train")
    assert plan.contenders == NAMES


def test_their_names_and_profiles():
    assert {preset.name: preset.profile for preset in PRESETS} == {
        "quick": "quick",
        "seed": "classic",
        "full": "default",
    }


@pytest.mark.parametrize("device", ["cpu", "cuda:0"])
def test_quick_has_the_batch_sizes_of_its_device(device: str):
    plan = make_plan(PRESETS[0].request(), device=device, contenders=NAMES)
    kind = device.partition(":")[0]
    assert plan.batch_sizes == DEFAULT_BATCHES[kind, "infer"]
    assert plan.train_batch_sizes == DEFAULT_BATCHES[kind, "train"]


def test_the_seed_has_the_batch_sizes_that_were_published():
    cells = reference.published().cells
    for mode, sizes in SEED_BATCHES.items():
        assert {cell.batch for cell in cells if cell.mode == mode} == set(sizes)


def test_full_is_what_a_gpu_measures_by_default():
    full = PRESETS[2].request()
    assert tuple(full.batch_sizes or ()) == DEFAULT_BATCHES["cuda", "infer"]
