"""What the first screen waits for, and the benchmark that times it."""

import gc
import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest
from samples import piloted

from tui.app import BenchApp
from tui.settings import Settings

PROGRAM = Path(__file__).parents[2] / "benchmarks" / "first_screen.py"

SLOW = (
    *("torch", "torchvision", "dlib_net", "numpy", "matplotlib"),
    *("benchcore.runner", "benchcore.report.html", "benchcore.report.svg", "benchcore.report.png"),
    *("tui.screens.run", "tui.screens.results", "tui.screens.history", "tui.screens.comparison"),
)

IMPORT = "import tui.__main__, tui.app, tui.screens.setup"

DRAW = """
import asyncio
from pathlib import Path
from tui.app import BenchApp
from tui.settings import Settings

async def draw():
    app = BenchApp(Settings(folder=Path("none")), lambda app: app.open_setup())
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert app.screen.query("#start"), app.screen

asyncio.run(draw())
"""


@pytest.mark.parametrize("script", [IMPORT, DRAW], ids=["imported", "drawn"])
def test_the_first_screen_needs_nothing_slow(script):
    script += f"\nimport sys\nprint([name for name in {SLOW} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stderr


@piloted
async def test_garbage_is_looked_for_once_the_first_screen_is_drawn(tmp_path):
    gc.disable()
    try:
        app = BenchApp(Settings(folder=tmp_path), lambda app: app.open_history())
        async with app.run_test(size=(80, 24)) as pilot:
            await pilot.pause()
            assert gc.isenabled()
    finally:
        gc.enable()


@pytest.fixture
def first_screen(monkeypatch):
    spec = importlib.util.spec_from_file_location("first_screen", PROGRAM)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)

    def told(script):
        monkeypatch.setattr(module, "COMMAND", [sys.executable, "-c", script])
        return module

    return told


QUITS = """
import sys, tty
tty.setcbreak(0)
print('\\x1b[2;5H\\x1b[1m    \\x1b[4mStart\\x1b[0m    ', flush=True)
assert sys.stdin.read(1) == 'q'
"""


def test_the_benchmark_waits_for_the_button_and_quits(first_screen):
    assert first_screen(QUITS).sample_ms(80, 24) > 0


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("raise SystemExit('No luck.')", "ended with status 1 before its first screen: No luck.$"),
        ("print(' f5 Start  p Preset')", "ended with status 0 before its first screen: f5"),
        (f"{QUITS}raise SystemExit(3)", "ended with status 3 after q"),
    ],
    ids=["dies", "only the footer", "fails"],
)
def test_the_benchmark_says_why_it_has_no_time(first_screen, script, words):
    module = first_screen(script)
    with pytest.raises(module.NotMeasuredError, match=words):
        module.sample_ms(80, 24)


def test_the_benchmark_waits_for_ever_neither_for_the_button_nor_for_the_end(
    first_screen, monkeypatch
):
    module = first_screen("import time; time.sleep(600)")
    monkeypatch.setattr(module, "LIMIT_S", 0.2)
    with pytest.raises(module.NotMeasuredError, match=r"no Start button was drawn within 0.2 s"):
        module.sample_ms(80, 24)
    with module.terminal(80, 24) as (ours, _), subprocess.Popen(module.COMMAND) as program:
        try:
            with pytest.raises(module.NotMeasuredError, match=r"did not end within 0.2 s of q"):
                module.wait(ours, program)
        finally:
            program.kill()


def test_the_benchmark_ends_with_one_sentence(first_screen, monkeypatch, capsys):
    module = first_screen("raise SystemExit('No luck.')")
    monkeypatch.setattr(sys, "argv", ["first_screen.py"])
    assert module.main() == 1
    assert capsys.readouterr().err == (
        "first_screen: the program ended with status 1 before its first screen: No luck.\n"
    )
