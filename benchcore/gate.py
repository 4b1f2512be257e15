"""Whether a document is worse than its baseline: a verdict for scripts, as an exit status.

The gate judges dlib's side: the reference (PyTorch) is the control on the same machine, so its own
changes of speed are told and fail nothing. What only one test of many would call a regression fails
nothing either (Holm's correction, see `compare`).
"""

from collections.abc import Iterator, Sequence
from typing import Literal

from benchcore import status
from benchcore.changes import CellChange, Comparison, ContenderChange
from benchcore.compare import compare
from benchcore.result import Document
from benchcore.resume import SAME_BUILD, SAME_MACHINE, differing_groups
from benchcore.samples import Record
from benchcore.status import FAILURES

Outcome = Literal["PASSED", "REGRESSION", "INCONCLUSIVE", "INVALID", "NOT_COMPARABLE", "FAILED"]

EXIT_STATUSES: dict[Outcome, int] = {
    "FAILED": status.FAILED,
    "INVALID": status.INVALID,
    "NOT_COMPARABLE": status.NOT_COMPARABLE,
    "REGRESSION": status.REGRESSION,
    "INCONCLUSIVE": status.OK,
    "PASSED": status.OK,
}
"""In the order in which one outcome hides another."""


STATUS_OUTCOMES: dict[str, Outcome] = {
    **dict.fromkeys(FAILURES, "FAILED"),
    "invalid": "INVALID",
    "refused": "REGRESSION",
    "": "INCONCLUSIVE",
}
"""Of a contender that was measured in the baseline and is not now, by what it is now."""


NOTHING_SHARED = "The two documents have no cell in common."


class Remark(Record, frozen=True, kw_only=True):
    """Something found, in a sentence; `outcome` is what it alone would make of the gate."""

    outcome: Outcome
    cell: str
    """Such as `resnet50 infer batch 8`; empty where it is about the whole document."""
    contender: str
    sentence: str


class Gate(Record, frozen=True, kw_only=True):
    """The verdict, with everything that led to it."""

    outcome: Outcome
    exit_status: int
    sentence: str
    threshold: float | None
    """The relative change of a time that counts, where one was asked for."""
    tested: int
    remarks: list[Remark]


def judge(
    document: Document,
    baseline: Document,
    *,
    threshold: float | None = None,
    strict: bool = False,
    force: bool = False,
) -> Gate:
    """Judge `document` against `baseline`.

    `strict` also wants every finding to be conclusive. `force` judges documents that can't be
    compared all the same; the outcome then holds for what they are.
    """
    comparison = compare(baseline, document, threshold=threshold)
    obstacles = list(_obstacles(document, baseline, comparison))
    remarks = [] if force else obstacles
    if force or not obstacles:
        remarks = [*remarks, *_remarks(document, comparison)]
    if not remarks and not _shared(comparison):
        remarks = [Remark(outcome="INCONCLUSIVE", cell="", contender="", sentence=NOTHING_SHARED)]
    found = {remark.outcome for remark in remarks}
    outcome: Outcome = next((known for known in EXIT_STATUSES if known in found), "PASSED")
    exit_status = EXIT_STATUSES[outcome]
    if strict and outcome == "INCONCLUSIVE":
        exit_status = status.INCONCLUSIVE
    advisory = "; compared by force, so it proves nothing" if force and obstacles else ""
    return Gate(
        outcome=outcome,
        exit_status=exit_status,
        sentence=_sentence(outcome, remarks, comparison, advisory),
        threshold=threshold,
        tested=comparison.tested,
        remarks=remarks,
    )


def _shared(comparison: Comparison) -> int:
    """How many cells both documents have."""
    return sum(cell.only_in is None for cell in comparison.cells)


def _sentence(
    outcome: Outcome, remarks: Sequence[Remark], comparison: Comparison, advisory: str
) -> str:
    """The verdict in one sentence: its first reason, and how many there are besides."""
    reasons = [remark for remark in remarks if remark.outcome == outcome]
    if not reasons:
        cells = _shared(comparison)
        plural = "" if cells == 1 else "s"
        said = f"nothing is worse than the baseline in {cells} cell{plural}"
    else:
        first = reasons[0]
        where = f"{first.contender} in {first.cell}: " if first.cell else ""
        more = f" ({len(reasons) - 1} more like it)" if len(reasons) > 1 else ""
        said = where + first.sentence.removesuffix(".") + more
    return f"{outcome.replace('_', ' ')}: {said}{advisory}."


def _obstacles(document: Document, baseline: Document, comparison: Comparison) -> Iterator[Remark]:
    """Why the two can't be compared at all."""

    def obstacle(sentence: str) -> Remark:
        return Remark(outcome="NOT_COMPARABLE", cell="", contender="", sentence=sentence)

    old, new = baseline.environment, document.environment
    for key, what in ((SAME_MACHINE, "machine"), (SAME_BUILD, "machine and versions")):
        if not (old.get(key) and new.get(key)):
            yield obstacle(f"A document doesn't say on which {what} it was measured.")
            return
    if old[SAME_MACHINE] != new[SAME_MACHINE]:
        yield obstacle("The baseline is from another machine; measure both on one.")
    for limit in comparison.comparability.limits:
        yield obstacle(limit)
    # Builds of dlib and packages may differ: to compare them is what a gate is for. The machine and
    # the reference may not, which the limits say.
    if old[SAME_BUILD] != new[SAME_BUILD] and not differing_groups(old, new):
        yield obstacle("The fingerprints of machine and versions differ.")
    if document.plan.device != baseline.plan.device:
        yield obstacle(f"The devices are {baseline.plan.device} and {document.plan.device}.")
    if not _shared(comparison):
        yield obstacle(NOTHING_SHARED)


def _remarks(document: Document, comparison: Comparison) -> Iterator[Remark]:
    """What each cell and contender gives reason to say."""
    for cell in comparison.cells:
        label = _label(cell)
        if cell.only_in == "earlier":
            sentence = f"The document has no such cell; its run is {document.status}."
            yield Remark(outcome="INCONCLUSIVE", cell=label, contender="run", sentence=sentence)
        if cell.only_in is not None:
            continue
        for name, change in cell.contenders.items():
            for outcome, sentence in _found(change):
                yield Remark(outcome=outcome, cell=label, contender=name, sentence=sentence)


def _found(change: ContenderChange) -> Iterator[tuple[Outcome, str]]:
    """What became of one contender, as far as a gate cares."""
    before, after = change.status_before, change.status_after
    if before == "ok" and after != "ok":
        yield STATUS_OUTCOMES.get(after or "", "INVALID"), change.reason
    elif change.is_control or before != "ok":
        return
    elif change.finding == "REGRESSION" and not change.confirmed:
        reason = change.reason.removesuffix(".")
        yield "INCONCLUSIVE", f"{reason}, but it does not stand after Holm's correction."
    elif change.finding in ("REGRESSION", "INCONCLUSIVE"):
        yield change.finding, change.reason
    elif change.finding == "NOT_COMPARABLE":
        yield ("INVALID" if change.invalid else "INCONCLUSIVE"), change.reason
    if change.memory is not None and change.memory.regressed and not change.is_control:
        needs = f"{change.memory.before_mib:.0f} MiB before, {change.memory.after_mib:.0f}"
        yield "REGRESSION", f"It needs more memory: {needs} MiB after."


def _label(cell: CellChange) -> str:
    return f"{cell.network} {cell.mode} batch {cell.batch}"
