"""Nothing in the packages can run code that a document, a recording or a weights file holds."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted(
    path
    for package in ("dlib_net", "benchcore", "tui", "docs_support")
    for path in (ROOT / package).rglob("*.py")
)
MODULES = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "marshal", "shelve", "yaml",
           "xml"}  # fmt: skip
"""What they read can name what to run, or, in XML, what else to fetch."""


def offences(source: str) -> list[str]:
    """Lines that import such a module, evaluate text, or load arrays that may hold objects."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        elif isinstance(node, ast.Call):
            function = ast.unparse(node.func)
            options = {word.arg: ast.unparse(word.value) for word in node.keywords}
            unsafe = (
                function in ("eval", "exec", "compile", "__import__")
                or (function == "torch.load" and options.get("weights_only") != "True")
                or options.get("allow_pickle", "False") != "False"
                or (function.startswith("subprocess.") and "shell" in options)
                or function in ("os.system", "os.popen")
            )
            found += [f"{node.lineno}: {function}"] if unsafe else []
            continue
        else:
            continue
        found += [f"{node.lineno}: {name}" for name in names if name.split(".")[0] in MODULES]
    return found


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_source_can_run_what_it_reads(path):
    assert offences(path.read_text()) == []


@pytest.mark.parametrize(
    "line",
    [
        "import pickle",
        "from yaml import load",
        "import xml.etree.ElementTree",
        "eval(text)",
        "exec(text)",
        "torch.load(path)",
        "torch.load(path, weights_only=False)",
        "np.load(path, allow_pickle=True)",
        "subprocess.run(words, shell=True)",
        "os.system(words)",
    ],
)
def test_each_way_is_found(line):
    assert len(offences(line)) == 1
    assert offences("np.load(path)\ntorch.load(path, weights_only=True)\nre.compile(text)") == []
