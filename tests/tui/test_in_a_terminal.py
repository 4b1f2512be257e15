"""`python -m tui` as a process in a real terminal: whole runs, signals, a bug, and what is left."""

import os
import signal
import time
from contextlib import suppress
from pathlib import Path

import pytest
from terminal import Terminal

from benchcore import result

PLAN = (
    *("--networks", "resnet50", "--modes", "infer", "--batch-sizes", "1,2", "--image-size", "33"),
    *("--contenders", "slower,steady", "--device", "cpu", "--profile", "quick"),
)

BROKEN = (
    "import sys, tui.screens.run as run\n"
    "from tui.__main__ import main\n"
    "def broken(live, **options):\n"
    "    if live.done:\n"
    "        raise ZeroDivisionError('a bug in a widget')\n"
    "    return 'all is well'\n"
    "run.title = broken\n"
    "sys.exit(main(sys.argv[1:]))\n"
)


def alive(tmp_path):
    """Command lines of the test's run and of its workers, as far as they are alive."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            state = (entry / "stat").read_text().rpartition(")")[2].split()[0]
            # Other tests run at the same time; the state's folder is this one's own.
            own = str(tmp_path).encode() in (entry / "environ").read_bytes()
        except OSError:
            continue
        if own and state != "Z" and ("--headless" in command or "benchcore.worker" in command):
            found.append(command)
    return found


def nothing_is_left(tmp_path, limit_s):
    end_s = time.monotonic() + limit_s
    while alive(tmp_path) and time.monotonic() < end_s:
        time.sleep(0.05)
    assert alive(tmp_path) == []


@pytest.fixture
def run(plugin, without_torch, tmp_path):
    """Starts the screens with a run under way; ends whatever a test leaves."""
    begun = []

    def start(*words, script=None, size=(100, 30)):
        head = ["-m", "tui"] if script is None else ["-c", script]
        terminal = Terminal([*head, "--folder", str(tmp_path / "kept"), *words], *size)
        begun.append(terminal)
        return terminal

    yield start
    for terminal in begun:
        try:
            os.kill(terminal.pid, signal.SIGKILL)
            os.waitpid(terminal.pid, 0)
        except (ProcessLookupError, ChildProcessError):
            pass
        with suppress(OSError):
            terminal.close()


def document(tmp_path):
    (path,) = (tmp_path / "kept").glob("*.json")
    return path, result.read(path)


def test_from_the_first_screen_to_the_factor_tables_by_keyboard(run, tmp_path):
    terminal = run(*PLAN)
    terminal.wait_for("   Start   ")
    terminal.press("\r")
    terminal.wait_for("0 of 2 cells")
    terminal.wait_for("COMPLETE")
    terminal.press("r")
    terminal.wait_for("Inference")
    terminal.press("q")
    assert terminal.status() == 0
    assert document(tmp_path)[1].status == "complete"
    nothing_is_left(tmp_path, 3)


def test_a_run_cancelled_in_a_block_leaves_no_process_and_resumes(run, tmp_path):
    # So many cells that one is under way whenever the answer is heard.
    sizes = ["1", "2", "4", "8", "16"]
    words = [",".join(sizes) if word == "1,2" else word for word in PLAN]
    terminal = run("--start", *words)
    terminal.wait_for("1 of 5 cells")
    terminal.wait_for("of 8: ")
    terminal.press("c")
    terminal.wait_for("End the run now?")
    terminal.press("y")
    nothing_is_left(tmp_path, 3)
    terminal.wait_for("INTERRUPTED")
    path, kept = document(tmp_path)
    assert kept.status == "interrupted"
    assert 1 <= len(kept.cells) < len(sizes)
    terminal.press("u")
    terminal.wait_for("COMPLETE")
    terminal.press("q")
    assert terminal.status() == 0
    again = result.read(path)
    assert (again.status, len(again.cells)) == ("complete", len(sizes))
    assert again.cells[: len(kept.cells)] == kept.cells


@pytest.mark.parametrize(
    ("number", "status"),
    [(signal.SIGTERM, 130), (signal.SIGHUP, 130), (signal.SIGKILL, -signal.SIGKILL)],
)
def test_whatever_ends_the_screens_ends_the_run_with_its_document(run, tmp_path, number, status):
    terminal = run("--start", *PLAN)
    terminal.wait_for("1 of 2 cells")
    terminal.kill(number)
    assert terminal.status() == status
    nothing_is_left(tmp_path, 5)
    assert document(tmp_path)[1].status == "interrupted"
    assert document(tmp_path)[1].cells


def test_a_terminal_that_takes_nothing_more_does_not_hold_the_end_up(run, tmp_path):
    terminal = run("--start", *PLAN)
    terminal.wait_for("1 of 2 cells")
    # The terminal's buffer and Textual's queue are full then, and the event loop waits for room.
    terminal.flood()
    terminal.kill(signal.SIGTERM)
    assert terminal.status_unread(30) == 130
    nothing_is_left(tmp_path, 5)
    assert document(tmp_path)[1].cells


@pytest.mark.parametrize("size", [(80, 24), (1, 1)])
def test_a_terminal_that_goes_at_once_takes_everything_along(run, tmp_path, size):
    terminal = run("--start", *PLAN, size=size)
    terminal.wait_for_screen()
    terminal.close()
    assert terminal.status_unread(30) == 130
    nothing_is_left(tmp_path, 5)


def test_a_bug_in_a_widget_ends_the_run_with_its_document(run, tmp_path):
    terminal = run("--start", *PLAN, script=BROKEN)
    terminal.wait_for("a screen failed; finished cells are in the document")
    assert terminal.status() == 70
    nothing_is_left(tmp_path, 3)
    assert document(tmp_path)[1].status == "interrupted"
    assert document(tmp_path)[1].cells


def test_leaving_during_a_run_asks_and_says_so_by_its_status(run, tmp_path):
    terminal = run("--start", *PLAN)
    terminal.wait_for("1 of 2 cells")
    terminal.press("q")
    terminal.wait_for("End the run now?")
    terminal.press("y")
    assert terminal.status() == 130
    nothing_is_left(tmp_path, 3)
    assert document(tmp_path)[1].status == "interrupted"


def test_a_document_is_read_without_colours(run, monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    terminal = run("2020")
    terminal.wait_for("resnet50, inference, dlib / torch")
    terminal.press("q")
    assert terminal.status() == 0
