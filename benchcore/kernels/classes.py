"""The class of every kernel of a trace, from its name and from what ran before it."""

from collections.abc import Iterable

from benchcore.kernels import names, profile
from benchcore.kernels.names import Label


def classified(launched: Iterable[str]) -> list[Label]:
    """The label of each kernel, given their names in the order in which they began.

    cuDNN calls the same matrix products for a convolution as the last layer does. Those between
    global average pooling and the next convolution, normalisation or pooling are the last layer's.
    dlib's solver adds its step with the kernel that adds activations: after the first kernel that
    is a solver's alone an addition is the solver's too, until the next convolution.
    """
    known: dict[str, Label] = {}
    found = []
    at_the_end = solving = transformed = False
    for name in launched:
        if name not in known:
            known[name] = names.label(name)
        kind, algorithm = known[name]
        match kind:
            case names.PRODUCT if at_the_end:
                kind = profile.MATRIX_PRODUCT
            case names.PRODUCT:
                kind, algorithm = profile.CONVOLUTION, names.WINOGRAD if transformed else "GEMM"
            case names.SCALING | profile.ADDITION if solving:
                kind = profile.OPTIMISER
            case names.SCALING:
                kind = profile.POOLING if at_the_end else profile.OTHER
            case profile.OPTIMISER:
                solving = True
            case profile.POOLING:
                at_the_end = names.AVERAGE_FORWARD.search(name) is not None
            case profile.CONVOLUTION | profile.NORMALISATION:
                at_the_end = solving = False
        if known[name].algorithm == names.WINOGRAD:
            # The products of a Winograd convolution lie between its two transformations.
            transformed = "output" not in name.lower()
        found.append(Label(kind, algorithm))
    return found
