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
import contextlib, pathlib, subprocess, time
from hypothesis import strategies as st
CASES = 6
steps = iter(())
def cases():
    return st.just(0)
def check(case, folder):
    global steps
    step = next(steps, None)
    if step is None:
        steps = iter(STEPS)
    else:
        step()
def quiet(act):
    with contextlib.suppress(OSError):
        act()
def spin():
    began_s = time.process_time()
    while time.process_time() < began_s + 0.5:
        pass
STEPS = (
    lambda: pathlib.Path("left").write_text("x"),
    lambda: quiet(pathlib.Path("folder").mkdir),
    lambda: subprocess.run(["true"]),
    lambda: 1 / 0,
    lambda: b"x" * (1100 * 2**20),
    spin,
)
"""


def test_the_watch_sees_what_no_case_may_do(tmp_path):
    """Of a copy of the runner that has one target, and a limit of 0.2 s."""
    here = tmp_path / "tests" / "fuzz"
    (here / "targets").mkdir(parents=True)
    for path in Path(run.__file__).parent.glob("*.py"):
        content = path.read_text().replace("LIMIT_S = 5.0", "LIMIT_S = 0.2")
        (here / path.name).write_text(content)
    (here / "targets" / "words.py").write_text(BAD_TARGET)
    (tmp_path / "benchcore").symlink_to(run.ROOT / "benchcore")
    command = [sys.executable, str(here / "run.py"), "--only", "words", "--cases", "7"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    for words in (
        "a case may not: open",
        "it did: os.mkdir",
        "a case may not: subprocess.Popen",
        "ZeroDivisionError",
        "MiB",
        "s of processor time",
        "repeat: make fuzz FUZZ='--seed 0 --only words --cases 7'",
    ):
        assert words in done.stdout, done.stdout
