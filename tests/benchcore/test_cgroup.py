"""Limits of containers, read from folders made like the kernel's."""

import pytest

from benchcore import cgroup, environment

V2 = "0::/app/job\n"
V1 = "4:memory:/app\n3:cpu,cpuacct:/app\n0::/\n"


def made(root, groups, files):
    (root / "proc/self").mkdir(parents=True)
    (root / "proc/self/cgroup").write_text(groups)
    for name, text in files.items():
        path = root / "sys/fs/cgroup" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + "\n")
    return root


@pytest.mark.parametrize(
    ("groups", "files", "cores"),
    [
        (V2, {"app/job/cpu.max": "150000 100000"}, 1.5),
        (V2, {"app/job/cpu.max": "max 100000", "app/cpu.max": "200000 100000"}, 2.0),
        (V2, {"app/job/cpu.max": "400000 100000", "cpu.max": "100000 100000"}, 1.0),
        (V2, {"app/job/cpu.max": "max 100000"}, None),
        (V1, {"cpu/app/cpu.cfs_quota_us": "50000", "cpu/app/cpu.cfs_period_us": "100000"}, 0.5),
        (V1, {"cpu/app/cpu.cfs_quota_us": "-1", "cpu/app/cpu.cfs_period_us": "100000"}, None),
        (V2, {"app/job/cpu.max": "garbage"}, None),
        (V2, {}, None),
    ],
)
def test_cores(tmp_path, groups, files, cores):
    assert cgroup.cpu_limit(made(tmp_path, groups, files)) == cores


@pytest.mark.parametrize(
    ("groups", "files", "limit", "left"),
    [
        (V2, {"app/memory.max": "1073741824", "app/memory.current": "268435456"}, 1024.0, 768.0),
        (V2, {"app/job/memory.max": "max", "app/job/memory.current": "5"}, None, None),
        (V2, {"app/job/memory.max": "1048576"}, 1.0, None),
        (
            V1,
            {
                "memory/app/memory.limit_in_bytes": "9223372036854771712",
                "memory/app/memory.usage_in_bytes": "1",
            },
            None,
            None,
        ),
        (
            V1,
            {
                "memory/app/memory.limit_in_bytes": "2097152",
                "memory/app/memory.usage_in_bytes": "1048576",
            },
            2.0,
            1.0,
        ),
    ],
)
def test_memory(tmp_path, groups, files, limit, left):
    root = made(tmp_path, groups, files)
    assert cgroup.memory_limit_mib(root) == limit
    assert cgroup.memory_left_mib(root) == left


def test_a_system_without_groups_has_no_limit(tmp_path):
    assert cgroup.cpu_limit(tmp_path) is cgroup.memory_left_mib(tmp_path) is None


@pytest.mark.parametrize(
    ("cores", "limit", "threads"),
    [(8, None, 8), (8, 2.0, 2), (8, 1.5, 1), (8, 0.5, 1), (2, 16.0, 2)],
)
def test_threads_keep_within_the_limit(monkeypatch, cores, limit, threads):
    """One thread more than the quota and every one of them is stopped for part of each period."""
    monkeypatch.setattr(environment.os, "sched_getaffinity", lambda pid: set(range(cores)))
    monkeypatch.setattr(environment.cgroup, "cpu_limit", lambda: limit)
    assert environment.cpu_threads() == threads
