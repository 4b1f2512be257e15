"""Weights files: damaged ones, bombs, and pickles with code in them, which must never run."""

import io
import json
import os
import pickle
import struct
import zipfile
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import commands
import damage
import numpy as np
import torch
import values
from guard import BrokenError, give
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from safetensors.numpy import save

from benchcore import weights
from benchcore.errors import UsageError
from dlib_net import weights as files
from dlib_net.errors import StateError

CASES = 2000

SHAPES: dict[str, tuple[int, ...]] = {
    "conv1.weight": (4, 3, 2, 2),
    "bn1.running_var": (4,),
    "bn1.num_batches_tracked": (),
}
"""A network small enough that most of its file can be damaged."""

STATE = {
    "conv1.weight": np.ones((4, 3, 2, 2), np.float32),
    "bn1.running_var": np.ones(4, np.float32),
    "bn1.num_batches_tracked": np.array(3),
}


class Acting:
    """Unpickled by a careless reader, it calls a function."""

    def __init__(self, function: Callable[..., Any], *words: Any) -> None:
        self._call = function, words

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return self._call


@dataclass(frozen=True)
class Case:
    """A file with its name."""

    name: str
    content: bytes


def _saved(value: Any, **options: Any) -> bytes:
    stream = io.BytesIO()
    torch.save(value, stream, **options)
    return stream.getvalue()


@cache
def good() -> tuple[bytes, ...]:
    """Files that can be read, of each form."""
    state = OrderedDict((name, torch.from_numpy(np.array(v))) for name, v in STATE.items())
    return (
        save(STATE),
        _saved(state),
        _saved({"state_dict": state, "epoch": 3}),
        _saved(state, _use_new_zipfile_serialization=False),
    )


@cache
def odd() -> tuple[bytes, ...]:
    """Well-formed files with something else in them."""
    base = {name: torch.from_numpy(np.array(v)) for name, v in STATE.items()}
    one = torch.ones(1, dtype=torch.float64)
    values = (
        one.expand(1 << 40),
        one.expand(1 << 29),
        one.expand(4, 3, 2, 1 << 30),
        one.as_strided((1 << 20, 1 << 20), (0, 0)),
        torch.sparse_coo_tensor(torch.zeros(2, 1, dtype=torch.int64), [1.0], (1 << 30, 1 << 30)),
        torch.empty(1 << 40, device="meta"),
        torch.ones(4, dtype=torch.complex64),
        torch.ones(4, 3, 2, 2, dtype=torch.bfloat16),
        torch.full((4, 3, 2, 2), float("nan")),
        torch.nn.Parameter(torch.ones(4, 3, 2, 2)),
        torch.quantize_per_tensor(torch.ones(4, 3, 2, 2), 0.1, 0, torch.quint8),
        *(1, "x", None, [1.0] * 10, {"a": 1}, "\x1b[2J", True, 10**400, float("nan")),
    )
    found = [_saved({**base, "conv1.weight": value}) for value in values]
    found += [_saved({**base, "bn1.num_batches_tracked": value}) for value in values]
    found += [_saved(value) for value in (1, [1], "x", one, {1: one}, {"\x1b[2J<b>": one})]
    found.append(_saved({**base, **{f"more{number}\x1b": one for number in range(3000)}}))
    deep: Any = {}
    for _ in range(100):
        deep = {"state_dict": deep}
    found.append(_saved(deep))
    return tuple(found)


@cache
def acting() -> tuple[bytes, ...]:
    """Files whose reading would run code."""
    calls = (
        Acting(os.system, "touch touched"),
        Acting(eval, "open('touched', 'w')"),
        Acting(exec, "open('touched', 'w')"),
        Acting(Path.touch, Path("touched")),
        Acting(os.mkdir, "touched"),
        Acting(pickle.loads, pickle.dumps(Acting(os.system, "touch touched"))),
        Acting(torch.load, "other.pth"),
        Acting(torch.save, 1, "touched"),
        Acting(bytearray, 1 << 40),
    )
    found: list[bytes] = []
    for call in calls:
        state = {"conv1.weight": call}
        found += [_saved(state), _saved(state, _use_new_zipfile_serialization=False)]
        found += [pickle.dumps(state, protocol) for protocol in range(6)]
    return tuple(found)


@cache
def bombs() -> tuple[bytes, ...]:
    """Small files that claim or hold much."""
    header = {"conv1.weight": {"dtype": "F32", "shape": [1 << 40], "data_offsets": [0, 1 << 42]}}
    text = json.dumps(header).encode()
    overlapping = {
        f"x{number}": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}
        for number in range(2000)
    }
    shared = json.dumps(overlapping).encode()
    return (
        struct.pack("<Q", len(text)) + text,
        struct.pack("<Q", 1 << 62),
        struct.pack("<Q", 50_000_000) + b" " * 50_000_000,
        struct.pack("<Q", 200_000) + b"[" * 200_000,
        struct.pack("<Q", len(shared)) + shared + bytes(4),
        _squeezed("data.pkl", 1 << 30),
        _squeezed("data/0", 1 << 30),
        b"\x80\x02" + b"]" * 200_000 + b".",
        b"\x80\x02" + b"(" * 200_000 + b"l" * 200_000 + b".",
        b"\x80\x04\x8e" + struct.pack("<Q", 1 << 50) + b".",
        b"",
    )


def _squeezed(name: str, size: int) -> bytes:
    """A state whose archive has one entry of zeros, much longer than the file."""
    stream = io.BytesIO()
    zeros = bytes(1 << 20)
    with (
        zipfile.ZipFile(io.BytesIO(good()[1])) as old,
        zipfile.ZipFile(stream, "w", compresslevel=1) as new,
    ):
        for entry in old.namelist():
            if entry.partition("/")[2] != name:
                new.writestr(entry, old.read(entry))
        info = zipfile.ZipInfo(f"{old.namelist()[0].partition('/')[0]}/{name}")
        info.compress_type = zipfile.ZIP_DEFLATED
        with new.open(info, "w", force_zip64=True) as file:
            for _ in range(size >> 20):
                file.write(zeros)
    return stream.getvalue()


def cases() -> SearchStrategy[Case]:
    """Mostly damaged files; every fourth would run code, or is odd."""
    files_ = st.sampled_from(good())
    damaged = st.builds(damage.damaged, files_, damage.damages, files_)
    few_bombs = st.integers(0, 3).flatmap(
        lambda number: st.sampled_from(bombs()) if number == 0 else damaged
    )
    hostile = st.sampled_from(acting())
    damaged_hostile = st.builds(damage.damaged, hostile, damage.damages, hostile)
    header = st.dictionaries(
        st.sampled_from([*SHAPES, "__metadata__", "x\x1b"]), values.small_values
    )
    headers = header.map(json.dumps).map(str.encode)
    tensors = headers.map(lambda text: struct.pack("<Q", len(text)) + text + bytes(256))
    content = st.one_of(
        damaged, damaged, few_bombs, st.sampled_from(odd()), hostile, damaged_hostile, tensors
    )
    names = ["w.pth", "w.pt", "w.safetensors", "W.PTH", "w.bin", "w\x1b[2J.pth"]
    return st.builds(Case, name=st.sampled_from([*names[:3] * 3, *names]), content=content)


def check(case: Case, folder: Path) -> None:
    """A complete state, or a sentence; whatever code is in a file, nothing has run."""
    path = folder / case.name
    give(path, case.content)
    os.chdir(folder)
    try:
        found = files.fit_state(SHAPES, files.read_weights(path))
        assert {name: value.shape for name, value in found.items()} == SHAPES
        assert all(value.dtype in (np.float32, np.int64) for value in found.values())
    except StateError:
        pass  # its sentence is checked below, as the command line tells it
    try:
        weights.read_weights(path, "resnet50")
    except UsageError as error:
        commands.refused(error)
    if (folder / "touched").exists():
        raise BrokenError("code in the file was run")
