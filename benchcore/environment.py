"""What the numbers depend on: versions, hardware, settings, and a fingerprint of them.

Each group is a function of its own that may fail alone; then its entry says why. Frameworks are
imported, so a run collects this in a child process and its own stays light.
"""

import hashlib
import json
import os
import platform
import re
import subprocess
import sys
import sysconfig
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import Any

import benchcore
from benchcore import cgroup, child, hardware, variables
from benchcore.channel import Stop
from benchcore.libraries import numerical_libraries
from benchcore.nvml import MIB

PACKAGES = ("torch", "torchvision", "numpy", "scipy-openblas32", "msgspec", "nvidia-ml-py")

FINGERPRINT_KEYS = ("packages", "python", "system", "cpu", "threads", "gpus", "torch", "dlib")
"""The groups that decide whether two documents may be compared: two machines of one make and
installation have the same."""

CHILD_LIMIT_S = 180.0
GIT_LIMIT_S = 10.0


def cpu_threads() -> int:
    """The number of threads that every contender computes with.

    Cores in the affinity mask, and no more than a container's quota of CPU time keeps running.
    """
    cores = len(os.sched_getaffinity(0))
    limit = cgroup.cpu_limit()
    return cores if limit is None else max(min(cores, int(limit)), 1)


def collect(threads: int) -> dict[str, Any]:
    """All groups, importing the frameworks into this process."""
    groups: dict[str, Callable[[], Any]] = {
        "packages": _packages,
        "source": _source,
        "python": _python,
        "system": _system,
        "cpu": hardware.cpu,
        "memory": hardware.memory,
        "gpus": hardware.gpus,
        "torch": lambda: _torch(threads),
        "dlib": _dlib,
        "libraries": numerical_libraries,
        "variables": _variables,
        "state": hardware.state,
        "machine_id": hardware.machine_id,
    }
    found: dict[str, Any] = {"threads": threads}
    for name, group in groups.items():
        try:
            found[name] = group()
        except Exception as error:
            first_line = str(error).partition("\n")[0]
            found[name] = {"unknown_because": f"{type(error).__name__}: {first_line}"}
    found = without_places(found, places())
    found["fingerprint"] = fingerprint(found)
    return found


def places() -> dict[str, str]:
    """This machine's folders, and the words that stand for them in a document."""
    named = {sysconfig.get_path("purelib"): "site-packages"}
    for number, entry in enumerate(sys.path):
        named.setdefault(str(Path(entry).resolve()), f"sys.path[{number}]")
    named.setdefault(sys.prefix, "sys.prefix")
    home = str(Path.home())
    named.setdefault(home, "~")
    # A folder as short as /opt is nobody's, but for a home such as /root.
    return {
        place: word
        for place, word in named.items()
        if place.count("/") > 1 or (place == home and place != "/")
    }


def without_places(value: Any, named: dict[str, str]) -> Any:
    """`value` with each folder replaced by its word: a document tells nobody where things lie.

    The same installation in another folder then also has the same fingerprint.
    """
    if isinstance(value, dict):
        return {key: without_places(item, named) for key, item in value.items()}
    if isinstance(value, list):
        return [without_places(item, named) for item in value]
    if isinstance(value, str):
        for place in sorted(named, key=len, reverse=True):
            value = re.sub(rf"{_BEGINNING}{re.escape(place)}(?=/|$)", named[place], value)
    return value


_BEGINNING = r"(?:(?<![\w.-])|(?<=-[A-Z]))"
"""Of a path: it is no part of a longer one, but may follow a compiler's option such as -I."""


def fingerprint(groups: dict[str, Any]) -> str:
    """SHA-256 (hex) over the groups that comparisons depend on."""
    relevant = {key: groups.get(key) for key in FINGERPRINT_KEYS}
    return hashlib.sha256(json.dumps(relevant, sort_keys=True).encode()).hexdigest()


def _packages() -> dict[str, str | None]:
    found: dict[str, str | None] = {"benchcore": benchcore.__version__}
    for name in PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = None
    return found


def _source() -> dict[str, Any] | None:
    """The commit of this program's own checkout, or None where it is installed."""
    checkout = Path(benchcore.__file__).resolve().parents[1]
    if not (checkout / ".git").exists():
        return None

    def git(*words: str) -> str:
        command = ["git", "-C", str(checkout), *words]
        return subprocess.run(
            command, capture_output=True, text=True, timeout=GIT_LIMIT_S, check=True
        ).stdout.strip()

    return {
        "git": git("rev-parse", "HEAD"),
        "dirty": bool(git("status", "--porcelain", "--untracked-files=no")),
    }


def _python() -> dict[str, str]:
    return {
        "version": platform.python_version(),
        "implementation": platform.python_implementation(),
        "compiler": platform.python_compiler(),
    }


def _system() -> dict[str, str]:
    libc = " ".join(platform.libc_ver())
    release = platform.freedesktop_os_release().get("PRETTY_NAME", "")
    return {
        "kernel": platform.release(),
        "machine": platform.machine(),
        "libc": libc,
        "distribution": release,
    }


def _torch(threads: int) -> dict[str, Any]:
    import torch

    torch.set_num_threads(threads)
    return {
        "version": torch.__version__,
        "cuda": torch.version.cuda,
        "cudnn": torch.backends.cudnn.version(),  # type: ignore[no-untyped-call]
        "git": torch.version.git_version,
        "cpu_capability": torch.backends.cpu.get_cpu_capability(),
        "threads": torch.get_num_threads(),
        "devices": [f"cuda:{i}" for i in range(torch.cuda.device_count())],
        "l2_cache_mib": [
            # Not every version of PyTorch says it.
            getattr(torch.cuda.get_device_properties(i), "L2_cache_size", 0) / MIB or None
            for i in range(torch.cuda.device_count())
        ],
    }


def _dlib() -> dict[str, Any]:
    import dlib_net

    devices = [str(device) for device in dlib_net.available_devices()]
    return {**dlib_net.build_info(), "devices": devices}


def _variables() -> dict[str, str]:
    return {k: v for k, v in sorted(os.environ.items()) if k.startswith(variables.PREFIXES)}


def collect_in_child(threads: int, stop: Stop) -> dict[str, Any]:
    """`collect` in a process with a worker's environment; a failure is an entry, not an error."""
    try:
        line = child.last_line(
            "benchcore.environment",
            [str(threads)],
            threads=threads,
            limit_s=CHILD_LIMIT_S,
            stop=stop,
        )
    except child.ChildError as error:
        return {"unknown_because": str(error)}
    found: dict[str, Any] = json.loads(line)
    return found


if __name__ == "__main__":
    # Not as text, whose encoding PYTHONIOENCODING decides.
    sys.stdout.buffer.write(json.dumps(collect(int(sys.argv[1])), default=str).encode() + b"\n")
