"""Compiles what changed: objects are kept, keyed by compiler, command and contents.

An object is reused when the compiler, its options and every file it read (the compiler's own list)
are the same as when it was made; nothing depends on time stamps, so fresh clones share objects.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from setuptools.errors import CompileError, PlatformError

# One compilation of the network templates takes up to this much memory.
MEMORY_PER_JOB_GIB = 3.5

# How many states of one source are kept: a few clones or branches.
ENTRIES_PER_COMPILATION = 6


def cache_folder() -> Path:
    """Where sources and objects are kept between builds."""
    given = os.environ.get("DLIB_NET_CACHE")
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = Path(given).expanduser().resolve() if given else home / "dlib-net"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise PlatformError(
            f"the cache folder {folder} can't be made ({error.strerror}); name another one in "
            "DLIB_NET_CACHE"
        ) from None
    return folder


@dataclass(frozen=True)
class Compilation:
    """One source file to one object. `command` gets `-c source -o object -MF list` appended."""

    source: str
    label: str
    command: tuple[str, ...]
    compiler_id: str


def jobs() -> int:
    """How many compilations may run at once, by cores and by memory."""
    memory_gib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return max(1, min(len(os.sched_getaffinity(0)), int(memory_gib / MEMORY_PER_JOB_GIB)))


class ObjectCache:
    """Objects in a folder that several builds, also at the same time, may share."""

    def __init__(self, folder: Path, root: Path) -> None:
        self._folder = folder
        self._root = root  # compilers run here, so that sources have the same relative names
        self._hashes: dict[str, str] = {}
        folder.mkdir(parents=True, exist_ok=True)

    def compile_all(
        self, compilations: Sequence[Compilation], say: Callable[[str], None]
    ) -> list[Path]:
        """Returns an object for each compilation, in order. Raises CompileError."""
        objects = {c: self._kept(c) for c in compilations}
        missing = [c for c, found in objects.items() if found is None]
        with ThreadPoolExecutor(jobs()) as pool:
            running = {pool.submit(self._compile, c): c for c in missing}
            try:
                for number, done in enumerate(as_completed(running), 1):
                    objects[running[done]] = done.result()
                    say(f"[{number}/{len(missing)}] {running[done].label}")
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise
        return [path for path in objects.values() if path is not None]

    def _key(self, c: Compilation) -> str:
        text = "\0".join((c.compiler_id, c.source, *c.command))
        return hashlib.sha256(text.encode()).hexdigest()[:32]

    def _kept(self, c: Compilation) -> Path | None:
        for entry in self._folder.glob(f"{self._key(c)}-*"):
            try:
                read = json.loads((entry / "read.json").read_text())
            except (OSError, ValueError):
                continue
            if all(self._hash(name) == known for name, known in read.items()):
                return entry / "object.o"
        return None

    def _compile(self, c: Compilation) -> Path:
        with tempfile.TemporaryDirectory(dir=self._folder) as folder:
            made, listed = Path(folder) / "object.o", Path(folder) / "read.d"
            command = [*c.command, "-c", c.source, "-o", str(made), "-MF", str(listed)]
            done = subprocess.run(
                command, cwd=self._root, capture_output=True, text=True, check=False
            )
            if done.returncode != 0:
                raise CompileError(_explain(c, done))
            facts = json.dumps({name: self._hash(name) for name in _dependencies(listed)})
            (Path(folder) / "read.json").write_text(facts)
            # Named by what it was made of: another build never finds other contents here.
            digest = hashlib.sha256(facts.encode()).hexdigest()[:16]
            entry = self._folder / f"{self._key(c)}-{digest}"
            try:
                Path(folder).rename(entry)
                Path(folder).mkdir()  # for the context manager to remove
            except OSError:
                if not (entry / "object.o").is_file():  # else another build made the same
                    raise
        self._forget_old(c)
        return entry / "object.o"

    def _forget_old(self, c: Compilation) -> None:
        entries = sorted(self._folder.glob(f"{self._key(c)}-*"), key=_age)
        for entry in entries[:-ENTRIES_PER_COMPILATION]:
            shutil.rmtree(entry, ignore_errors=True)

    def _hash(self, name: str) -> str:
        if name not in self._hashes:
            try:
                data = (self._root / name).read_bytes()
            except OSError:
                return "gone"
            self._hashes[name] = hashlib.sha256(data).hexdigest()
        return self._hashes[name]


def _age(entry: Path) -> float:
    try:
        return entry.stat().st_mtime
    except OSError:  # another build removed it
        return 0.0


def _dependencies(listed: Path) -> list[str]:
    text = listed.read_text().replace("\\\n", " ").split(":", 1)[1]
    return sorted({name.replace("\\ ", " ") for name in re.split(r"(?<!\\)\s+", text) if name})


def _explain(c: Compilation, done: subprocess.CompletedProcess[str]) -> str:
    if done.returncode < 0 or "Killed" in done.stderr:
        return (
            f"the compiler was killed at {c.label}, most likely for lack of memory; it needs about "
            f"{MEMORY_PER_JOB_GIB} GiB"
        )
    errors = [line for line in done.stderr.splitlines() if "error" in line.lower()]
    first = (errors or done.stderr.splitlines() or ["no message"])[0][:400]
    return f"{c.label} does not compile: {first}"
