"""The class of PyTorch's operators on the CPU, from their names and from what called them."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from benchcore.kernels.names import Label
from benchcore.kernels.overlap import enclosing
from benchcore.kernels.profile import (
    ACTIVATION,
    ADDITION,
    CONVOLUTION,
    COPY,
    FILL,
    LOSS,
    MATRIX_PRODUCT,
    NORMALISATION,
    OPTIMISER,
    OTHER,
    POOLING,
)
from benchcore.kernels.trace import Span

RULES = tuple(
    (re.compile(pattern, re.IGNORECASE), kind)
    for pattern, kind in (
        (r"^optimizer\.step|_foreach_|fused_sgd", OPTIMISER),
        # A whole backward function stands for what it calls, as `aten::conv2d` does.
        (r"conv", CONVOLUTION),
        (r"batch_?norm|num_batches", NORMALISATION),
        (r"relu|clamp|threshold", ACTIVATION),
        (r"pool|mean", POOLING),
        (r"addmm|linear|matmul|::mm$|\bmm\b|AddmmBackward", MATRIX_PRODUCT),
        (r"softmax|nll_loss|NllLoss|cross_entropy|::item|local_scalar", LOSS),
        (r"copy|::to$|::_to_copy|clone|contiguous", COPY),
        (r"fill|zero", FILL),
        (r"::add_?$|AddBackward|::sum$", ADDITION),
    )
)
"""The first that fits counts."""

ALGORITHMS = (
    (re.compile(r"mkldnn", re.IGNORECASE), "oneDNN"),
    (re.compile(r"nnpack_spatial", re.IGNORECASE), "NNPACK"),
    (re.compile(r"slow_conv|thnn_conv", re.IGNORECASE), "im2col and GEMM"),
    (re.compile(r"convolution_backward", re.IGNORECASE), "gradients"),
)
"""What carries out a convolution, in the operators below it."""


def kind_of(name: str) -> str:
    """The class that an operator's own name says."""
    return next((kind for pattern, kind in RULES if pattern.search(name)), OTHER)


class Called(NamedTuple):
    """One operator's label, and whether it begins a call of that and is no part of one."""

    label: Label
    begins_kind: bool
    begins_algorithm: bool


def classified(names: Sequence[str], spans: Sequence[Span]) -> list[Called]:
    """The label of each operator.

    An operator has the class of the outermost caller whose name says one: a copy inside a
    convolution is the convolution's.
    """
    kinds = [kind_of(name) for name in names]
    callers = enclosing(spans)
    found: list[Called] = []
    for span, caller in zip(spans, callers, strict=True):
        above = Label(OTHER) if caller is None else found[caller].label
        kind = kinds[span.name] if above.kind == OTHER else above.kind
        algorithm = None
        if kind == CONVOLUTION:
            own = (said for pattern, said in ALGORITHMS if pattern.search(names[span.name]))
            algorithm = next(own, above.algorithm)
        outermost = caller is None if kind == OTHER else above.kind == OTHER
        found.append(Called(Label(kind, algorithm), outermost, algorithm != above.algorithm))
    return found
