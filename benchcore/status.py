"""Exit statuses, and which one a document deserves."""

from benchcore.result import Document
from benchcore.stopping import NOT_CONVERGED

OK = 0
REGRESSION = 1
USAGE = 2
INCONCLUSIVE = 3
INVALID = 4
NOT_COMPARABLE = 5
FAILED = 6
SOFTWARE = 70
"""An error of the program itself (EX_SOFTWARE of sysexits.h)."""
TIMEOUT = 124
INTERRUPTED = 130

FAILURES = frozenset({"oom", "crashed", "timeout"})


def exit_status(document: Document, *, strict: bool = False) -> int:
    """The most telling status: interrupted, timed out, a cell failed, a cell invalid, or done.

    `refused` is no failure: it is an answer about a contender. `strict` also wants every verdict
    to be conclusive and every interval as narrow as its profile aims at.
    """
    if document.status == "interrupted":
        return INTERRUPTED
    if document.status == "timeout":
        return TIMEOUT
    statuses = {
        contender.status for cell in document.cells for contender in cell.contenders.values()
    }
    if statuses & FAILURES:
        return FAILED
    outcomes = {verdict.outcome for cell in document.cells for verdict in cell.verdict.values()}
    if "invalid" in statuses or "INVALID" in outcomes:
        return INVALID
    open_ = "INCONCLUSIVE" in outcomes or any(NOT_CONVERGED in c.flags for c in document.cells)
    return INCONCLUSIVE if strict and open_ else OK
