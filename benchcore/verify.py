"""The proof that a contender computes what PyTorch computes, step by step."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray

from benchcore import contenders, weights
from benchcore.architecture import is_parameter
from benchcore.contenders.base import Cell, Contender
from benchcore.contenders.torch import Torch
from benchcore.contenders.torch_variants import TorchChannelsLast
from benchcore.data import Inputs, random_inputs
from benchcore.errors import UsageError
from benchcore.plan import CellSpec
from benchcore.proof import relative_error
from benchcore.verification import (
    LOGIT_BOUND,
    PARAMETER_SHARE,
    STATISTICS_SHARE,
    AnyCheck,
    Distance,
    Failure,
    LogitCheck,
    Refusal,
    StepCheck,
    Verification,
    allowed,
    loss_allowed,
)

LEARNING_RATE = 1e-4
"""A step then moves the parameters by 3e-5 of their length, a thousand roundings. With ten times as
much an early rounding difference grows sixfold a step, whoever made it; with this it only adds
up."""

DISTURBED = "conv1.weight"
"""Where `--disturb` adds to one weight: the farthest from the outputs that there is."""

State = Mapping[str, NDArray[Any]]


class Float64(Torch):
    """The truth: the same network and step in double precision."""

    dtype: ClassVar[torch.dtype] = torch.float64


def verify(verification: Verification) -> Iterator[AnyCheck]:
    """Each comparison as it is made. Raises UsageError if a contender can't run at all."""
    classes = {name: contenders.find(name) for name in verification.contenders}
    for name, kind in classes.items():
        reason = kind.unavailable(verification.device)
        if reason is not None:
            raise UsageError(f"{name} can't be verified on {verification.device}: {reason}")
        if kind.precision != "fp32":
            raise UsageError(
                f"{name} can't be verified: it computes in {kind.precision}, and the bounds are "
                "those of fp32."
            )
    for spec in verification.specs():
        for name, kind in classes.items():
            refusal = kind.refusal(spec)
            if refusal is not None:
                yield Refusal(held=True, reason=refusal, **_place(name, spec))
                continue
            compare = _verify_inference if spec.mode == "infer" else _verify_training
            try:
                yield from compare(verification, spec, name, kind)
            except Exception as error:
                reason = f"{type(error).__name__}: {str(error).strip().partition(chr(10))[0]}"
                yield Failure(held=False, reason=reason, **_place(name, spec))


def _place(contender: str, spec: CellSpec) -> dict[str, Any]:
    return {
        "contender": contender,
        "network": spec.network,
        "batch": spec.batch,
        "image_height_px": spec.image_height_px,
        "image_width_px": spec.image_width_px,
    }


def _verify_inference(
    verification: Verification, spec: CellSpec, name: str, kind: type[Contender]
) -> Iterator[AnyCheck]:
    given = weights.random_weights(spec.network, verification.seed)
    inputs = _inputs(verification, spec, buffers=1)
    expected = _logits(Torch, _cell(verification, spec, given, inputs))
    disturbed = disturb(given, verification.disturb)
    found = _logits(kind, _cell(verification, spec, disturbed, inputs))
    error = min(relative_error(found, expected), float(np.finfo(np.float64).max))
    yield LogitCheck(
        error=error, bound=LOGIT_BOUND, held=error <= LOGIT_BOUND, **_place(name, spec)
    )


def _prepared(kind: type[Contender], cell: Cell) -> Contender:
    contender = kind()
    contender.prepare(cell)
    return contender


def _logits(kind: type[Contender], cell: Cell) -> NDArray[np.float64]:
    contender = _prepared(kind, cell)
    contender.enqueue()
    contender.synchronize()
    return contender.outputs()


def _verify_training(
    verification: Verification, spec: CellSpec, name: str, kind: type[Contender]
) -> Iterator[AnyCheck]:
    given = weights.random_weights(spec.network, verification.seed)
    inputs = _inputs(verification, spec, buffers=verification.steps)
    cell = _cell(verification, spec, given, inputs)
    truth = _prepared(Float64, cell)
    # In another layout PyTorch runs other kernels: as correct, and rounding otherwise.
    witnesses = [_prepared(Torch, cell), _prepared(TorchChannelsLast, cell)]
    disturbed = disturb(given, verification.disturb)
    tested = _prepared(kind, _cell(verification, spec, disturbed, inputs))

    parameters_allowed = 0.0
    for step in range(verification.steps):
        for each in (truth, *witnesses, tested):
            each.enqueue()
            each.synchronize()
        loss, true_loss = _last_loss(tested), _last_loss(truth)
        torch_loss_errors = [abs(_last_loss(w) - true_loss) / true_loss for w in witnesses]
        loss_error = Distance(
            contender=abs(loss - true_loss) / true_loss,
            torch=max(torch_loss_errors),
            allowed=loss_allowed(max(torch_loss_errors), parameters_allowed=parameters_allowed),
        )
        states = (tested.state(), [w.state() for w in witnesses], truth.state())
        parameters = _distance(*states, given, parameters=True)
        statistics = _distance(*states, given, parameters=False)
        parameters_allowed = parameters.allowed
        yield StepCheck(
            step=step + 1,
            loss=loss,
            loss_torch=_last_loss(witnesses[0]),
            loss_float64=true_loss,
            loss_error=loss_error,
            parameters=parameters,
            statistics=statistics,
            held=loss_error.held and parameters.held and statistics.held,
            **_place(name, spec),
        )


def _distance(
    tested: State, witnesses: Sequence[State], truth: State, start: State, *, parameters: bool
) -> Distance:
    torch_error = max(distance(w, truth, parameters=parameters) for w in witnesses)
    way = distance(start, truth, parameters=parameters)
    share = PARAMETER_SHARE if parameters else STATISTICS_SHARE
    counted = parameters or _counters(tested) == _counters(truth)
    return Distance(
        contender=distance(tested, truth, parameters=parameters) if counted else 1.0,
        torch=torch_error,
        allowed=allowed(torch_error, way=way, share=share),
    )


def _counters(state: State) -> dict[str, int]:
    return {k: int(v) for k, v in state.items() if k.endswith("num_batches_tracked")}


def distance(state: State, truth: State, *, parameters: bool) -> float:
    """||s - s64|| / ||s64|| over all parameters, or over all running means and variances."""
    difference = total = 0.0
    for name, true_value in truth.items():
        counter = name.endswith("num_batches_tracked")
        if counter or is_parameter(name) != parameters:
            continue
        value, expected = state[name].astype(np.float64), true_value.astype(np.float64)
        difference += float(np.linalg.norm(value - expected)) ** 2
        total += float(np.linalg.norm(expected)) ** 2
    return float(np.sqrt(difference / total))


def disturb(given: weights.Weights, amount: float) -> weights.Weights:
    """A copy with `amount` added to the first weight of the stem; `given` itself if it is 0."""
    if amount == 0:
        return given
    value: NDArray[Any] = given[DISTURBED].copy()
    value.flat[0] += np.float32(amount)
    return {**given, DISTURBED: value}


def _last_loss(contender: Contender) -> float:
    return float(contender.outputs()[-1])


def _inputs(verification: Verification, spec: CellSpec, *, buffers: int) -> Inputs:
    size = (spec.image_height_px, spec.image_width_px)
    return random_inputs(spec.batch, *size, verification.seed, buffers)


def _cell(
    verification: Verification, spec: CellSpec, given: weights.Weights, inputs: Inputs
) -> Cell:
    return Cell(
        spec=spec,
        device=verification.device,
        threads=verification.threads,
        learning_rate=LEARNING_RATE,
        weights=given,
        inputs=inputs,
    )
