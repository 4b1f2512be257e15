"""Least memory traffic, and the shares of the ceilings, against cases computed by hand."""

import csv
import io

import msgspec
import pytest
import sample_documents
from hypothesis import given
from hypothesis import strategies as st
from sample_documents import CEILINGS, cell, contender

from benchcore.architecture import NETWORKS
from benchcore.distance import distance
from benchcore.macs import macs_per_image
from benchcore.products import Product, products
from benchcore.report import RENDERERS
from benchcore.report.distance import table
from benchcore.report.summary import sentences
from benchcore.result import ContenderResult
from benchcore.traffic import least_bytes

# What moves


def test_the_first_and_the_last_product():
    first, *_, last = products("resnet50", 224, 224)
    stem = 64 * 112 * 112
    assert first == Product(3 * 224 * 224, 7 * 7 * 3 * 64, stem, 7 * 7 * 3 * stem)
    assert last == Product(2048, 2048 * 1000, 1000, 2048 * 1000)


def test_a_strided_block_of_dlib_reads_the_map_before_it():
    """In stage 2 a map of 54 becomes one of 26 by the convolution, and of 27 in the sum."""
    found = list(products("resnet50-dlib", 224, 224))
    one, three, last, after = found[10:14]
    assert (one.inputs, one.outputs) == (256 * 54**2, 128 * 54**2)
    assert (three.inputs, three.outputs) == (128 * 54**2, 128 * 26**2)
    assert (last.inputs, last.outputs) == (128 * 26**2, 512 * 26**2)
    assert after.inputs == 512 * 27**2


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("size", [(224, 224), (97, 160)])
def test_against_the_tensors_of_pytorch(network, size):
    import torch
    from torch import nn

    from benchcore import networks

    model = networks.build(network).eval()
    found = []

    def note(module, inputs, output):
        found.append((inputs[0].numel(), module.weight.numel(), output.numel()))

    for module in model.modules():
        if isinstance(module, nn.Conv2d | nn.Linear):
            module.register_forward_hook(note)
    with torch.inference_mode():
        model(torch.zeros(1, 3, *size))
    expected = [(one.inputs, one.weights, one.outputs) for one in products(network, *size)]
    assert sorted(found) == sorted(expected)


def test_bytes_of_a_batch_and_of_a_step():
    every = list(products("resnet50", 64, 96))
    moving = sum(one.inputs + one.outputs for one in every)
    weights = sum(one.weights for one in every)
    assert least_bytes("resnet50", "infer", 1, 64, 96) == 4 * (moving + weights)
    assert least_bytes("resnet50", "infer", 8, 64, 96) == 4 * (8 * moving + weights)
    # Three products each, then weight, gradient and momentum in, weight and momentum out.
    assert least_bytes("resnet50", "train", 8, 64, 96) == 4 * (
        3 * (8 * moving + weights) + 5 * weights
    )


# Shares


FLOP = 2 * macs_per_image("resnet50", "infer", 224, 224)
MOVED = least_bytes("resnet50", "infer", 1, 224, 224)
MS = FLOP / 1e9
"""In which one image is exactly 1 TFLOP/s; its 189 MB are then 23.1 GB/s."""


def test_shares_of_all_three():
    found = distance(cell(1), contender(1, MS, 300.0), CEILINGS)
    assert found.tflop_per_s == pytest.approx(1.0)
    assert found.fp32_share == pytest.approx(1 / 50)
    assert found.tf32_share == pytest.approx(1 / 400)
    assert found.least_traffic_gb_per_s == pytest.approx(MOVED / MS / 1e6)
    assert found.copy_share == pytest.approx(MOVED / MS / 1e6 / 2000)


def test_a_training_step_is_three_times_the_arithmetic():
    found = distance(cell(1, mode="train"), contender(1, 3 * MS, 300.0), None)
    assert found.tflop_per_s == pytest.approx(1.0)
    assert (found.fp32_share, found.tf32_share, found.copy_share) == (None, None, None)


def test_a_ceiling_that_is_not_known_has_no_share():
    cpu = msgspec.structs.replace(CEILINGS, tf32_tflop_per_s=None, copy_gb_per_s=0.0)
    found = distance(cell(1), contender(1, MS, 300.0), cpu)
    assert found.fp32_share == pytest.approx(1 / 50)
    assert (found.tf32_share, found.copy_share) == (None, None)


@pytest.mark.parametrize(
    ("changed", "result"),
    [
        ({}, contender(1, MS, 1.0, status="oom", reason="r")),
        ({}, contender(1, MS, 1.0, wall=None)),
        ({}, contender(1, 1e-9, 1.0)),
        ({"network": "vgg"}, contender(1, MS, 1.0)),
        ({"batch": 0}, contender(1, MS, 1.0)),
    ],
)
def test_no_distance_without_a_time_or_a_known_network(changed, result):
    assert distance(msgspec.structs.replace(cell(1), **changed), result, CEILINGS) is None


# Reports


def document(*contenders: ContenderResult, ceilings=CEILINGS):
    names = [f"c{number}" for number in range(len(contenders))]
    cells = [cell(1, contenders=dict(zip(names, contenders, strict=True)))]
    return msgspec.structs.replace(sample_documents.small(), cells=cells, ceilings=ceilings)


def test_the_table_says_which_column_fits():
    plain = table(document(contender(1, MS, 1.0)))
    assert plain.rows == [("resnet50", "infer", "1", "c0", "1.000", "2.0", "0.2", "1.2")]
    assert not any("fitting" in remark for remark in plain.remarks)
    mixed = table(
        document(
            contender(1, MS, 1.0),
            contender(1, MS / 10, 1.0, precision="tf32"),
            contender(1, MS / 500, 1.0, precision="bf16"),
        )
    )
    assert mixed.rows[2][4:7] == ("500.000", "1000.0", "125.0")
    assert mixed.remarks[-2:] == [
        "For c1 TF32 is the fitting column, for float32 it is FP32.",
        "No ceiling here fits c2, which can exceed that of TF32.",
    ]


def test_without_ceilings_there_is_no_table():
    made = document(contender(1, MS, 1.0), ceilings=None)
    assert table(made).rows == []
    for form in ("text", "markdown", "html"):
        assert "Distance to the hardware" not in RENDERERS[form](made)
        assert "Distance to the hardware" in RENDERERS[form](document(contender(1, MS, 1.0)))


def test_columns_of_csv():
    made = document(contender(1, MS, 1.0), contender(1, MS, 1.0, status="oom", wall=None))
    timed, lost = csv.DictReader(io.StringIO(RENDERERS["csv"](made)))
    assert float(timed["tflop_per_s"]) == pytest.approx(1.0)
    assert float(timed["fp32_share"]) == pytest.approx(0.02)
    assert float(timed["tf32_share"]) == pytest.approx(0.0025)
    assert float(timed["copy_share"]) == pytest.approx(MOVED / MS / 2e9)
    assert (lost["tflop_per_s"], lost["fp32_share"]) == ("", "")


def floor(ceilings):
    gpus = [{"cuda_cores": 10_000, "max_sm_clock_mhz": 400.0}]
    made = document(contender(1, MS, 1.0), ceilings=ceilings)
    made = msgspec.structs.replace(made, environment={"gpus": gpus})
    return [one for one in sentences(made) if "the arithmetic alone" in one]


def test_the_measured_peak_comes_before_the_nominal_one():
    (measured,) = floor(CEILINGS)
    assert "at the device's measured float32 peak (50.0 TFLOP/s)" in measured
    assert "c0 takes 50.0 times that" in measured
    (nominal,) = floor(None)
    assert "at the device's nominal float32 peak (8.0 TFLOP/s)" in nominal
    (small,) = floor(msgspec.structs.replace(CEILINGS, fp32_tflop_per_s=0.125))
    assert "measured float32 peak (0.125 TFLOP/s)" in small


figures = st.none() | st.floats(allow_nan=False, allow_infinity=False)


@given(figures, figures, figures)
def test_any_ceilings_are_shown_or_left_out(fp32, tf32, copy):
    odd = msgspec.structs.replace(
        CEILINGS, fp32_tflop_per_s=fp32, tf32_tflop_per_s=tf32, copy_gb_per_s=copy
    )
    for render in RENDERERS.values():
        found = render(document(contender(1, MS, 1.0), ceilings=odd))
        assert "inf" not in found.replace("infer", "").replace("inference", "")
