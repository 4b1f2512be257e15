"""What is said of one row of a factor table."""

from samples import changed, documents

from benchcore.samples import Block
from tui.cell_words import remarks

CELL = documents.cell(4)
VERDICT = f"SLOWER. {CELL.verdict['dlib'].reason}"


def with_launches(cell, name, *levels_ms):
    """The cell with three blocks in each of a contender's processes."""
    samples = [
        Block(launch=launch, round=i, position=0, started_s=0.0, wall_ms=[ms], enqueue_ms=[])
        for launch, ms in enumerate(levels_ms)
        for i in range(3)
    ]
    measured = changed(cell.contenders[name], samples=samples)
    return changed(cell, contenders={**cell.contenders, name: measured})


def test_the_verdict_and_what_would_say_more():
    assert remarks(CELL, "dlib", "torch") == [VERDICT, "Nothing."]


def test_processes_that_differ_come_after_the_verdict():
    cell = with_launches(CELL, "dlib", 7.2, 9.6, 7.2, 7.2)
    said = "dlib's 4 processes differ: 3 at 7.2 ms, 1 at 9.6 ms."
    assert remarks(cell, "dlib", "torch") == [VERDICT, said, "Nothing."]


def test_those_of_the_reference_are_named_once():
    cell = with_launches(CELL, "torch", 6.0, 9.0)
    said = "torch's 2 processes differ: from 6 to 9 ms."
    assert remarks(cell, "dlib", "torch").count(said) == 1
    assert remarks(cell, "torch", "torch") == [said]
