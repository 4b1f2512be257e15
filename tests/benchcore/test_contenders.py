"""Which contenders there are, and that the two main ones do the same work."""

import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest

from benchcore import contenders, known, proof
from benchcore.contenders import selftest
from benchcore.data import BUFFERS
from benchcore.errors import UsageError
from benchcore.memory import open_source
from benchcore.plan import CellSpec

PYPROJECT = Path(__file__).parents[2] / "pyproject.toml"


@pytest.mark.parametrize("mode", ["infer", "train"])
def test_dlib_and_torch_agree_through_their_verbs(network, mode, cell_of):
    cell = cell_of(network, mode, batch=4, side=96)
    outputs = {}
    for name in ("dlib", "torch"):
        contender = contenders.find(name)()
        report = contender.prepare(cell)
        assert report.num_parameters in (25_557_032, 22_803_176)
        assert report.instantiate_ms > 0
        for _ in range(proof.TRAINING_STEPS):
            contender.enqueue()
            contender.synchronize()
        outputs[name] = contender.outputs()
        assert contender.memory() == {}
    shape = (4, 1000) if mode == "infer" else (proof.TRAINING_STEPS,)
    assert outputs["dlib"].shape == outputs["torch"].shape == shape
    comparison = proof.compare(mode, outputs["dlib"], outputs["torch"])
    assert comparison.held
    assert max(comparison.errors[:BUFFERS]) < proof.LOSS_BOUND / 2


@pytest.mark.parametrize("name", ["dlib", "torch"])
def test_buffers_rotate(name, cell_of, prepared):
    contender = prepared(name, cell_of("resnet50", "infer", 1, 64))
    seen = []
    for _ in range(BUFFERS + 1):
        contender.enqueue()
        seen.append(contender.outputs())
    assert np.array_equal(seen[0], seen[BUFFERS])
    assert not np.array_equal(seen[0], seen[1])


def test_both_say_their_settings_with_the_same_names(cell_of, prepared):
    cell = cell_of("resnet50", "train", 2, 33)
    found = {name: prepared(name, cell).settings() for name in ("dlib", "torch")}
    assert set(found["torch"]) - set(found["dlib"]) == {"onednn"}
    assert set(found["dlib"]) - set(found["torch"]) == {"fused", "affine"}
    for settings in found.values():
        assert settings["convolution_math"] == settings["matmul_math"] == "strict fp32"
        assert settings["precision"] == "fp32"
        assert settings["input_gradient"]
        assert settings["blas"]
        assert settings["algorithm_search"] is settings["cudnn"] is None


def test_the_built_in_ones_are_those_of_pyproject():
    declared = tomllib.loads(PYPROJECT.read_text())["project"]["entry-points"]
    assert declared[contenders.GROUP] == contenders.BUILT_IN
    assert list(contenders.BUILT_IN)[:2] == ["dlib", "dlib-fused"]


@pytest.mark.parametrize("name", [*contenders.BUILT_IN, *contenders.HIDDEN])
def test_every_one_describes_itself_and_says_in_a_sentence_what_it_lacks(name):
    kind = contenders.find(name)
    assert kind.description
    assert kind.precision in proof.LOGIT_BOUNDS
    reasons = [kind.unavailable("cuda:63")]
    if name in ("torch-tf32", "torch-cudagraph"):
        reasons.append(kind.unavailable("cpu"))
    elif name != "torch-compile":
        assert kind.unavailable("cpu") is None
    for reason in reasons:
        assert reason.endswith(".")
        assert "\n" not in reason


def test_those_of_the_selftest_are_found_but_not_listed():
    assert not set(contenders.HIDDEN) & set(contenders.names())
    for name in ("dlib", "torch"):
        assert contenders.find(f"selftest-{name}") is contenders.find(name)
    with pytest.raises(UsageError, match="there is no contender 'selftest'") as caught:
        contenders.find("selftest")
    assert "selftest-" not in str(caught.value)


class Ticking:
    """A clock in place of `time`: each look at it takes 10 ns."""

    now_ns = 0

    def perf_counter_ns(self):
        self.now_ns += 10
        return self.now_ns


@pytest.mark.parametrize("step_ns", [10_000, 10_000_000])
def test_the_slowed_one_is_slower_by_its_share(monkeypatch, step_ns):
    clock = Ticking()

    def step(self):
        clock.now_ns += step_ns

    monkeypatch.setattr(selftest, "time", clock)
    monkeypatch.setattr(selftest.Torch, "enqueue", step)
    monkeypatch.setattr(selftest.Torch, "synchronize", lambda self: None)
    selftest.Slowed().enqueue()
    assert clock.now_ns == pytest.approx(step_ns * (1 + selftest.SLOWED_BY), abs=40)


def test_the_slowed_one_computes_the_same_and_has_no_parts(cell_of, prepared):
    plain = prepared("torch", cell_of("resnet50", "infer", 1, 33), iterations=1)
    slowed = prepared("selftest-slowed", cell_of("resnet50", "infer", 1, 33), iterations=1)
    assert np.array_equal(slowed.outputs(), plain.outputs())
    assert list(slowed.stages()) == []


def test_the_hoarding_one_holds_what_it_says(cell_of, prepared):
    hoarding = prepared("selftest-hoarding", cell_of("resnet50", "infer", 1, 33), iterations=1)
    source = open_source("cpu")
    before_mib = source.now_mib()
    del hoarding._hoard
    assert before_mib - source.now_mib() == pytest.approx(known.HOARDED_MIB, abs=2)
    source.close()


def test_one_of_another_package_is_found_and_runs(plugin, cell_of, prepared):
    assert contenders.names()[: len(contenders.BUILT_IN)] == tuple(contenders.BUILT_IN)
    assert "steady" in contenders.names()
    steady = prepared("steady", cell_of("resnet50", "train", 2, 33), iterations=2)
    assert steady.outputs().shape == (2,)
    assert list(steady.stages()) == []
    assert steady.settings() == {}
    with pytest.raises(UsageError, match="'unloadable' can't be loaded"):
        contenders.find("unloadable")


def test_finding_one_imports_no_other_framework():
    script = (
        "import sys\n"
        "from benchcore.contenders import find\n"
        "find('dlib-fused'), find('selftest-dlib')\n"
        "print('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.stdout.strip() == "False", done.stderr


def spec(network: str, mode: str, batch: int = 2) -> CellSpec:
    return CellSpec(network=network, mode=mode, batch=batch, image_height_px=71, image_width_px=71)


@pytest.mark.parametrize(
    ("name", "refused", "accepted", "words"),
    [
        ("dlib", ("resnet50", "train", 1), ("resnet50", "train", 2), "one sample"),
        ("dlib-fused", ("resnet50", "train", 2), ("resnet50", "infer", 1), "inference only"),
        ("torch-compile", ("resnet50-dlib", "train"), ("resnet50-dlib", "infer"), "anew"),
        ("torch-cudagraph", ("resnet50-dlib", "train"), ("resnet50", "train"), "repeats"),
    ],
)
def test_refusals(name, refused, accepted, words):
    kind = contenders.find(name)
    reason = kind.refusal(spec(*refused))
    assert words in reason
    assert reason.endswith(".")
    assert kind.refusal(spec(*accepted)) is None
