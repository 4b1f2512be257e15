"""Where dlib's source comes from: the pinned release, or what DLIB_SOURCE names."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

from setuptools.errors import PlatformError

VERSION = "20.0.1"
SHA256 = "7cb2a09467de032332c743bc967007f016598c66c9c9ebc54a5b66d3d9e46d54"
SOURCES_SHA256 = "f5343298e86a4fe427c0b3c9266344ed9554a266e14302fef6923ab9aa0210f2"
"""`sources_sha256` of the release, by which a folder is known to hold nothing else."""

SOURCE_SUFFIXES = frozenset({".c", ".cc", ".cpp", ".cu", ".cuh", ".h", ".hpp"})

CHANGE_NOTE = "dlib_net_change.json"
"""Beside dlib/ in a copy that a program of this project changed: `note_change` writes it."""


@dataclass(frozen=True)
class DlibSource:
    """An unpacked dlib: `include` is the folder that holds dlib/."""

    include: Path
    version: str
    origin: str


def locate(cache: Path) -> DlibSource:
    """Returns dlib's source, as DLIB_SOURCE names it or the pinned release.

    Raises PlatformError, with a sentence that says what to do, if there is none to be had.
    """
    return find(os.environ.get("DLIB_SOURCE"), cache, "DLIB_SOURCE")


def find(given: str | None, cache: Path, name: str) -> DlibSource:
    """The dlib in a folder or archive, or without one the release, fetched through pip.

    Archives are fetched and unpacked into `cache`. Raises PlatformError with a sentence in which
    `name` stands for what named the dlib.
    """
    if not given:
        return _unpack(_fetch(cache), cache, f"release {VERSION}", name)
    path = Path(given).expanduser().resolve()
    if path.is_dir():
        return _directory(path, name)
    if path.is_file():
        digest = _sha256(path)
        known = f"release {VERSION}" if digest == SHA256 else f"{path.name}, sha256 {digest}"
        return _unpack(path, cache, known, name)
    raise PlatformError(
        f"{name}={given} does not exist; give dlib's folder, its source archive, or nothing"
    )


def sources_sha256(root: Path) -> str:
    """One SHA-256 (hex) of the names and contents of all that is compiled below `root`/dlib."""
    whole = hashlib.sha256()
    files = [p for p in (root / "dlib").rglob("*") if p.suffix in SOURCE_SUFFIXES and p.is_file()]
    for name, path in sorted((path.relative_to(root).as_posix(), path) for path in files):
        whole.update(f"{name} {_sha256(path)}\n".encode())
    return whole.hexdigest()


def note_change(root: Path, origin: str, change: str) -> None:
    """Notes beside the dlib in `root` what was changed in a copy of `origin`.

    The note holds for exactly the sources that are there now: the build ignores it if they differ.
    """
    note = {"origin": origin, "change": change, "sources_sha256": sources_sha256(root)}
    (root / CHANGE_NOTE).write_text(json.dumps(note, indent=2) + "\n")


def _fetch(cache: Path) -> Path:
    archive = cache / f"dlib-{VERSION}.tar.gz"
    if archive.is_file() and _sha256(archive) == SHA256:
        return archive
    print(f"fetching dlib {VERSION} through pip", flush=True)
    with tempfile.TemporaryDirectory(dir=cache) as folder:
        wanted = Path(folder) / "requirements.txt"
        wanted.write_text(f"dlib=={VERSION} --hash=sha256:{SHA256}\n")
        # -I: pip of the environment itself, also from inside pip's isolated build environment.
        # Only dlib is named in --no-binary, or its build tools would be built from source too.
        command = [sys.executable, "-I", "-m", "pip", "download", "--quiet", "--no-deps"]
        command += ["--no-binary", "dlib", "--require-hashes", "-r", str(wanted), "-d", folder]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        found = Path(folder) / archive.name
        if done.returncode != 0 or not found.is_file():
            raise PlatformError(_why_not_fetched(done.stdout + done.stderr))
        if _sha256(found) != SHA256:
            raise PlatformError(
                f"the dlib {VERSION} that pip fetched has sha256 {_sha256(found)} instead of "
                f"{SHA256}; check the package index, or give the archive in DLIB_SOURCE"
            )
        found.replace(archive)
    return archive


def _why_not_fetched(output: str) -> str:
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    if any("DO NOT MATCH THE HASHES" in line for line in lines):
        reason = "the index has another archive than the pinned sha256"
    else:
        errors = [line for line in lines if line.upper().startswith("ERROR")]
        reason = (errors or lines or ["pip said nothing"])[-1]
    return (
        f"pip could not fetch dlib {VERSION} ({reason}); check the network and the package index, "
        "or download the source archive elsewhere and name it in DLIB_SOURCE"
    )


def _unpack(archive: Path, cache: Path, origin: str, name: str) -> DlibSource:
    target = cache / f"dlib-{_sha256(archive)[:16]}"
    if not target.is_dir():
        with tempfile.TemporaryDirectory(dir=cache) as folder:
            try:
                with tarfile.open(archive) as tar:
                    tar.extractall(folder, filter="data")
            except (tarfile.TarError, OSError, EOFError) as error:
                raise PlatformError(
                    f"{name}: {archive} is no readable source archive "
                    f"({type(error).__name__}); give a .tar.gz of dlib's source"
                ) from None
            with contextlib.suppress(OSError):  # another build may have unpacked it meanwhile
                _root_of(Path(folder), name).rename(target)
    return DlibSource(target, _version(target), origin)


def _directory(path: Path, name: str) -> DlibSource:
    inside = path.name == "dlib" and (path / "dnn.h").is_file()
    root = _root_of(path.parent if inside else path, name)
    return DlibSource(root, _version(root), _origin(root))


def _origin(root: Path) -> str:
    """What a folder holds, by its contents: names and notes alone could be anybody's."""
    digest = sources_sha256(root)
    if digest == SOURCES_SHA256:
        return f"release {VERSION}"
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        note = json.loads((root / CHANGE_NOTE).read_text())
        if note["sources_sha256"] == digest:
            return f"changed {note['origin']}: {note['change']}, sha256 {digest}"
    return f"folder {root.name}{_commit(root)}, sha256 {digest}"


def _commit(root: Path) -> str:
    """The commit of dlib's own checkout; a folder inside another one has none."""
    if not (root / ".git").exists():
        return ""
    command = ["git", "-C", str(root), "describe", "--always", "--dirty", "--abbrev=40", "--tags"]
    git = subprocess.run(command, capture_output=True, text=True, check=False)
    return f", git {git.stdout.strip()}" if git.returncode == 0 else ""


def _root_of(folder: Path, name: str) -> Path:
    for candidate in (folder, *sorted(p for p in folder.iterdir() if p.is_dir())):
        if (candidate / "dlib" / "all" / "source.cpp").is_file():
            return candidate
    raise PlatformError(
        f"{name}: no dlib/all/source.cpp in {folder}; give the folder that holds dlib/, "
        "or a source archive of dlib"
    )


def _version(root: Path) -> str:
    text = (root / "dlib" / "CMakeLists.txt").read_text(errors="replace")
    parts = [
        re.search(rf"CPACK_PACKAGE_VERSION_{name} \"(\d+)\"", text)
        for name in ("MAJOR", "MINOR", "PATCH")
    ]
    return ".".join(part.group(1) for part in parts if part) or "unknown"


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
