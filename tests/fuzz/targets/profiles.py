"""What documents hold of traced iterations, as every table and page shows it."""

import json
from dataclasses import dataclass
from pathlib import Path

import bases
import commands
import mutation
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from benchcore import report, result
from benchcore.errors import UsageError
from benchcore.kernels.profile import Profile
from benchcore.report import profile_text
from benchcore.result import CellResult
from tui import cell_page, kernel_page

CASES = 1500

checks = bases.of_benchcore("test_report_formats").CHECKS


@dataclass(frozen=True)
class Case:
    """A document, and how wide the page is."""

    content: bytes
    width: int
    ascii: bool


def cases() -> SearchStrategy[Case]:
    """Only the profiles are changed."""
    return st.builds(
        Case,
        content=st.builds(_changed, mutation.any_changes()),
        width=st.sampled_from([40, 80, 200]),
        ascii=st.booleans(),
    )


def _changed(done: list[mutation.Change]) -> bytes:
    head, _, rest = bases.traced().partition('"profile": {"contenders"')
    body = '{"contenders"' + rest
    _, end = json.JSONDecoder().raw_decode(body)
    profile = mutation.changed_json(body[:end], done).decode()
    return f'{head}"profile": {profile}{body[end:]}'.encode()


def check(case: Case, folder: Path) -> None:
    """A sentence, or tables, and pages of the screens, in which nothing acts."""
    try:
        document = result.decode(case.content, "document.json")
    except UsageError as error:
        commands.refused(error)
        return
    commands.inert(profile_text.render(document))
    for form in ("markdown", "html"):
        checks[form](report.RENDERERS[form](document))
    for cell in document.cells:
        for part in cell_page.parts(document, cell, case.width):
            commands.inert(cell_page.styled([part]).plain)
        if cell.profile is not None:
            _kernels(cell, cell.profile, case)


def _kernels(cell: CellResult, profile: Profile, case: Case) -> None:
    list(kernel_page.sections(cell, profile, ascii=case.ascii))
    for part in kernel_page.rest(cell, profile, case.width, ascii=case.ascii):
        commands.inert(cell_page.styled([part]).plain)
