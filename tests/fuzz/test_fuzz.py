"""A short part of `make fuzz`: always the same cases, each target in a process of its own."""

import subprocess
import sys
from pathlib import Path

import pytest
import run

CASES = {
    "screens": 3,
    "documents": 100,
    "events": 80,
    "weights": 20,
    "images": 40,
    "profiles": 30,
    "configs": 60,
    "words": 80,
    "state": 60,
    "history": 40,
}


def fuzz(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(Path(run.__file__)), *words]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_every_target_is_here():
    assert set(CASES) == set(run.TARGETS)


def test_a_full_run_has_twenty_thousand_cases():
    assert sum(map(run._cases_of, run.TARGETS)) >= 20_000


@pytest.mark.parametrize("target", CASES)
def test_no_case_fails(target):
    done = fuzz("--only", target, "--cases", str(CASES[target]))
    assert done.returncode == 0, done.stdout
    counted, failures = done.stdout.splitlines()[1].split()[1:3]
    assert (int(counted), failures) == (CASES[target], "0")


BAD_TARGET = """
import os, pathlib, subprocess, time
from hypothesis import strategies as st
CASES = 6
done = iter(())
def cases():
    return st.just(0)
def check(case, folder):
    global done
    step = next(done, None)
    if step is None:
        done = iter(STEPS)
        return
    step()
STEPS = (
    lambda: pathlib.Path("left").write_text("x"),
    lambda: subprocess.run(["true"]),
    lambda: 1 / 0,
    lambda: bytearray(b"x") * 2**30 + b"x",
    lambda: [x for x in range(10**9)],
)
"""


def test_the_watch_sees_what_no_case_may_do(tmp_path):
    """Of a copy of the runner with one bad target."""
    for path in Path(run.__file__).parent.glob("*.py"):
        (tmp_path / "tests" / "fuzz").mkdir(parents=True, exist_ok=True)
        (tmp_path / "tests" / "fuzz" / path.name).write_text(path.read_text())
    (tmp_path / "tests" / "fuzz" / "targets").mkdir()
    (tmp_path / "tests" / "fuzz" / "targets" / "words.py").write_text(BAD_TARGET)
    (tmp_path / "benchcore").symlink_to(run.ROOT / "benchcore")
    command = [sys.executable, str(tmp_path / "tests" / "fuzz" / "run.py"), "--only", "words"]
    done = subprocess.run([*command, "--cases", "5"], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "may not: open" in done.stdout
    assert "subprocess.Popen" in done.stdout
    assert "ZeroDivisionError" in done.stdout
    assert "repeat: make fuzz FUZZ='--seed 0 --only words --cases 5'" in done.stdout
