"""The Python of the documentation runs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "dlib_net.md"


def python_of(page: Path) -> str:
    """The page with every line outside the Python blocks emptied: line numbers stay the page's."""
    inside, lines = False, []
    for line in page.read_text().splitlines():
        fence = line.startswith("```")
        lines.append(line if inside and not fence else "")
        if fence:
            inside = line == "```python"
    return "\n".join(lines) + "\n"


def test_the_tour_of_dlib_net_runs(tmp_path):
    program = tmp_path / "tour.py"
    program.write_text(python_of(PAGE))
    assert program.read_text().count("dlib_net.") > 10
    # One thread: with several, BLAS waits for its own where other programs take the cores.
    alone = {"CUDA_VISIBLE_DEVICES": "", "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, program],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env={**os.environ, **alone},
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    for words in ("25557032", "overwritten by a later call", "needs at least 55x55", "DtypeError"):
        assert words in done.stdout
