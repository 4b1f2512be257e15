"""The proof that a contender computes what PyTorch computes, step by step."""

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray

from benchcore import contenders, weights
from benchcore.architecture import is_parameter
from benchcore.contenders.base import Cell, Contender
from benchcore.contenders.torch import Torch
from benchcore.data import Inputs, random_inputs
from benchcore.errors import UsageError
from benchcore.plan import CellSpec
from benchcore.proof import relative_error
from benchcore.verification import (
    LOGIT_BOUND,
    STATE_FLOOR,
    AnyCheck,
    Distance,
    LogitCheck,
    Refusal,
    StepCheck,
    Verification,
    loss_held,
)

LEARNING_RATE = 0.01
"""Large enough that each step moves the parameters far beyond rounding, small enough not to make
five steps chaotic."""

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
    for spec in verification.specs():
        able = {}
        for name, kind in classes.items():
            refusal = kind.refusal(spec)
            if refusal is None:
                able[name] = kind
            else:
                yield Refusal(held=True, reason=refusal, **_place(name, spec))
        if able and spec.mode == "infer":
            yield from _verify_inference(verification, spec, able)
        elif able:
            yield from _verify_training(verification, spec, able)


def _place(contender: str, spec: CellSpec) -> dict[str, Any]:
    return {
        "contender": contender,
        "network": spec.network,
        "batch": spec.batch,
        "image_height_px": spec.image_height_px,
        "image_width_px": spec.image_width_px,
    }


def _verify_inference(
    verification: Verification, spec: CellSpec, able: Mapping[str, type[Contender]]
) -> Iterator[AnyCheck]:
    given = weights.random_weights(spec.network, verification.seed)
    inputs = _inputs(verification, spec, buffers=1)
    expected = _logits(Torch, _cell(verification, spec, given, inputs))
    disturbed = disturb(given, verification.disturb)
    for name, kind in able.items():
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
    verification: Verification, spec: CellSpec, able: Mapping[str, type[Contender]]
) -> Iterator[AnyCheck]:
    given = weights.random_weights(spec.network, verification.seed)
    inputs = _inputs(verification, spec, buffers=verification.steps)
    disturbed = disturb(given, verification.disturb)
    truth = _prepared(Float64, _cell(verification, spec, given, inputs))
    reference = _prepared(Torch, _cell(verification, spec, given, inputs))
    tested = {
        name: _prepared(kind, _cell(verification, spec, disturbed, inputs))
        for name, kind in able.items()
    }

    # How far PyTorch's parameters are when a step begins bounds what its loss can be trusted to.
    before = 0.0
    for step in range(verification.steps):
        for each in (truth, reference, *tested.values()):
            each.enqueue()
            each.synchronize()
        true_state, torch_state = truth.state(), reference.state()
        true_loss, torch_loss = _last_loss(truth), _last_loss(reference)
        after = distance(torch_state, true_state, parameters=True)
        drift = distance(torch_state, true_state, parameters=False)
        for name, contender in tested.items():
            state, loss = contender.state(), _last_loss(contender)
            parameters = Distance(distance(state, true_state, parameters=True), after)
            statistics = Distance(distance(state, true_state, parameters=False), drift)
            held = (
                parameters.within(STATE_FLOOR)
                and statistics.within(STATE_FLOOR)
                and loss_held(loss, torch_loss, true_loss, before)
            )
            yield StepCheck(
                step=step + 1,
                loss=loss,
                loss_torch=torch_loss,
                loss_float64=true_loss,
                parameters=parameters,
                statistics=statistics,
                held=held,
                **_place(name, spec),
            )
        before = after


def distance(state: State, truth: State, *, parameters: bool) -> float:
    """||s - s64|| / ||s64|| over all parameters, or over all running means and variances.

    Counters must be equal; one that differs makes the distance 1, far beyond any bound.
    """
    difference = total = 0.0
    for name, true_value in truth.items():
        if name.endswith("num_batches_tracked"):
            if not parameters and int(state[name]) != int(true_value):
                return 1.0
            continue
        if is_parameter(name) != parameters:
            continue
        value = state[name].astype(np.float64)
        difference += float(np.square(value - true_value).sum())
        total += float(np.square(true_value, dtype=np.float64).sum())
    return float(np.sqrt(difference / total))


def disturb(given: weights.Weights, amount: float) -> weights.Weights:
    """A copy with `amount` added to the first weight of the stem; `given` itself if it is 0."""
    if amount == 0:
        return given
    value = given[DISTURBED].copy()
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
