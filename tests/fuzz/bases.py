"""Real documents and streams, cut down to a size at which thousands of cases are soon read."""

import functools
import importlib
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
RECORDING = ROOT / "tests" / "tui" / "recordings" / "cpu.jsonl"

RUNS = ("2026-11-24-h100-quick.json", "2026-11-24-xeon-2-cores-quick.json")

KEPT_CELLS = 2
KEPT_BLOCKS = 3
KEPT_ITERATIONS = 4
KEPT_KERNELS = 4


def of_benchcore(name: str) -> Any:
    """A module that lies among benchcore's tests."""
    folder = str(ROOT / "tests" / "benchcore")
    if folder not in sys.path:
        sys.path.append(folder)
    return importlib.import_module(name)


@functools.cache
def documents() -> tuple[str, ...]:
    """As JSON text: two runs, the sample with every kind of cell, a traced one, and 2020's."""
    from benchcore import reference, result

    samples, traces = of_benchcore("sample_documents"), of_benchcore("recorded_traces")
    texts = [(ROOT / "docs" / "results" / name).read_text() for name in RUNS]
    texts += [
        result.encode(document).decode()
        for document in (
            samples.small(),
            traces.document(traces.cell("infer", 1, "dlib"), traces.cell("train", 2, "dlib")),
            reference.published(),
        )
    ]
    return tuple(json.dumps(_cut(json.loads(text))) for text in texts)


def changed(change: Callable[[Any], object]) -> bytes:
    """The sample document after `change` was done to it."""
    tree = json.loads(documents()[2])
    change(tree)
    return json.dumps(tree).encode()


def traced() -> str:
    """The one whose cells have a profile."""
    return documents()[3]


@functools.cache
def lines() -> tuple[bytes, ...]:
    """The events of a real run; cells are cut down."""
    found = []
    for line in RECORDING.read_bytes().splitlines():
        event = json.loads(line)
        if event["type"] == "cell_finished":
            _cut_cell(event["result"])
        found.append(json.dumps(event).encode())
    return tuple(found)


def _cut(document: Any) -> Any:
    del document["cells"][KEPT_CELLS:]
    for cell in document["cells"]:
        _cut_cell(cell)
    return document


def _cut_cell(cell: Any) -> None:
    for contender in cell["contenders"].values():
        del contender.get("samples", [])[KEPT_BLOCKS:]
        for block in contender.get("samples", []):
            for series in ("wall_ms", "enqueue_ms", "device_ms"):
                del (block.get(series) or [])[KEPT_ITERATIONS:]
        if contender.get("throughput"):
            del contender["throughput"]["bursts"][KEPT_BLOCKS:]
    for profile in (cell.get("profile") or {}).get("contenders", {}).values():
        del profile["kernels"][KEPT_KERNELS:]
