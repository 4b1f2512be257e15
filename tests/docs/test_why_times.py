"""What docs/why.md says of times in words of its own, held against its documents."""

import re
from collections import Counter

import pytest
from why_documents import LETTERS, NAMED, WHY, cell

from benchcore.architecture import RESNET50, RESNET50_DLIB, state_shapes
from benchcore.products import products
from docs_support.cell_words import launch_medians_ms

INFER, TRAIN, QUICK = (NAMED[name] for name in ("infer", "train", "quick"))


def test_rows_add_up_and_convolutions_are_nine_tenths():
    for one in INFER.cells:
        gap = one.profile.gaps["dlib"]
        assert gap.sum_ms / gap.measured_ms == pytest.approx(1, abs=0.01)
        assert gap.rows_ms["convolution"] / gap.measured_ms > 0.9
    assert not cell(TRAIN, 2, "train").profile.gaps["dlib"].adds_up
    assert cell(TRAIN, 32, "train").profile.gaps["dlib"].adds_up


def test_convolutions_have_five_keys():
    shapes = [
        (name, shape[2])
        for name, shape in state_shapes(RESNET50).items()
        if name.endswith("weight") and len(shape) == 4
    ]
    strided = re.compile(r"layer[234]\.0\.(conv2|downsample\.0)\.weight|conv1\.weight")
    keys = Counter((side, bool(strided.fullmatch(name))) for name, side in shapes)
    assert keys == {(1, False): 33, (3, False): 13, (3, True): 3, (1, True): 3, (7, True): 1}
    # The launches of batch 32 and 128 fit them: 33 and the first, 3 and 3, and 13 by FFT.
    for batch in (32, 128):
        dlib = cell(INFER, batch).profile.contenders["dlib"]
        families = dlib.algorithms
        assert families["implicit GEMM"].launches == 34
        assert families["xmma implicit GEMM"].launches == 6
        filters = [k for k in dlib.kernels if "fft2d_r2c_32x32<float, false, 1u, true>" in k.name]
        assert [kernel.launches for kernel in filters] == [13]
        torch = cell(INFER, batch).profile.contenders["torch"]
        flipped = [kernel for kernel in torch.kernels if "flip_filter" in kernel.name]
        assert [kernel.launches for kernel in flipped] == [8]
        assert torch.algorithms["xmma implicit GEMM"].launches == 44
    assert list(cell(INFER, 1).profile.contenders["torch"].algorithms) == ["xmma implicit GEMM"]


def test_the_longer_key_in_training_is_as_told():
    for one in NAMED["cured3"].cells:
        assert one.profile.gaps["dlib"].adds_up
    assert cell(NAMED["cured3"], 2, "train").verdict["dlib"].outcome == "FASTER"
    assert cell(NAMED["cured4"], 8, "train").verdict["dlib"].outcome == "INCONCLUSIVE"
    factors = [
        f"{cell(run, 32, 'train').factors['dlib'].time.estimate:.2f}"
        for run in (NAMED["d"], NAMED["l"])
    ]
    assert factors == ["1.32"] * 2
    assert "1.32 over the six and nine processes of *d* and *l*" in WHY
    released_ms = [
        launch_medians_ms(cell(NAMED[letter], 32, "train").contenders["dlib"]) for letter in "dl"
    ]
    assert [len(times) for times in released_ms] == [6, 9]
    cured_ms = cell(NAMED["cured3"], 32, "train").contenders["dlib"].wall.median_ms
    assert cured_ms < min(released_ms[1]) < min(released_ms[0])
    families = cell(TRAIN, 32, "train").profile.contenders["dlib"].algorithms
    assert families["FFT"].launches == 158
    times_ms = launch_medians_ms(cell(NAMED["cured2"], 32).contenders["dlib"])
    assert len(times_ms) == 10
    assert max(times_ms) < 13.5


def test_batch_8_of_the_other_network_is_a_direct_convolution():
    traced = cell(NAMED["other"], 8).profile.contenders
    families = traced["dlib"].algorithms
    assert {name: share.launches for name, share in families.items()} == {
        "direct": 7,
        "implicit GEMM": 42,
    }
    assert (
        families["direct"].time_ms > 0.6 * cell(NAMED["other"], 8).contenders["dlib"].wall.median_ms
    )
    assert not any(one.startswith("direct") for one in traced["torch"].algorithms)
    assert "direct" not in cell(NAMED["cured5"], 8).profile.contenders["dlib"].algorithms
    assert not cell(NAMED["other"], 8).profile.gaps["dlib"].adds_up
    assert cell(NAMED["cured5"], 8).verdict["dlib"].outcome == "INCONCLUSIVE"


def test_the_other_network_is_as_told():
    infer, train = NAMED["m"], NAMED["n"]
    factors = [
        cell(run, batch, mode).factors["dlib"].time.estimate
        for run, batch, mode in (
            (infer, 32, "infer"),
            (infer, 128, "infer"),
            (train, 32, "train"),
        )
    ]
    assert all(1 + 1 / 3 < factor < 1.4 for factor in factors)
    macs = [
        sum(product.macs for product in products(network, 224, 224))
        for network in (RESNET50_DLIB, RESNET50)
    ]
    assert macs[0] / macs[1] == pytest.approx(4 / 5, abs=0.01)
    below = [
        (c.network, c.mode, c.batch)
        for run in (NAMED[letter] for letter in LETTERS)
        for c in run.cells
        if c.factors["dlib"].time.estimate < 1
    ]
    assert below == [("resnet50-dlib", "train", 2)]


def test_other_contenders_are_as_told():
    def ms(run, batch, name, mode="infer"):
        return cell(run, batch, mode).contenders[name].wall.median_ms

    small, large, train = (NAMED[f"others{number}"] for number in (1, 2, 3))
    for run, batch, mode, told in ((large, 128, "infer", 2.53), (train, 32, "train", 2.36)):
        names = ("dlib", "torch-default")
        dlib_ms, default_ms = (ms(run, batch, name, mode) for name in names)
        assert round(dlib_ms / default_ms, 2) == told
        assert f"{dlib_ms:.1f} with {default_ms:.1f} ms" in WHY
    fast = ("torch-cudagraph", "torch-compile", "torch-channels-last")
    words = [f"`{name}` takes {ms(large, 128, name):.1f} ms" for name in fast[:1]]
    words += [f"`{name}` {ms(large, 128, name):.1f} ms" for name in fast[1:]]
    words += [f"{ms(small, 1, 'torch-cudagraph'):.2f} ms against {ms(small, 1, 'torch'):.2f} ms"]
    words += [f"dlib takes {ms(small, 1, 'dlib'):.2f} ms"]
    for run, batch in ((large, 128), (small, 32)):
        pair = (ms(run, batch, "dlib"), ms(run, batch, "dlib-fused"))
        words.append(f"{pair[0]:.1f} ms to {pair[1]:.1f} ms at batch {batch}")
    assert [word for word in words if word not in WHY] == []
    for run, batch, mode in ((small, 1, "infer"), (train, 2, "train")):
        outcomes = {
            name: verdict.outcome for name, verdict in cell(run, batch, mode).verdict.items()
        }
        undecided = {name for name, outcome in outcomes.items() if outcome == "INCONCLUSIVE"}
        assert {name for name in outcomes if name.startswith("torch-")} <= undecided


def test_costs_in_words_are_the_documents():
    gap = cell(TRAIN, 32, "train").profile.gaps["dlib"].rows_ms
    assert f"{gap['fill'] + gap['addition']:.1f}" == "2.3"
    dlib, torch = (cell(QUICK, 128, "train").contenders[name] for name in ("dlib", "torch"))
    loss = [one.stages["loss"].median_ms for one in (dlib, torch)]
    assert f"{loss[0] - loss[1]:.1f}" == "1.7"
    assert f"{dlib.wall.median_ms - torch.wall.median_ms:.0f}" == "69"
    macs = [product.macs for product in products(RESNET50, 224, 224)]
    assert f"{100 * macs[0] / sum(macs):.1f}" == "2.9"
    launches = cell(TRAIN, 32, "train").profile.contenders["dlib"].rows["optimiser"].launches
    assert launches == 215
    growths = dlib.memory.sources["cuda_driver_growth"]["steady_mib"]
    held = dlib.memory.steady_mib - dlib.memory.context_mib
    assert growths - held == 58
