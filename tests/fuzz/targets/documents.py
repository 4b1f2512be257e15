"""Result documents: read, reported in every format, compared, gated, and gone on with."""

import csv
import io
from argparse import Namespace
from dataclasses import dataclass
from pathlib import Path

import bases
import commands
import damage
import mutation
from guard import BrokenError, give
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from benchcore import config, contenders, headless, result, resume
from benchcore.errors import UsageError
from benchcore.plan import Request, make_plan

CASES = 6000

checks = bases.of_benchcore("test_report_formats").CHECKS

USES = (
    *("text", "terminal", "markdown", "csv", "html", "svg"),
    *("output", "compare", "compare json", "compare three", "gate", "gate json", "resume"),
)


@dataclass(frozen=True)
class Case:
    """A document and what is done with it."""

    content: bytes
    other: int
    use: str


def cases() -> SearchStrategy[Case]:
    """Three quarters are JSON with other values in it, a quarter other bytes."""
    texts = st.sampled_from(bases.documents())
    by_tree = st.builds(mutation.changed_json, texts, mutation.any_changes())
    encoded = st.builds(str.encode, texts)
    by_bytes = st.builds(damage.damaged, encoded, damage.damages, encoded)
    return st.builds(
        Case,
        content=st.one_of(by_tree, by_tree, by_tree, by_bytes),
        other=st.integers(0, len(bases.documents()) - 1),
        use=st.sampled_from(USES),
    )


def check(case: Case, folder: Path) -> None:
    """Each use ends in a report in which nothing acts, or in a sentence."""
    path, other = folder / "document.json", folder / "other.json"
    give(path, case.content)
    give(other, bases.documents()[case.other].encode())
    _USES.get(case.use, _report)(case.use, str(path), str(other))


def _report(form: str, path: str, other: str) -> None:
    answer = commands.command(["report", path, "--format", form])
    commands.check(answer, 0)
    if answer.status == 0:
        checks[form](answer.out)
        if form == "csv":
            no_formulas(answer.out)


def _terminal(use: str, path: str, other: str) -> None:
    answer = commands.command(["report", path], terminal=True)
    commands.check(answer, 0)
    commands.inert(answer.out, coloured=True)


def _output(use: str, path: str, other: str) -> None:
    target = Path(path).parents[1] / "out" / "report.html"
    commands.check(
        commands.command(["report", path, "--format", "html", "--output", str(target)]), 0
    )


def _compare(use: str, path: str, other: str) -> None:
    words = {
        "compare": [[path, other], [other, path]],
        "compare json": [[path, other, "--json"]],
        "compare three": [[other, path, path]],
    }[use]
    for pair in words:
        answer = commands.command(["compare", *pair])
        commands.check(answer, 0)
        commands.inert(answer.out)


def _gate(use: str, path: str, other: str) -> None:
    more = ["--json"] if use == "gate json" else ["--annotations", "--force"]
    for pair in ([path, "--baseline", other], [other, "--baseline", path]):
        answer = commands.command(["gate", *pair, *more])
        commands.check(answer, 0, 1, 6)
        commands.inert(answer.out)


def _resume(use: str, path: str, other: str) -> None:
    """All that precedes the first measurement."""
    nothing = dict.fromkeys(Request.__struct_fields__)
    arguments = Namespace(**nothing, config=None, resume=Path(path))
    try:
        before = headless._resumed(arguments)
        request = config.to_request(before.plan)
        plan = make_plan(request, device="cpu", contenders=contenders.names())
        resume.check(before, before.environment)
        found = resume.done(before)
        for cell in found.values():
            resume.check_bytes(cell, "a1" * 32, "b2" * 32)
        if len(found) != len(before.cells):
            raise BrokenError("two cells of one document are the same")
        config.to_toml(plan)
        result.decode(result.encode(before), "again")
    except UsageError as error:
        commands.refused(error)


_USES = {
    "terminal": _terminal,
    "output": _output,
    "compare": _compare,
    "compare json": _compare,
    "compare three": _compare,
    "gate": _gate,
    "gate json": _gate,
    "resume": _resume,
}


def no_formulas(content: str) -> None:
    """Nothing that a spreadsheet computes: what begins like a formula is a number."""
    for row in csv.reader(io.StringIO(content)):
        for cell in row:
            if cell.lstrip()[:1] in ("=", "+", "-", "@"):
                try:
                    float(cell)
                except ValueError:
                    raise BrokenError(f"a cell is a formula: {cell[:80]!r}") from None
