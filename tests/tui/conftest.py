"""A state folder of the test's own, the recording, and contenders that need no framework."""

import os
from pathlib import Path

import pytest
from textual.scrollbar import ScrollBar, ScrollBarRender

from tui.replay import read_recording

PLUGIN = Path(__file__).parents[1] / "benchcore" / "plugin"
RECORDING = Path(__file__).parent / "recordings" / "cpu.jsonl"


@pytest.fixture(autouse=True)
def _own_state(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


@pytest.fixture(autouse=True)
def _own_scroll_bars(monkeypatch):
    """An application that draws in ASCII changes the bars of the whole process."""
    monkeypatch.setattr(ScrollBar, "renderer", ScrollBarRender)


@pytest.fixture(scope="session")
def recording():
    """A real run on a CPU: two cells of inference, two of training, one of them refused."""
    return read_recording(RECORDING)


@pytest.fixture
def plugin(monkeypatch):
    """Contenders of the tests, here and in the processes that are started."""
    inherited = os.environ.get("PYTHONPATH")
    paths = [str(PLUGIN), str(Path.cwd()), *([inherited] if inherited else [])]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(paths))
    monkeypatch.syspath_prepend(str(PLUGIN))
