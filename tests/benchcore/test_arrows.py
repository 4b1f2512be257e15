"""Which package may import which, seen in fresh processes."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import benchcore

SOURCES = sorted(Path(benchcore.__file__).parent.rglob("*.py"))


def _imported(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_no_module_imports_a_user_interface(path):
    assert not [name for name in _imported(path) if name.split(".")[0] in {"textual", "tui"}]


@pytest.mark.parametrize(
    "module",
    [
        *("cli", "options", "plan", "runner", "result", "report", "verify_command", "device"),
        *("compare", "info_command"),
    ],
)
def test_the_parent_side_stays_light(module):
    script = (
        f"import sys, benchcore.{module}\n"
        "print([m for m in ('torch', 'torchvision', 'dlib_net', 'textual') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stderr


@pytest.mark.parametrize(
    "module", ["contenders", "device", "forecast", "options", "reference", "report.plain"]
)
def test_what_a_choice_needs_is_loaded_fast(module):
    script = (
        f"import sys, benchcore.{module}\n"
        "slow = ('numpy', 'matplotlib', 'benchcore.runner', 'benchcore.report.html')\n"
        "print([m for m in slow if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stderr


def test_the_dlib_contender_needs_no_pytorch():
    script = (
        "import sys\n"
        "from benchcore import worker\n"
        "from benchcore.contenders import find\n"
        "assert find('dlib').unavailable('cpu') is None\n"
        "print('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.stdout.strip() == "False", done.stderr


def test_dlib_net_knows_nothing_of_benchcore():
    import dlib_net

    for path in Path(dlib_net.__file__).parent.rglob("*.py"):
        assert not [name for name in _imported(path) if name.split(".")[0] == "benchcore"]
