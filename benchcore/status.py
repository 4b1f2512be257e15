"""Exit statuses, and which one a document deserves."""

from benchcore.result import Document

OK = 0
USAGE = 2
INVALID = 4
FAILED = 6
TIMEOUT = 124
INTERRUPTED = 130

FAILURES = frozenset({"oom", "crashed", "timeout"})


def exit_status(document: Document) -> int:
    """The most telling status: interrupted, timed out, a cell failed, a cell invalid, or done.

    `refused` is no failure: it is an answer about a contender.
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
    return INVALID if "invalid" in statuses or "INVALID" in outcomes else OK
