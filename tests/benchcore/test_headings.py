"""Tables that are too wide: headings in several lines, then narrower gaps."""

import pytest

from benchcore.report.table import Table
from benchcore.report.text import table_lines


def made(*headings, row):
    return Table(
        title="T", groups=(("", len(headings)),), headings=headings, rows=[row], remarks=[]
    )


def test_a_heading_is_cut_between_its_words():
    table = made("batch", "torch-channels-last", "of all", row=("1", "45.8", "2"))
    assert list(table_lines(table, 25)) == [
        "T",
        "          torch-",
        "       channels-",
        "batch       last  of all",
        "    1       45.8       2",
    ]
    assert len(list(table_lines(table, 80))) == 3
    assert len(list(table_lines(table, 25, fit=False))) == 3


def test_gaps_are_the_last_to_give():
    table = made("batch", "images/s", "verdict", row=("1", "1000000.0", "INCONCLUSIVE"))
    assert list(table_lines(table, 28))[-1] == "    1 1000000.0 INCONCLUSIVE"
    # What can't be cut stays whole, however narrow the width is.
    assert list(table_lines(table, 10))[-1] == "    1 1000000.0 INCONCLUSIVE"


@pytest.mark.parametrize("heading", ["", "-", "a--b", " a  b ", "long-" * 9])
def test_any_heading_keeps_its_letters(heading):
    lines = list(table_lines(made(heading, row=("1",)), 3))[1:-1]
    assert "".join("".join(lines).split()) == "".join(heading.split())
