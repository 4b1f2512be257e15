"""`benchcore contenders`: a line each, whatever other packages do when they are asked."""

import os
import subprocess
import sys

import pytest

from benchcore import device
from benchcore.contenders import BUILT_IN
from benchcore.device import Standing

MODULES = {
    "leaving": "import sys\nsys.exit(3)\n",
    "dying": "import os\nos._exit(0)\n",
    "hanging": "import time\ntime.sleep(3600)\n",
    "wordy": "raise ValueError('one\\n\\ttwo')\n",
    "printing": "import atexit\nprint('hello', end='')\natexit.register(print, 'bye')\n"
    "class Contender:\n    description = 'what it is'\n"
    "    unavailable = staticmethod(lambda device: None)\n",
    "mute": "raise ValueError\n",
    "nameless": "class Contender:\n    unavailable = staticmethod(lambda device: None)\n",
}


@pytest.fixture
def others(tmp_path, monkeypatch):
    """A package that registers a contender of each kind."""
    for name, text in MODULES.items():
        (tmp_path / f"{name}.py").write_text(text)
    info = tmp_path / "others-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: others\nVersion: 1.0\n")
    lines = "".join(f"{name} = {name}:Contender\n" for name in MODULES)
    (info / "entry_points.txt").write_text(f"[benchcore.contenders]\n{lines}")
    monkeypatch.syspath_prepend(str(tmp_path))
    inherited = os.environ.get("PYTHONPATH", "")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, [str(tmp_path), inherited])))


def test_none_takes_away_the_answer_of_another(others, monkeypatch):
    monkeypatch.setattr(device, "OTHERS_LIMIT_S", 3.0)
    found = device.probe("cpu", ["torch-tf32", *MODULES])
    assert list(found) == ["torch-tf32", *MODULES]
    assert found["torch-tf32"].reason == "TF32 exists on CUDA devices only."
    assert found["leaving"].reason == "Asking it failed: SystemExit: 3."
    assert found["dying"].reason == "Asking it failed: it ended with 0."
    assert found["hanging"].reason == "Asking it failed: no answer within 3 s."
    assert found["wordy"].reason == "Asking it failed: ValueError: one two."
    assert found["mute"].reason == "Asking it failed: ValueError."
    assert found["printing"] == Standing(None, "what it is")
    assert found["nameless"] == Standing(None, None)


def test_the_command_prints_a_line_each(others, tmp_path):
    (tmp_path / "hanging.py").write_text("")  # the command's own limit is a minute
    command = [sys.executable, "-m", "benchcore", "contenders", "--device", "cpu"]
    ran = subprocess.run(command, capture_output=True, text=True, check=True)
    lines = dict(line.split(": ", 1) for line in ran.stdout.splitlines())
    assert list(lines) == [*BUILT_IN, *sorted(MODULES)]
    assert lines["nameless"] == "it doesn't describe itself"
    assert lines["leaving"].startswith("not here. ")
    assert "Traceback" not in ran.stderr
