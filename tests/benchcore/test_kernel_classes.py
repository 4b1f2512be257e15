"""Kernels and operators by class: on recorded traces, and name by name."""

from collections import Counter

import pytest
import recorded_traces

from benchcore.kernels import operators
from benchcore.kernels.classes import classified
from benchcore.kernels.names import Label, label
from benchcore.kernels.trace import Span

CONVOLUTIONS, NORMALISATIONS, RELUS, SUMS = 53, 53, 49, 16
"""Of ResNet-50."""

FORWARD = {
    "normalisation": NORMALISATIONS,
    "activation": RELUS,
    "pooling": 2,
}
TRAINING = {"normalisation": 2 * NORMALISATIONS, "activation": 2 * RELUS, "pooling": 4}


def counts(contender, mode, batch):
    """Launches of one iteration by class."""
    trace = recorded_traces.trace(contender, mode, batch)
    labels = classified(trace.names[span.name] for span in trace.spans)
    found = Counter(one.kind for one in labels)
    assert all(count % len(trace.traced_ms) == 0 for count in found.values())
    return {kind: count // len(trace.traced_ms) for kind, count in found.items()}


@pytest.mark.parametrize("batch", [1, 32])
@pytest.mark.parametrize("contender", ["dlib", "torch"])
def test_a_forward_pass_has_the_networks_own_counts(contender, batch):
    found = counts(contender, "infer", batch)
    assert FORWARD.items() <= found.items()
    assert found["convolution"] >= CONVOLUTIONS
    # dlib adds the last layer's bias with a kernel of its own.
    assert found["addition"] == SUMS + (contender == "dlib")
    assert 1 <= found["matrix product"] <= 3
    assert "other" not in found
    assert "optimiser" not in found


@pytest.mark.parametrize("batch", [2, 32])
@pytest.mark.parametrize("contender", ["dlib", "torch"])
def test_a_training_step_has_them_twice(contender, batch):
    found = counts(contender, "train", batch)
    kept = dict(TRAINING)
    if contender == "torch":
        kept["normalisation"] += NORMALISATIONS  # it counts the batches, with a kernel for each
    assert kept.items() <= found.items()
    assert found["convolution"] >= 3 * CONVOLUTIONS
    assert "other" not in found
    # Of 161 parameters dlib updates each convolution, each pair of gamma and beta by two kernels,
    # and the last layer; PyTorch takes them together.
    assert (found["optimiser"] > 200) == (contender == "dlib")
    # 16 sums forward and as many gradients of each branch; dlib adds those into zeroed memory.
    assert found["addition"] == (16 * 3 + 2 if contender == "dlib" else 2 * SUMS + 1)


def test_fusing_takes_affine_layers_and_most_activations_away():
    fused, stock = (counts(name, "infer", 32) for name in ("dlib-fused", "dlib"))
    assert "normalisation" not in fused
    assert fused["activation"] == SUMS
    assert fused["convolution"] == stock["convolution"]
    assert fused["addition"] > stock["addition"]  # biases, where cuDNN doesn't add them itself


@pytest.mark.parametrize(
    ("name", "kind", "algorithm"),
    [
        ("void implicit_convolve_sgemm<float, float, 128>(int)", "convolution", "implicit GEMM"),
        (
            "void precomputed_convolve_sgemm<float, 128>(int)",
            "convolution",
            "implicit precomputed GEMM",
        ),
        (
            "sm80_xmma_fprop_implicit_gemm_tf32f32_tf32f32_f32_nhwckrsc_nhwc_tilesize128",
            "convolution",
            "xmma implicit GEMM",
        ),
        (
            "void cutlass__5x_cudnn::Kernel<cutlass_tensorop_s1688fprop_optimized_tf32>(P)",
            "convolution",
            "xmma implicit GEMM",
        ),
        ("ampere_scudnn_128x64_relu_interior_nn_v1", "convolution", "GEMM"),
        ("ampere_scudnn_winograd_128x128_ldg1_ldg4_relu_tile148t_nt_v1", "convolution", "Winograd"),
        ("void cudnn::ops::nchwToNhwcKernel<float>(P)", "convolution", "layout"),
        ("void cudnn::batchnorm_fwtr_nhwc_semiPersist<float>(P)", "normalisation", None),
        ("triton_poi_fused__native_batch_norm_legit_no_training_relu_0", "normalisation", None),
        ("void at::native::(anonymous namespace)::avg_pool2d_out(int)", "pooling", None),
        ("void at::native::(anonymous namespace)::FusedSgdMathFunctor<float>", "optimiser", None),
        ("nvjet_tst_128x32_64x8_1x2_h_bz_TNT", "product", None),
        ("something_new<float>(int)", "other", None),
        ("", "other", None),
    ],
)
def test_a_name_by_itself(name, kind, algorithm):
    assert label(name) == Label(kind, algorithm)


AVERAGE = "cudnn::pooling_fw_4d_kernel<float, cudnn::averpooling_func<float, true>>"
MAXIMUM = "cudnn::pooling_fw_4d_kernel<float, cudnn::maxpooling_func<float>>"
GEMM, CONVOLVE = "ampere_sgemm_128x64_nn", "implicit_convolve_sgemm"
STEP, ADD = "dlib::cuda::_cuda_affine_transform_range", "dlib::cuda::_cuda_add1(float*)"


@pytest.mark.parametrize(
    ("launched", "kinds"),
    [
        ([GEMM, MAXIMUM, GEMM], ["convolution", "pooling", "convolution"]),
        ([AVERAGE, GEMM, CONVOLVE, GEMM], ["pooling", "matrix product"] + ["convolution"] * 2),
        ([AVERAGE, "bn_bw_1C11_kernel", GEMM], ["pooling", "normalisation", "convolution"]),
        ([AVERAGE, "MulFunctor<float>"], ["pooling"] * 2),
        ([CONVOLVE, "MulFunctor<float>"], ["convolution", "other"]),
        ([ADD, STEP, ADD], ["addition", "optimiser", "optimiser"]),
        ([STEP, ADD, CONVOLVE, ADD], ["optimiser", "optimiser", "convolution", "addition"]),
        (["strange", AVERAGE, "strange", GEMM], ["other", "pooling", "other", "matrix product"]),
    ],
)  # fmt: skip
def test_neighbours_decide_where_a_name_does_not(launched, kinds):
    assert [one.kind for one in classified(launched)] == kinds


def test_the_products_of_a_winograd_convolution_are_its_own():
    data, output = "winogradWgradData4x4", "winogradWgradOutput4x4"
    algorithms = [one.algorithm for one in classified([data, GEMM, output, GEMM])]
    assert algorithms == ["Winograd", "Winograd", "Winograd", "GEMM"]


def test_an_operator_has_the_class_of_its_outermost_caller():
    names = ["aten::conv2d", "aten::mkldnn_convolution", "aten::copy_", "aten::empty", "aten::x"]
    names += ["Optimizer.step#SGD.step", "aten::add_"]
    spans = [
        Span(0, 0, 100, 0, 0),
        Span(1, 10, 80, 0, 0),
        Span(2, 20, 10, 0, 0),  # in the convolution
        Span(2, 110, 10, 0, 0),
        Span(4, 130, 30, 0, 0),
        Span(3, 140, 10, 0, 0),
        Span(0, 145, 10, 1, 0),  # on another thread, at the same time
        Span(5, 170, 20, 0, 0),
        Span(6, 175, 5, 0, 0),
    ]
    found = operators.classified(names, spans)
    assert [one.label for one in found] == [
        Label("convolution"),
        Label("convolution", "oneDNN"),
        Label("convolution", "oneDNN"),
        Label("copy"),
        Label("other"),
        Label("other"),
        Label("convolution"),
        Label("optimiser"),
        Label("optimiser"),
    ]
    begun = [one.begins_kind for one in found]
    assert begun == [True, False, False, True, True, False, True, True, False]
    assert [one.begins_algorithm for one in found][:3] == [False, True, False]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("aten::native_batch_norm", "normalisation"),
        ("autograd::engine::evaluate_function: ConvolutionBackward0", "convolution"),
        ("autograd::engine::evaluate_function: NativeBatchNormBackward0", "normalisation"),
        ("autograd::engine::evaluate_function: ReluBackward0", "activation"),
        ("autograd::engine::evaluate_function: MaxPool2DWithIndicesBackward0", "pooling"),
        ("autograd::engine::evaluate_function: AddBackward0", "addition"),
        ("autograd::engine::evaluate_function: AddmmBackward0", "matrix product"),
        ("autograd::engine::evaluate_function: LogSoftmaxBackward0", "loss"),
        ("aten::linear", "matrix product"),
        ("aten::add_", "addition"),
        ("aten::frobnicate", "other"),
    ],
)
def test_an_operator_by_its_own_name(name, kind):
    assert operators.kind_of(name) == kind
