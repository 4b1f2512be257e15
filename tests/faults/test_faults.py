"""The quick rows of the table of faults, each in a run of its own; `make faults` has them all."""

import pytest
from fault import UnavailableError, made
from scene import ROOT
from table import FAULTS

QUICK = [fault for fault in FAULTS if fault.quick]


@pytest.mark.parametrize("fault", QUICK, ids=lambda fault: fault.name.replace(" ", "-"))
def test_a_fault_ends_as_documented(fault):
    try:
        _, wrong = made(fault)
    except UnavailableError as error:
        pytest.skip(str(error))
    assert wrong == []


def test_the_page_has_the_same_rows():
    page = (ROOT / "docs/reliability.md").read_text()
    section = page.split("\n## Faults\n")[1].split("\n## ")[0]
    table = [line for line in section.splitlines() if line.startswith("| ")]
    assert [line.split(" | ")[0].removeprefix("| ") for line in table[1:]] == [
        fault.name for fault in FAULTS
    ]


def test_each_row_has_a_name_of_its_own():
    names = [fault.name for fault in FAULTS]
    assert len(set(names)) == len(names)
