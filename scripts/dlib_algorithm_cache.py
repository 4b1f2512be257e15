"""Makes a copy of dlib whose cache of cuDNN algorithms is keyed by a convolution's whole shape.

dlib times cuDNN's algorithms for a convolution and keeps the fastest under stride, padding and
filter size. Batch, channels and image size are not in that key, so that every 1x1 convolution of a
network gets what was fastest for the first one. The copy's key has them too; nothing else differs.

    .venv/bin/python scripts/dlib_algorithm_cache.py [SOURCE] TARGET

SOURCE is dlib's folder or source archive, by default the release that the build uses. The price of
the longer key: each new image size or batch is searched again, which dlib avoids by intention.
"""

from __future__ import annotations

import argparse
import difflib
import os
import re
import shlex
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

try:
    from setuptools.errors import PlatformError
except ModuleNotFoundError:  # newer Pythons come without it
    sys.exit("error: this Python has no setuptools; use the environment's: .venv/bin/python")

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from build_support import dlib_source
from build_support.dlib_source import DlibSource
from build_support.object_cache import cache_folder

CHANGED_FILE = Path("dlib", "cuda", "cudnn_dlibapi.cpp")
CHANGE = "algorithm cache keyed by whole shape"
INTERRUPTED = 130

# Of the map's type and of the key that is looked up, as regular expressions without white space.
OLD_TYPES = r"map < std :: tuple < int , int , int , int , long , long (?= >)"
OLD_NAMES = (
    r"make_tuple \( stride_y , stride_x , padding_y , padding_x , filters_nr , filters_nc (?= \))"
)
# Members of the same class, which setup() fills before it asks for algorithms. The filters' own
# channels are the input's; dlib has no dilation and no groups.
NEW_NAMES = ("filters_num_samples", "data_num_samples", "data_k", "data_nr", "data_nc")


def keyed_by_whole_shape(text: str) -> str:
    """cudnn_dlibapi.cpp with the longer key.

    Raises ValueError, with words on what is missing, for a text that isn't as expected.
    """
    found = re.search(r"\btensor_conv\s*::\s*select_best_algorithms\s*\(", text)
    if found is None:
        raise ValueError("it has no tensor_conv::select_best_algorithms")
    for name in NEW_NAMES:
        if not re.search(rf"\b{name}\s*=\s*(data|filters)\s*\.", text):
            raise ValueError(f"tensor_conv::setup doesn't set {name}")
    start = found.end()
    following = re.search(r"\btensor_conv\s*::", text[start:])
    function = text[start : start + following.start()] if following else text[start:]
    function = _extended(function, OLD_TYPES, ["long"] * len(NEW_NAMES))
    function = _extended(function, OLD_NAMES, NEW_NAMES)
    rest = text[start + following.start() :] if following else ""
    return text[:start] + function + rest


def _extended(function: str, listed: str, words: Iterable[str]) -> str:
    """`words` appended to the one list in `function` that looks as `listed`."""
    places = list(re.finditer(r"\s*".join(listed.split()), function))
    if len(places) != 1:
        raise ValueError("its algorithm cache isn't keyed by stride, padding and filter size alone")
    end = places[0].end()
    return function[:end] + "".join(f", {word}" for word in words) + function[end:]


def changed_copy(source: DlibSource, target: Path) -> str:
    """Copies dlib into the new folder `target`, makes the change there and returns the diff.

    Raises PlatformError, leaving no folder, if there is nothing to change or `target` can't be.
    """
    original = source.include / "dlib"
    if os.path.lexists(target):
        raise PlatformError(f"TARGET={target} exists; name a folder that doesn't")
    if not target.parent.is_dir():
        raise PlatformError(f"TARGET={target} can't be made: {target.parent} is no folder")
    if target.resolve().is_relative_to(original.resolve()):
        raise PlatformError(f"TARGET={target} lies in the dlib to copy; name a folder elsewhere")
    before = _read(source)
    try:
        after = keyed_by_whole_shape(before)
    except ValueError as reason:
        raise PlatformError(
            f"{CHANGED_FILE} of this dlib ({source.version}, {source.origin}) can't be changed: "
            f"{reason}; give an unchanged dlib, such as {dlib_source.VERSION}"
        ) from None
    # Beside the target: what is there under its name is complete.
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}.") as folder:
        copy = Path(folder) / target.name
        shutil.copytree(original, copy / "dlib")
        with (copy / CHANGED_FILE).open("w", encoding="latin-1", newline="") as stream:
            stream.write(after)
        dlib_source.note_change(copy, source.origin, CHANGE)
        copy.rename(target)
    return "".join(
        difflib.unified_diff(
            before.splitlines(keepends=True),
            after.splitlines(keepends=True),
            f"a/{CHANGED_FILE}",
            f"b/{CHANGED_FILE}",
        )
    )


def _read(source: DlibSource) -> str:
    """The file to change. Latin-1 and no translation of line ends: every byte comes back."""
    try:
        with (source.include / CHANGED_FILE).open(encoding="latin-1", newline="") as stream:
            return stream.read()
    except FileNotFoundError:
        raise PlatformError(
            f"no {CHANGED_FILE} in this dlib ({source.version}, {source.origin}); give a dlib with "
            f"its CUDA sources, such as {dlib_source.VERSION}"
        ) from None


def main() -> int:
    """Makes the copy, prints what was changed and how to build with it; the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("source", metavar="SOURCE", nargs="?", help="dlib's folder or archive")
    parser.add_argument("target", metavar="TARGET", type=Path, help="a folder to be made")
    arguments = parser.parse_args()
    target = arguments.target.expanduser().absolute()
    try:
        if arguments.source == "":
            raise PlatformError("SOURCE is empty; name dlib's folder or archive, or leave it out")
        source = dlib_source.find(arguments.source, cache_folder(), "SOURCE")
        diff = changed_copy(source, target)
    except PlatformError as error:
        return _failed(str(error))
    except OSError as error:
        return _failed(f"{target} can't be made: {error.strerror or error}")
    except KeyboardInterrupt:
        return _failed(f"interrupted; there is no {target}", INTERRUPTED)
    try:
        print(diff)
        print(f"{source.origin} with its {CHANGE} is in {target}; build with")
        print(f"    DLIB_SOURCE={shlex.quote(str(target))} make build")
        print("and return to the release with: make build", flush=True)
    except OSError as error:
        # Else the interpreter's own flush fails once more.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return _failed(f"{target} is made, but not all could be printed: {error.strerror}")
    return 0


def _failed(sentence: str, status: int = 1) -> int:
    print(f"error: {sentence}", file=sys.stderr)
    return status


if __name__ == "__main__":
    # Both end a process by themselves, and would leave the half of a copy.
    for ending in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, signal.default_int_handler)
    sys.exit(main())
