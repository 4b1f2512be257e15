"""Two documents in, records of what changed out: policy without rendering.

Cells are matched by network, mode, batch, image size and precision. Blocks that were repeated are
in no statistic.
"""

from collections.abc import Mapping, Sequence
from math import log, log1p
from statistics import median

import msgspec

from benchcore import estimates, published, statistics
from benchcore.changes import CellChange, Comparison, ContenderChange, MemoryChange
from benchcore.differences import comparability
from benchcore.findings import Evidence, counting_margin, find
from benchcore.result import CellResult, ContenderResult, Document
from benchcore.samples import Memory, is_time
from benchcore.taint import INVALIDATING
from benchcore.verdict import CAVEATS, margin_for

MEMORY_MARGIN_MIB = 16.0
MEMORY_MARGIN = 0.02
"""More memory is a regression beyond the larger of 16 MiB and 2 %: a peak is a maximum of few
steps, and allocators round up to whole segments. It needs no test, as it hardly scatters."""


Key = tuple[str, str, int, int, int, str]


def compare(before: Document, after: Document, *, threshold: float | None = None) -> Comparison:
    """Compare two documents; the reference is that of the former.

    `threshold` is the relative change that counts instead of the usual margin.
    """
    reference = before.plan.reference
    comparable = comparability(before, after, reference)
    floors = [d.noise_floor.log_half_width for d in (before, after) if d.noise_floor is not None]
    old, new = ({key_of(cell): cell for cell in document.cells} for document in (before, after))
    cells = [
        cell_change(
            old.get(key),
            new.get(key),
            reference=reference,
            noise_floor=max(floors, default=None),
            threshold=threshold,
            limits=comparable.limits,
        )
        for key in dict.fromkeys([*old, *new])
    ]
    cells, tested = _confirmed(cells)
    return Comparison(reference=reference, comparability=comparable, cells=cells, tested=tested)


def key_of(cell: CellResult | CellChange) -> Key:
    """A cell's place, by which the cells of two documents are matched."""
    size = (cell.image_height_px, cell.image_width_px)
    return (cell.network, cell.mode, cell.batch, *size, cell.precision)


def cell_change(
    before: CellResult | None,
    after: CellResult | None,
    *,
    reference: str,
    noise_floor: float | None = None,
    threshold: float | None = None,
    limits: Sequence[str] = (),
) -> CellChange:
    """Every contender of a cell, which one document may lack. `noise_floor` is a log half-width."""
    known = after or before
    if known is None:
        raise ValueError("a cell that is in neither document")
    network, mode, batch, height, width, precision = key_of(known)
    margin = margin_for(batch, noise_floor, threshold)
    names = dict.fromkeys(
        [*(before.contenders if before else ()), *(after.contenders if after else ())]
    )
    flags = {*(before.flags if before else ()), *(after.flags if after else ())}
    caveats = [words for flag, words in CAVEATS.items() if flag in flags]

    def change(name: str) -> ContenderChange:
        obstacle = _obstacle(before, after, name)
        if obstacle is not None or before is None or after is None:
            changed = ContenderChange(
                is_control=name == reference,
                finding="NOT_COMPARABLE",
                reason=obstacle or "",
                invalid=any(cell is not None and _spoilt(cell) for cell in (before, after)),
            )
        elif published.is_published(before.contenders[name], after.contenders[name]):
            changed = published.change(before, after, name, is_control=name == reference)
        else:
            bare = margin_for(batch, threshold=threshold)
            changed = _change(before, after, name, reference, margin, bare, limits)
        reason = changed.reason
        if caveats and obstacle is None:
            reason = f"{reason.removesuffix('.')}; {', and '.join(caveats)}."
        return msgspec.structs.replace(
            changed,
            reason=reason,
            status_before=_status(before, name),
            status_after=_status(after, name),
        )

    return CellChange(
        network=network,
        mode=mode,
        batch=batch,
        image_height_px=height,
        image_width_px=width,
        precision=precision,
        margin=margin,
        contenders={name: change(name) for name in names},
        only_in="later" if before is None else "earlier" if after is None else None,
    )


def _spoilt(cell: CellResult) -> str | None:
    """What makes all of a cell worthless."""
    if INVALIDATING.keys() & set(cell.flags):
        return "The device throttled in one of the documents."
    if cell.proof is not None and not cell.proof.held:
        return "In one of the documents the contenders did not do the same work."
    return None


def _status(cell: CellResult | None, name: str) -> str | None:
    return None if cell is None or name not in cell.contenders else cell.contenders[name].status


def _obstacle(before: CellResult | None, after: CellResult | None, name: str) -> str | None:
    """Why this contender can't be compared, in a sentence."""
    for cell, other in ((before, "later"), (after, "earlier")):
        if cell is None:
            return f"Only the {other} document has this cell."
        if name not in cell.contenders:
            return f"Only the {other} document has this contender."
        spoilt = _spoilt(cell)
        if spoilt is not None:
            return spoilt
    assert before is not None
    assert after is not None
    old, new = before.contenders[name], after.contenders[name]
    if (old.status, new.status) != ("ok", "ok"):
        why = new.reason if new.status != "ok" else old.reason
        return f"It was {old.status} before and {new.status} after. {why or ''}".rstrip()
    if old.precision != new.precision:
        return f"Its arithmetic was {old.precision} before and is {new.precision} after."
    if published.is_published(old, new):
        known = all(published.mean_ms(result) for result in (old, new))
        return None if known else "It has no mean time in one of the documents."
    if not (_log_medians(old) and _log_medians(new)):
        return "It has no timed block in one of the documents."
    return None


def _change(
    before: CellResult,
    after: CellResult,
    name: str,
    reference: str,
    margin: float,
    bare_margin: float,
    limits: Sequence[str],
) -> ContenderChange:
    """Of one contender that both documents measured; `bare_margin` is without a noise floor."""
    is_control = name == reference
    pair = [_log_medians(cell.contenders[name]) for cell in (before, after)]
    time = statistics.change(_by_launch(pair[1]), _by_launch(pair[0]))
    factor, control = None, None
    grouped = [_by_launch(blocks) for blocks in pair]
    has_control = not is_control and _obstacle(before, after, reference) is None
    cells = (before, after) if has_control else ()
    theirs = [_log_medians(cell.contenders[reference]) for cell in cells]
    if theirs and all(theirs):
        control = statistics.change(_by_launch(theirs[1]), _by_launch(theirs[0]))
        grouped = [
            _by_launch({turn: mine[turn] - base[turn] for turn in mine if turn in base})
            for mine, base in zip(pair, theirs, strict=True)
        ]
        factor = statistics.change(grouped[1], grouped[0]) if all(grouped) else None
    launches = min(map(len, grouped))
    if factor is not None and factor.method in statistics.PAIRED:
        margin = bare_margin  # what the noise floor is about recurs in both, and is gone
    found = find(
        Evidence(
            time=time,
            factor=factor,
            control=control,
            margin=margin,
            launches=launches,
            limits=limits,
        )
    )
    testable = factor is not None and factor.half_width is not None and not limits
    counts = counting_margin(margin, launches)
    return ContenderChange(
        is_control=is_control,
        finding=found.finding,
        reason=found.reason,
        next_step=found.next_step,
        time=time.interval(),
        factor=None if factor is None else factor.interval(),
        memory=_memory_change(before.contenders[name].memory, after.contenders[name].memory),
        chance_slower=factor.chance_above(log1p(counts)) if factor and testable else None,
        chance_faster=factor.chance_below(log1p(-counts)) if factor and testable else None,
    )


Turn = tuple[int, int]
"""Launch and round: contenders are paired by it, since they then ran one after the other."""


def _log_medians(result: ContenderResult) -> dict[Turn, float]:
    """Log of each block's median (ms); a repeated block counts instead of the one it repeats."""
    return {
        (block.launch, block.round): log(median(block.wall_ms))
        for block in result.samples
        if block.wall_ms and not block.superseded and is_time(median(block.wall_ms))
    }


def _by_launch(values: Mapping[Turn, float]) -> list[list[float]]:
    grouped: dict[int, list[float]] = {}
    for (launch, _), value in sorted(values.items()):
        grouped.setdefault(launch, []).append(value)
    return list(grouped.values())


def _memory_change(before: Memory | None, after: Memory | None) -> MemoryChange | None:
    """None unless both were read from the same kind of source."""
    if before is None or after is None or before.primary != after.primary:
        return None
    base = before.step_peak_mib
    allowed = base + max(MEMORY_MARGIN_MIB, MEMORY_MARGIN * base)
    return MemoryChange(
        before_mib=base, after_mib=after.step_peak_mib, regressed=after.step_peak_mib > allowed
    )


def _confirmed(cells: list[CellChange]) -> tuple[list[CellChange], int]:
    """The cells with `confirmed` set by Holm's correction over all claims, and their number."""
    tested = [
        (index, name, change)
        for index, cell in enumerate(cells)
        for name, change in cell.contenders.items()
        if change.chance_slower is not None
    ]
    slower = estimates.holm([change.chance_slower or 0.0 for _, _, change in tested])
    faster = estimates.holm([change.chance_faster or 0.0 for _, _, change in tested])
    for (index, name, change), *chances in zip(tested, slower, faster, strict=True):
        chance = dict(zip(("REGRESSION", "IMPROVEMENT"), chances, strict=True))
        if chance.get(change.finding, 1.0) <= estimates.ONE_SIDED:
            stands = msgspec.structs.replace(change, confirmed=True)
            contenders = {**cells[index].contenders, name: stands}
            cells[index] = msgspec.structs.replace(cells[index], contenders=contenders)
    return cells, len(tested)
