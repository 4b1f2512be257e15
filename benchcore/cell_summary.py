"""A finished cell as the document's record: results, factors, verdicts."""

import errno
from collections.abc import Sequence

import msgspec

from benchcore import verdict
from benchcore.cell_state import CellState
from benchcore.errors import UsageError
from benchcore.kernels.cell import cell_profile
from benchcore.plan import CellSpec
from benchcore.result import (
    CellResult,
    ContenderResult,
    Factor,
    Interval,
    Proof,
    Schedule,
    Verdict,
)
from benchcore.taint import INVALIDATING
from benchcore.tally import memory_factor, throughput_factor, time_factor

NO_ROOM = (errno.ENOSPC, errno.ENOMEM)


def cell_result(
    cell: CellState,
    *,
    reference: str,
    proof: Proof | None,
    schedule: Schedule,
    launches: int,
    duration_s: float,
) -> CellResult:
    """The whole cell; a contender has a factor only if it and the reference are `ok`."""
    factors: dict[str, Factor] = {}
    verdicts = {}
    spec, base = cell.spec, cell.tallies[reference]
    for name, tally in cell.tallies.items():
        if name == reference or not (tally.alive and base.alive):
            continue
        time = time_factor(tally, base, cell.budget)
        factors[name] = Factor(
            time=time,
            memory=memory_factor(tally, base),
            throughput=throughput_factor(tally, base),
        )
        if time is not None:
            verdicts[name] = judged(
                time,
                batch=spec.batch,
                noise_floor=cell.setting.noise_floor,
                launches=launches,
                flags=cell.flags,
            )
    contenders = {name: tally.result(spec.batch) for name, tally in cell.tallies.items()}
    traced = {name: tally for name, tally in cell.tallies.items() if tally.alive}
    profile = cell_profile(
        {name: tally.trace for name, tally in traced.items() if tally.trace is not None},
        {n: t.untraced_because for n, t in traced.items() if t.untraced_because is not None},
        reference=reference,
        results=contenders,
        factors=factors,
    )
    unproven = proof is None and any(tally.alive for tally in cell.tallies.values())
    return CellResult(
        **msgspec.structs.asdict(spec),
        contenders=contenders,
        factors=factors,
        proof=proof,
        verdict=verdicts,
        flags=[*cell.flags, *([verdict.NOT_PROVEN] if unproven else [])],
        schedule=schedule,
        launches=launches,
        duration_s=duration_s,
        profile=profile,
    )


def judged(
    time: Interval, *, batch: int, noise_floor: float | None, launches: int, flags: Sequence[str]
) -> Verdict:
    """The verdict on a factor, in a cell with these flags."""
    spoilt = [sentence for flag, sentence in INVALIDATING.items() if flag in flags]
    return verdict.decide(
        time,
        batch=batch,
        noise_floor=noise_floor,
        launches=launches,
        flags=flags,
        invalid=next(iter(spoilt), None),
    )


def unprepared(
    spec: CellSpec, names: Sequence[str], error: MemoryError | OSError | UsageError
) -> CellResult:
    """A cell whose inputs did not fit into memory or the temporary folder, or are no image now."""
    full = isinstance(error, MemoryError) or getattr(error, "errno", None) in NO_ROOM
    why = getattr(error, "strerror", None) or str(error).removesuffix(".") or "no memory"
    result = ContenderResult(
        status="oom" if full else "crashed",
        reason=f"The inputs of this cell can't be made: {why}.",
    )
    return CellResult(
        **msgspec.structs.asdict(spec),
        contenders=dict.fromkeys(names, result),
        factors={},
        proof=None,
        verdict={},
        flags=[],
    )
