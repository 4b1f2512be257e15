"""What there is to say of one row of a factor table, in sentences."""

from benchcore.report.process_words import processes_differ
from benchcore.report.quotient import quotient_remark
from benchcore.result import CellResult


def remarks(cell: CellResult, contender: str, reference: str) -> list[str]:
    """The verdict with its reason, what would say more, failures and flags."""
    said = []
    verdict = cell.verdict.get(contender)
    if verdict is not None:
        said.append(f"{verdict.outcome}. {verdict.reason}")
        if verdict.next_step:
            said.append(verdict.next_step)
    pair = dict.fromkeys((contender, reference))
    known = [processes_differ(name, cell.contenders.get(name)) for name in pair]
    known.append(quotient_remark(cell, contender, reference))
    said[1:1] = [sentence for sentence in known if sentence is not None]
    for name, result in cell.contenders.items():
        if result.status != "ok":
            said.append(f"{name} {result.status}: {result.reason}")
    said += [f"{flag.replace('_', ' ').capitalize()}." for flag in cell.flags]
    return said
