"""What a container may use of the machine: the limits of its control groups, versions 1 and 2.

A limit of an enclosing group holds too, so the least on the way up counts. Inside a container its
own group is usually the root of what it sees. Reference: Linux, Documentation/admin-guide,
cgroup-v2.rst ("cpu.max", "memory.max") and scheduler/sched-bwc.rst ("cpu.cfs_quota_us").
"""

from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath

MIB = 2**20
NO_LIMIT_BYTES = 2**60
"""Version 1 spells "unlimited" as the largest whole number of pages."""


def cpu_limit(root: Path = Path("/")) -> float | None:
    """Cores' worth of CPU time that may be used, or None without a limit."""
    return _least(root, "cpu", _cores)


def memory_limit_mib(root: Path = Path("/")) -> float | None:
    """Memory that may be used in all, or None without a limit."""
    return _least(root, "memory", lambda group: _memory_mib(group)[0])


def memory_left_mib(root: Path = Path("/")) -> float | None:
    """What is left of the tightest limit, file cache counted as used; None without a limit."""
    return _least(root, "memory", lambda group: _memory_mib(group)[1])


def _least(root: Path, controller: str, limit: Callable[[Path], float | None]) -> float | None:
    found = [value for group in _groups(root, controller) if (value := limit(group)) is not None]
    return min(found, default=None)


def _groups(root: Path, controller: str) -> Iterator[Path]:
    """This process's group and those around it, in the hierarchies that may limit."""
    mounts = root / "sys/fs/cgroup"
    try:
        lines = (root / "proc/self/cgroup").read_text().splitlines()
    except OSError:
        return
    for line in lines:
        number, controllers, path = line.split(":", 2)
        if number == "0" and not controllers:
            base = mounts
        elif controller in controllers.split(","):
            base = mounts / controller
        else:
            continue
        inside = PurePosixPath(path)
        for part in (inside, *inside.parents):
            yield base / str(part).lstrip("/")


def _cores(group: Path) -> float | None:
    quota, _, period = (_text(group / "cpu.max") or "").partition(" ")
    if not quota:
        quota = _text(group / "cpu.cfs_quota_us") or ""
        period = _text(group / "cpu.cfs_period_us") or ""
    if not (quota.isdigit() and period.isdigit() and int(period) > 0):
        return None  # "max" and -1 are no limit
    return int(quota) / int(period)


def _memory_mib(group: Path) -> tuple[float | None, float | None]:
    """The limit, and what is left of it."""
    for limit_name, used_name in (
        ("memory.max", "memory.current"),
        ("memory.limit_in_bytes", "memory.usage_in_bytes"),
    ):
        limit, used = _text(group / limit_name) or "", _text(group / used_name) or ""
        if limit.isdigit() and int(limit) < NO_LIMIT_BYTES:
            left = (int(limit) - int(used)) / MIB if used.isdigit() else None
            return int(limit) / MIB, left
    return None, None


def _text(path: Path) -> str | None:
    try:
        return path.read_text().strip()
    except OSError:
        return None
