"""`python -m tui` in a real terminal with a real run on a GPU; scripts/gpu_check.sh runs it."""

import pytest
from terminal import Terminal

from benchcore import result

pytestmark = pytest.mark.gpu

PLAN = (
    *("--networks", "resnet50", "--modes", "infer", "--batch-sizes", "1"),
    *("--contenders", "dlib,torch", "--device", "cuda", "--profile", "quick"),
)


def test_a_run_is_watched_to_its_factor_tables(tmp_path):
    # Beside other tests: they are on the GPU too.
    words = ("-m", "tui", "--start", "--allow-busy", "--folder", str(tmp_path), *PLAN)
    terminal = Terminal(words, 120, 40)
    try:
        terminal.wait_for("0 of 1 cells")
        terminal.wait_for(" MHz ", 240)
        terminal.wait_for("COMPLETE", 240)
        terminal.press("r")
        terminal.wait_for("Inference")
        terminal.press("q")
        assert terminal.status() == 0
    finally:
        terminal.close()
    (path,) = tmp_path.glob("*.json")
    kept = result.read(path)
    assert kept.status == "complete"
    (cell,) = kept.cells
    for one in cell.contenders.values():
        assert one.status == "ok"
        assert one.memory.primary != "resident"
