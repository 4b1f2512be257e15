"""`benchcore verify`: the proof as tables or JSON, and as an exit status."""

import os
import sys
import time
from argparse import Namespace
from collections.abc import Iterator
from itertools import groupby
from math import isfinite
from textwrap import wrap

import msgspec

from benchcore import contenders, device, plan, streams
from benchcore.architecture import NETWORKS
from benchcore.channel import THREAD_VARIABLES
from benchcore.environment import cpu_threads
from benchcore.errors import UsageError
from benchcore.report.table import Table
from benchcore.report.text import WIDTH, table_lines
from benchcore.status import INVALID, OK
from benchcore.verification import (
    LOGIT_BOUND,
    PARAMETER_SHARE,
    RATIO_BOUND,
    AnyCheck,
    Check,
    Failure,
    LogitCheck,
    Refusal,
    StepCheck,
    Verification,
    broken,
)


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """The document of `--json`."""

    held: bool
    verification: Verification
    checks: list[AnyCheck]


def run(arguments: Namespace) -> int:
    """Verify what the options ask for: 0 if every bound held, 4 if one broke."""
    asked = _checked(arguments)
    streams.check_room()
    chosen, sentence = device.choose("--device", arguments.device, asked.contenders)
    print(sentence, file=sys.stderr)
    verification = msgspec.structs.replace(asked, device=chosen)
    # Before the frameworks load: their libraries read these once. Both take turns in this one
    # process, so threads that wait must sleep, or one framework's spin on the other's cores.
    os.environ.update(dict.fromkeys(THREAD_VARIABLES, str(asked.threads)))
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    from benchcore.verify import verify

    checks: list[AnyCheck] = []
    began = time.monotonic()
    for check in verify(verification):
        checks.append(check)
        print(f"{time.monotonic() - began:5.0f} s  {_progress(check)}", file=sys.stderr)
    failed = broken(checks)
    if arguments.json:
        outcome = Outcome(held=not failed, verification=verification, checks=checks)
        streams.say(msgspec.json.format(msgspec.json.encode(outcome), indent=2).decode() + "\n")
        print(_closing(len(checks), len(failed)), file=sys.stderr)
    else:
        streams.say("\n".join((*_lines(checks), _closing(len(checks), len(failed)), "")))
    return INVALID if failed else OK


def _checked(arguments: Namespace) -> Verification:
    """The verification of the options, on no device yet."""
    networks = plan.one_of("--networks", arguments.networks or NETWORKS, NETWORKS)
    modes = plan.one_of("--modes", arguments.modes or plan.MODES, plan.MODES)
    sizes = tuple(plan.image_size("--image-sizes", text) for text in arguments.image_sizes)
    if not sizes:
        raise UsageError("--image-sizes names nothing; give sizes such as 224,160x192.")
    for size in sizes:
        plan.check_size("--image-sizes", size, networks, modes)
    if not isfinite(arguments.disturb):
        raise UsageError(f"--disturb is {arguments.disturb}; it is a finite number such as 1e-2.")
    plan.check_seed(arguments.seed)
    return Verification(
        device="",
        threads=cpu_threads(),
        contenders=plan.one_of("--contenders", arguments.contenders, contenders.names()),
        networks=networks,
        modes=modes,
        batch_sizes=plan.batches("--batch-sizes", arguments.batch_sizes),
        image_sizes=sizes,
        seed=arguments.seed,
        disturb=arguments.disturb,
    )


def _place(check: Check) -> str:
    size = f"{check.image_height_px}x{check.image_width_px}"
    return f"{check.contender} {check.network} {size} batch {check.batch}"


def _progress(check: Check) -> str:
    verdict = "held" if check.held else "BROKEN"
    match check:
        case LogitCheck():
            return f"{_place(check)} logits {check.error:.1e} {verdict}"
        case StepCheck():
            return f"{_place(check)} step {check.step} {check.parameters.contender:.1e} {verdict}"
        case Failure():
            return f"{_place(check)} failed. {check.reason}"
        case _:
            return f"{_place(check)} refused"


def _lines(checks: list[AnyCheck]) -> Iterator[str]:
    logits = [check for check in checks if isinstance(check, LogitCheck)]
    if logits:
        yield from table_lines(_logit_table(logits))
        yield ""
    steps = [check for check in checks if isinstance(check, StepCheck)]
    for place, group in groupby(steps, key=_place):
        yield from table_lines(_step_table(place, list(group)))
        yield ""
    for check in checks:
        if isinstance(check, Refusal | Failure):
            word = "refused" if check.held else "FAILED"
            yield from wrap(f"{_place(check)}: {word}. {check.reason}", WIDTH)


def _logit_table(checks: list[LogitCheck]) -> Table:
    rows: list[tuple[str, ...]] = [
        (
            check.contender,
            check.network,
            f"{check.image_height_px}x{check.image_width_px}",
            str(check.batch),
            f"{check.error:.1e}",
            _word(check),
        )
        for check in checks
    ]
    return Table(
        title="Inference: max |difference| / max |logit|, against PyTorch float32",
        groups=(("", 6),),
        headings=("contender", "network", "size", "batch", "error", "bound"),
        rows=rows,
        remarks=[f"The bound is {LOGIT_BOUND:.0e}."],
    )


def _step_table(place: str, checks: list[StepCheck]) -> Table:
    name = checks[0].contender
    rows: list[tuple[str, ...]] = [
        (
            str(check.step),
            *(f"{loss:.6f}" for loss in (check.loss, check.loss_torch, check.loss_float64)),
            *(f"{error:.1e}" for error in (check.parameters.contender, check.parameters.torch)),
            *(f"{error:.1e}" for error in (check.statistics.contender, check.statistics.torch)),
            _word(check),
        )
        for check in checks
    ]
    return Table(
        title=f"Training: {place}",
        groups=(("", 1), ("loss", 3), ("parameters", 2), ("statistics", 2), ("", 1)),
        headings=("step", name, "torch", "float64", name, "torch", name, "torch", "bound"),
        rows=rows,
        remarks=[],
    )


def _word(check: Check) -> str:
    return "held" if check.held else "BROKEN"


def _closing(checks: int, failed: int) -> str:
    rule = (
        f"The bounds: logits within {LOGIT_BOUND:.0e} of PyTorch float32; in training at most "
        f"{RATIO_BOUND:g} times as far from float64 as PyTorch float32 is, or "
        f"{PARAMETER_SHARE:.0%} of the way that the parameters went."
    )
    result = (
        f"{failed} of {checks} checks broke a bound." if failed else f"All {checks} checks held."
    )
    return "\n".join(wrap(f"{result} {rule}", WIDTH))
