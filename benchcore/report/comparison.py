"""A comparison as plain text for a terminal of 80 columns: environment first, then what changed."""

from collections import Counter
from collections.abc import Iterator
from math import log
from textwrap import wrap

from benchcore.changes import CellChange, Comparison, ContenderChange, MemoryChange
from benchcore.differences import Comparability, shortened
from benchcore.report.plain import inert, plain
from benchcore.report.table import MODE_TITLES, NOTHING, Table
from benchcore.report.text import GAP, WIDTH, table_lines
from benchcore.result import Interval

MACHINE = "machine_id"
"""The environment's key of the very machine."""

MOST_DIFFERENCES = 20
"""Keys printed; two machines differ in more, and the first twenty tell which they are."""

LEAST_MULTIPLE = 10.0

KEY_WIDTH = 30
VALUE_WIDTH = (WIDTH - KEY_WIDTH - 3 * len(GAP)) // 2


def render(comparison: Comparison, before: str, after: str, *, in_short: bool = False) -> str:
    """The comparison of two documents, which are named by the given words.

    `in_short` leaves out the tables: what stands is the environment and what they add up to.
    """
    lines = wrap(f"{after} against {before}: a change above 0 is slower, or more memory.", WIDTH)
    lines += ["", *_environment(comparison.comparability)]
    for table in () if in_short else _tables(comparison):
        lines += ["", *table_lines(table)]
    lines += _unmatched(comparison)
    lines += ["", *summary(comparison)]
    return "\n".join(inert(plain(line)) for line in lines) + "\n"


def _environment(comparability: Comparability) -> Iterator[str]:
    same = "the same" if comparability.same_fingerprint else "not the same, or not known"
    moved = any(difference.key == MACHINE for difference in comparability.differences)
    other = (
        " They are two machines of one kind." if comparability.same_fingerprint and moved else ""
    )
    yield from wrap(f"The fingerprints of machine and versions are {same}.{other}", WIDTH)
    shown = comparability.differences[:MOST_DIFFERENCES]
    if shown:
        yield GAP + GAP.join([" " * KEY_WIDTH, "earlier".ljust(VALUE_WIDTH), "later"])
    for difference in shown:
        values = (
            shortened(value, VALUE_WIDTH).ljust(VALUE_WIDTH)
            for value in (difference.before, difference.after)
        )
        key = shortened(difference.key, KEY_WIDTH).ljust(KEY_WIDTH)
        yield GAP + GAP.join([key, *values]).rstrip()
    left = len(comparability.differences) - len(shown)
    if left:
        yield f"{GAP}and {left} more"
    for limit in comparability.limits:
        yield from wrap(limit, WIDTH)


def _tables(comparison: Comparison) -> Iterator[Table]:
    """One table for each network, mode and contender, the control last."""
    matched = [cell for cell in comparison.cells if cell.only_in is None]
    seen = dict.fromkeys((cell.network, cell.mode) for cell in matched)
    for network, mode in seen:
        cells = [c for c in matched if (c.network, c.mode) == (network, mode)]
        names = dict.fromkeys(name for cell in cells for name in cell.contenders)
        for name in sorted(names, key=lambda name: name == comparison.reference):
            title = f"{network}, {MODE_TITLES.get(mode, mode)}, {name}"
            control = " (the control)" if name == comparison.reference else ""
            yield _table(title + control, [cell for cell in cells if name in cell.contenders], name)


def _table(title: str, cells: list[CellChange], name: str) -> Table:
    changes = [(cell, cell.contenders[name]) for cell in cells]
    remarks = [
        f"Batch {cell.batch}: {change.reason}"
        for cell, change in changes
        if change.finding != "SAME"
    ]
    return Table(
        title=title,
        groups=(("", 1), ("Time", 2), ("Factor", 2), ("MiB", 1), ("", 1)),
        headings=("batch", "change", "95 %", "change", "95 %", "change", "finding"),
        rows=[(str(cell.batch), *_row(change)) for cell, change in changes],
        remarks=remarks,
    )


def _unmatched(comparison: Comparison) -> Iterator[str]:
    for which in ("earlier", "later"):
        labels = [_label(cell) for cell in comparison.cells if cell.only_in == which]
        if labels:
            yield ""
            yield from wrap(f"Only the {which} document has {', '.join(labels)}.", WIDTH)


def _label(cell: CellChange) -> str:
    size = f"{cell.image_height_px}x{cell.image_width_px}"
    return f"{cell.network} {cell.mode} batch {cell.batch} at {size}"


def _row(change: ContenderChange) -> tuple[str, ...]:
    return (
        *change_words(change.time),
        *change_words(change.factor),
        _memory(change.memory),
        change.finding.replace("_", " "),
    )


def change_words(interval: Interval | None) -> tuple[str, str]:
    """A ratio as a change, and its 95 % interval."""
    if interval is None:
        return NOTHING, NOTHING
    change = _change(interval.estimate, "%")
    if interval.low is None or interval.high is None:
        return change, NOTHING
    return change, f"{_change(interval.low)}..{_change(interval.high)}"


def _change(ratio: float, unit: str = "") -> str:
    """In percent, or as a multiple where percents would be thousands."""
    if ratio >= LEAST_MULTIPLE:
        return f"x{ratio:.3g}"
    change = 100 * (ratio - 1)
    return f"{change:+.{0 if change >= 100 else 1}f}{unit}"


def _memory(memory: MemoryChange | None) -> str:
    if memory is None:
        return NOTHING
    return f"{memory.after_mib - memory.before_mib:+.0f}{' !' if memory.regressed else ''}"


def summary(comparison: Comparison) -> Iterator[str]:
    """What the tables add up to, and what to do next."""
    methods = dict.fromkeys(
        interval.method
        for cell in comparison.cells
        for change in cell.contenders.values()
        for interval in (change.factor, change.time)
        if interval is not None
    )
    if methods:
        yield from wrap(f"Intervals: {'; '.join(methods)}.", WIDTH)
    yield from _agreement(comparison)
    yield from _claim(comparison, comparison.found("REGRESSION"), "regressed")
    yield from _claim(comparison, comparison.found("IMPROVEMENT"), "improved")
    steps: Counter[str] = Counter()
    for cell in comparison.cells:
        for name, change in cell.contenders.items():
            if change.next_step is not None:
                steps[change.next_step] += 1
            if change.memory is not None and change.memory.regressed:
                needs = f"{change.memory.before_mib:.0f} MiB before, {change.memory.after_mib:.0f}"
                sentence = f"{name} needs more memory in {_label(cell)}: {needs} MiB after."
                yield from wrap(sentence, WIDTH)
    for step, count in steps.items():
        yield from wrap(f"Next, for {count} of the changes: {step}", WIDTH)


def _agreement(comparison: Comparison) -> Iterator[str]:
    """In how many cells and contenders a factor's change may be none, and the largest change."""
    known = [
        (cell, name, factor, factor.low <= 1 <= factor.high)
        for cell in comparison.cells
        for name, change in cell.contenders.items()
        if (factor := change.factor) is not None
        and factor.low is not None
        and factor.high is not None
    ]
    if not known:
        return
    agreeing = sum(agrees for *_, agrees in known)
    cell, name, factor, _ = max(known, key=lambda found: abs(log(found[2].estimate)))
    change, interval = change_words(factor)
    yield from wrap(
        f"0 % is within the 95 % interval of {agreeing} of {len(known)} changes of a factor; the "
        f"largest change is {change} ({interval}), {name} in {_label(cell)}.",
        WIDTH,
    )


def _claim(comparison: Comparison, found: list[tuple[CellChange, str]], noun: str) -> Iterator[str]:
    """What holds over all cells at once, after Holm's correction."""
    if not comparison.tested:
        yield f"No change could be tested for having {noun}."
    elif not found:
        yield f"Of {comparison.tested} tested, none {noun}."
    else:
        stand = sum(cell.contenders[name].confirmed for cell, name in found)
        yield from wrap(
            f"Of {comparison.tested} tested, {len(found)} {noun}, of which {stand} stand after "
            "Holm's correction for testing so many.",
            WIDTH,
        )
