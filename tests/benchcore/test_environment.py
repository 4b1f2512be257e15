"""What a document says of the machine, and what it does not."""

import sys
from pathlib import Path

import pytest

from benchcore import environment, variables
from benchcore.channel import Stop


def test_no_folder_of_the_machine_is_in_the_environment():
    found = environment.collect(1)
    text = str(found)
    for folder in (sys.prefix, str(Path.home()), str(Path(environment.__file__).parent)):
        assert folder not in text
    assert any(path.startswith("site-packages/") for path in found["libraries"])
    assert not [name for name, group in found.items() if "unknown_because" in str(group)]


def test_folders_are_replaced_whole_and_longest_first():
    named = {"/a/b": "P", "/a/b/c": "Q"}
    value = {"x": ["/a/b/c/d.so", "/a/b/e.so", "/a/bc/f.so", 3], "y": "/a/b/c"}
    assert environment.without_places(value, named) == {
        "x": ["Q/d.so", "P/e.so", "/a/bc/f.so", 3],
        "y": "Q",
    }


def test_the_fingerprint_follows_versions_and_not_notes():
    groups = {"torch": {"version": "2.14.1"}, "variables": {"OMP_NUM_THREADS": "2"}}
    other = {**groups, "variables": {}}
    assert environment.fingerprint(groups) == environment.fingerprint(other)
    changed = {**groups, "torch": {"version": "2.11.0"}}
    assert environment.fingerprint(groups) != environment.fingerprint(changed)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "cp037"])
def test_the_encoding_of_standard_output_is_not_the_childs(encoding, monkeypatch):
    monkeypatch.setenv("PYTHONIOENCODING", encoding)
    found = environment.collect_in_child(1, Stop())
    assert found["threads"] == 1
    assert "unknown_because" not in found


def test_variables_that_change_speed_are_recorded_and_compared(monkeypatch):
    monkeypatch.setenv("ONEDNN_MAX_CPU_ISA", "SSE41")
    monkeypatch.setenv("DLIB_SOURCE", "elsewhere")
    found = environment._variables()
    assert {"ONEDNN_MAX_CPU_ISA", "DLIB_SOURCE"} <= found.keys()
    before = {"variables": {"OMP_NUM_THREADS": "2"}}
    after = {"variables": {**before["variables"], "ONEDNN_MAX_CPU_ISA": "SSE41", "DLIB_X": "y"}}
    after["variables"] |= {"TRITON_CACHE_DIR": "/tmp", "OPENBLAS_VERBOSE": "2", "KMP_X": None}
    assert variables.differing(before, after) == ["ONEDNN_MAX_CPU_ISA"]
    assert variables.differing(before, before) == []
    blocking = {"variables": {**before["variables"], "CUDA_LAUNCH_BLOCKING": "1"}}
    assert variables.differing(before, blocking) == ["CUDA_LAUNCH_BLOCKING"]
    assert variables.differing({}, after) == variables.differing({"variables": "?"}, after) == []


def test_a_home_as_short_as_roots_is_named_at_a_paths_beginning_alone():
    named = {"/root": "~"}
    told = {"a": "/root/dlib", "b": "/mnt/root/dlib", "c": "-L/root/lib:/root", "d": "/rooted"}
    assert environment.without_places(told, named) == {
        "a": "~/dlib",
        "b": "/mnt/root/dlib",
        "c": "-L~/lib:~",
        "d": "/rooted",
    }
