"""What a kernel's name says by itself: its class, and the family of a convolution's algorithm.

The names are those of cuDNN 8 and 9, cuBLAS, PyTorch, Triton and dlib. A name that no rule knows is
`other`: it is shown and counted, never dropped.
"""

import re
from typing import NamedTuple

from benchcore.kernels.profile import (
    ACTIVATION,
    ADDITION,
    CONVOLUTION,
    COPY,
    FILL,
    LOSS,
    NORMALISATION,
    OPTIMISER,
    OTHER,
    POOLING,
)

PRODUCT = "product"
"""A real-valued matrix product: of the last layer or of a convolution, by where it runs."""
SCALING = "scaling"
"""A multiplication by one number: of average pooling's gradient, or of something else."""
WINOGRAD = "Winograd"


class Label(NamedTuple):
    """The class of one kernel."""

    kind: str
    algorithm: str | None = None


RULES = tuple(
    (re.compile(pattern, re.IGNORECASE), Label(kind, algorithm))
    for pattern, kind, algorithm in (
        (r"^memcpy", COPY, None),
        (r"^memset", FILL, None),
        # Convolutions first: their names may end in the activation that they could apply.
        (r"winograd", CONVOLUTION, WINOGRAD),
        (r"fft[12]d|flip_filter|gemm_cf32|cgemm", CONVOLUTION, "FFT"),
        (r"precomputed_convolve|precompute_indices", CONVOLUTION, "implicit precomputed GEMM"),
        (r"implicit_convolve", CONVOLUTION, "implicit GEMM"),
        (
            r"(xmma|cutlass|tensorop|cudnn)\w*dgrad",
            CONVOLUTION,
            "xmma implicit GEMM, data gradient",
        ),
        (
            r"(xmma|cutlass|tensorop|cudnn)\w*wgrad",
            CONVOLUTION,
            "xmma implicit GEMM, weight gradient",
        ),
        (r"(xmma|cutlass|tensorop|cudnn)\w*fprop", CONVOLUTION, "xmma implicit GEMM"),
        (r"dgrad", CONVOLUTION, "engine, data gradient"),
        (r"wgrad", CONVOLUTION, "engine, weight gradient"),
        (r"grouped_direct|direct_conv|conv2d_", CONVOLUTION, "direct"),
        (r"scudnn|h\d+cudnn|convolve|fprop|im2col", CONVOLUTION, "GEMM"),
        (r"nchwtonhwc|nhwctonchw|computeb?offsets", CONVOLUTION, "layout"),
        (r"scalepackedtensor", CONVOLUTION, "scaling"),
        (r"multi_tensor_apply|_cuda_affine_transform_range|fused_?sgd", OPTIMISER, None),
        (r"softmax|nll_loss|cross_entropy", LOSS, None),
        (r"batch_?norm|\bbn_[fb]w_|_affine_transform_conv", NORMALISATION, None),
        (r"OnSelf_add<long>", NORMALISATION, None),
        (r"pooling_[fb]w|max_pool|a(vg|verage)_pool|MeanOps", POOLING, None),
        (r"GenericOp_t\)(8|13)\b|clamp|threshold|relu", ACTIVATION, None),
        (r"FunctorOnSelf_add|Functor_add|_cuda_add(1|2|_scaled)\b", ADDITION, None),
        (r"GenericOp_t\)0\b|_add_bias_gradient|sum_functor", ADDITION, None),
        (r"_set_tensor|FillFunctor", FILL, None),
        (r"copy_all|direct_copy|copy_kernel|CatArray", COPY, None),
        (r"MulFunctor|DivFunctor", SCALING, None),
        (r"gemm|gemv|splitk|cublaslt|\bscal_kernel|nvjet|cutlass", PRODUCT, None),
        (r"^triton_.*convolution", CONVOLUTION, "layout"),
    )
)
"""The first that fits counts."""


def label(name: str) -> Label:
    """What the name says; `PRODUCT` and `SCALING` are for the neighbours to decide."""
    return next((found for pattern, found in RULES if pattern.search(name)), Label(OTHER))


AVERAGE_FORWARD = re.compile(r"pooling_fw\w*<.*averpooling|MeanOps|average_pool(?!.*backward)")
"""Global average pooling, after which only the last layer and the loss remain."""
