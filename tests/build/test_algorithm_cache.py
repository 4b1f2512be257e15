"""The copy of dlib with a longer cache key: what is changed, what is refused, how it is told."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from build_support import dlib_source
from build_support.object_cache import cache_folder
from scripts import dlib_algorithm_cache
from scripts.dlib_algorithm_cache import CHANGED_FILE, keyed_by_whole_shape

# The same members and the same shape of function, around a search that is only counted.
SOURCE = """
#include <cassert>
#include <map>
#include <tuple>

struct shape { long n, c, rows, columns; };

struct tensor_conv
{
    int stride_y = 1, stride_x = 1, padding_y = 0, padding_x = 0;
    long data_num_samples, data_k, data_nr, data_nc;
    long filters_num_samples, filters_nr, filters_nc;
    int found = 0;
    static int searches;
    void select_best_algorithms (bool use_cache);
    void setup (const shape& data, const shape& filters, bool use_cache = true);
};

int tensor_conv::searches = 0;

void tensor_conv::
select_best_algorithms (
    bool use_cache
)
{
    thread_local std::map<std::tuple<int,int,int,int,long,long>,
                          std::tuple<int,int>> known;
    const auto key = std::make_tuple(stride_y, stride_x, padding_y, padding_x,
                                     filters_nr, filters_nc);
    const auto at = known.find(key);
    if (at != known.end() && use_cache)
    {
        found = std::get<0>(at->second);
        return;
    }
    found = ++searches;
    known[key] = std::make_tuple(found, found);
}

void tensor_conv::
setup (const shape& data, const shape& filters, bool use_cache)
{
    data_num_samples = data.n;
    data_k = data.c;
    data_nr = data.rows;
    data_nc = data.columns;
    filters_num_samples = filters.n;
    filters_nr = filters.rows;
    filters_nc = filters.columns;
    select_best_algorithms(use_cache);
}

int main()
{
    const shape first{1, 64, 56, 56}, filters{64, 64, 1, 1};
    const shape others[] = {{8, 64, 56, 56}, {1, 32, 56, 56}, {1, 64, 28, 56}, {1, 64, 56, 28}};
    tensor_conv conv, again;
    conv.setup(first, filters);
    for (const shape& data : others)
        conv.setup(data, filters);
    conv.setup(first, shape{128, 64, 1, 1});
    const int all = tensor_conv::searches;
    // The same shape in another layer; a search that passes by the cache replaces its entry.
    again.setup(first, filters);
    assert(tensor_conv::searches == all && again.found == 1);
    conv.setup(first, filters, false);
    again.setup(first, filters);
    assert(tensor_conv::searches == all + 1 && again.found == all + 1);
    return all;
}
"""


def searches(folder: Path, text: str) -> int:
    """How often six different shapes are searched; the program checks that equal ones aren't."""
    (folder / "program.cpp").write_text(text)
    command = [shutil.which("g++"), "-std=c++17", "-Werror", "program.cpp", "-o", "program"]
    subprocess.run(command, cwd=folder, check=True)
    done = subprocess.run([folder / "program"], check=False, capture_output=True, text=True)
    assert not done.stderr
    return done.returncode


def dlib_with(folder: Path, text: str | None = SOURCE) -> Path:
    """A folder that is a dlib to the build."""
    for name, words in {
        "dlib/all/source.cpp": "// all\n",
        "dlib/CMakeLists.txt": 'set(CPACK_PACKAGE_VERSION_MAJOR "9")\n',
        "dlib/LICENSE.txt": "a licence\n",
        "docs/index.html": "not copied\n",
        str(CHANGED_FILE): text,
    }.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if words is not None:
            path.write_bytes(words.encode("latin-1"))
    return folder


def run(monkeypatch, *arguments: object) -> int:
    monkeypatch.setattr(sys, "argv", ["dlib_algorithm_cache.py", *map(str, arguments)])
    return dlib_algorithm_cache.main()


def told(capsys, monkeypatch, *arguments: object) -> str:
    """What the program prints when it succeeds."""
    assert run(monkeypatch, *arguments) == 0
    return capsys.readouterr().out


def refused(capsys, monkeypatch, *arguments: object, status: int = 1) -> str:
    """Its one line when it doesn't."""
    assert run(monkeypatch, *arguments) == status
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("error: ")
    assert said.err.count("\n") == 1
    return said.err


def everything(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else b""
        for path in folder.rglob("*")
    }


def test_each_shape_is_searched_once(tmp_path):
    assert searches(tmp_path, SOURCE) == 1
    assert searches(tmp_path, keyed_by_whole_shape(SOURCE)) == 6


@pytest.mark.parametrize(
    "formatted",
    [
        SOURCE,
        SOURCE.replace("\n", "\r\n"),
        SOURCE.replace(",", " , ").replace("tuple<", "tuple < ").replace("::\n", ":: "),
        SOURCE.replace("padding_x, filters_nr", "padding_x,\n        filters_nr"),
        SOURCE + "// \xe9\n",
    ],
)
def test_nothing_but_the_key_is_touched(tmp_path, capsys, monkeypatch, formatted):
    source, target = dlib_with(tmp_path / "dlib-9", formatted), tmp_path / "with space"
    out = told(capsys, monkeypatch, source, target)
    before, after = everything(source / "dlib"), everything(target / "dlib")
    name = str(CHANGED_FILE.relative_to("dlib"))
    changed = after.pop(name).decode("latin-1")
    before.pop(name)
    assert after == before
    assert sorted(path.name for path in target.iterdir()) == ["dlib", dlib_source.CHANGE_NOTE]
    added = re.compile(
        r"(, long){5}|, filters_num_samples, data_num_samples, data_k, data_nr, data_nc"
    )
    assert len(added.findall(changed)) == 2
    assert added.sub("", changed) == formatted
    assert len(re.findall(r"^\+ ", out, re.MULTILINE)) == 2
    assert len(re.findall(r"^- ", out, re.MULTILINE)) == 2
    assert f"DLIB_SOURCE='{target}' make build" in out


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("int main() {}\n", "it has no tensor_conv::select_best_algorithms"),
        (keyed_by_whole_shape(SOURCE), "isn't keyed by stride, padding and filter size alone"),
        (SOURCE.replace("int,int,int,int,long,long", "int,int,int,int,long"), "isn't keyed"),
        (SOURCE.replace("make_tuple(stride_y", "make_tuple(dilation, stride_y"), "isn't keyed"),
        (SOURCE.replace("    found = ++", "    std::map<std::tuple<int,int,int,int,long,long>, int>"
                        " second;\n    found = ++"), "isn't keyed"),
        (SOURCE.replace("data_nr = data.rows", ""), "doesn't set data_nr"),
        (None, "give a dlib with its CUDA sources"),
    ],
)  # fmt: skip
def test_a_dlib_that_is_not_recognised(tmp_path, capsys, monkeypatch, text, words):
    dlib_with(tmp_path / "dlib-9", text)
    before = everything(tmp_path)
    assert words in refused(capsys, monkeypatch, tmp_path / "dlib-9", tmp_path / "target")
    assert everything(tmp_path) == before


def test_a_target_that_can_not_be(tmp_path, capsys, monkeypatch):
    source = dlib_with(tmp_path / "dlib-9")
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    before = everything(tmp_path)
    for name in ("file", "folder", "link"):
        assert "exists; name" in refused(capsys, monkeypatch, source, tmp_path / name)
    assert "is no folder" in refused(capsys, monkeypatch, source, tmp_path / "no" / "target")
    assert "is no folder" in refused(capsys, monkeypatch, source, tmp_path / "file" / "target")
    assert "lies in the dlib" in refused(
        capsys, monkeypatch, source, source / "dlib" / "all" / "copy"
    )
    assert everything(tmp_path) == before


def test_a_copy_that_fails_leaves_nothing(tmp_path, capsys, monkeypatch):
    source = dlib_with(tmp_path / "dlib-9")
    before = everything(tmp_path)

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(dlib_source, "note_change", full)
    message = refused(capsys, monkeypatch, source, tmp_path / "target")
    assert "No space left on device" in message
    assert everything(tmp_path) == before


def test_an_interrupted_copy_leaves_nothing(tmp_path, capsys, monkeypatch):
    source = dlib_with(tmp_path / "dlib-9")
    before = everything(tmp_path)

    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(dlib_source, "note_change", interrupted)
    message = refused(capsys, monkeypatch, source, tmp_path / "target", status=130)
    assert "interrupted" in message
    assert everything(tmp_path) == before


def test_a_full_standard_output_is_told_and_the_copy_stays(tmp_path):
    source, target = dlib_with(tmp_path / "dlib-9"), tmp_path / "target"
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, dlib_algorithm_cache.__file__, source, target],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr.startswith(f"error: {target} is made, but not all could be printed")
    assert done.stderr.count("\n") == 1
    assert (target / CHANGED_FILE).is_file()


def test_a_source_that_is_none(tmp_path, capsys, monkeypatch):
    (tmp_path / "empty").mkdir()
    (tmp_path / "text.tar.gz").write_text("no archive")
    target = tmp_path / "target"
    for name, words in {
        "missing": "does not exist",
        "empty": "no dlib/all/source.cpp",
        "text.tar.gz": "is no readable source archive",
    }.items():
        message = refused(capsys, monkeypatch, tmp_path / name, target)
        assert message.startswith("error: SOURCE")
        assert words in message
        assert not target.exists()
    assert "SOURCE is empty" in refused(capsys, monkeypatch, "", target)


def origin(folder: Path) -> str:
    return dlib_source.find(str(folder), folder.parent, "DLIB_SOURCE").origin


def test_the_origin_names_the_change_as_long_as_it_holds(tmp_path, capsys, monkeypatch):
    source, target = dlib_with(tmp_path / "dlib-9"), tmp_path / "cured"
    told(capsys, monkeypatch, source, target)
    stock, cured = (dlib_source.sources_sha256(folder) for folder in (source, target))
    assert stock != cured
    assert origin(source) == f"folder dlib-9, sha256 {stock}"
    assert origin(target) == (
        f"changed folder dlib-9, sha256 {stock}: algorithm cache keyed by whole shape, "
        f"sha256 {cured}"
    )
    with (target / "dlib" / "all" / "source.cpp").open("a") as stream:
        stream.write("// more\n")
    edited = dlib_source.sources_sha256(target)
    assert edited not in (stock, cured)
    assert origin(target) == f"folder cured, sha256 {edited}"


@pytest.mark.parametrize("note", ["", "[]", "{}", '{"sources_sha256": "0"}', "null"])
def test_a_note_that_says_nothing_is_ignored(tmp_path, note):
    source = dlib_with(tmp_path / "dlib-9")
    (source / dlib_source.CHANGE_NOTE).write_text(note)
    assert origin(source) == f"folder dlib-9, sha256 {dlib_source.sources_sha256(source)}"


def test_only_a_checkout_of_its_own_has_a_commit(tmp_path):
    def git(*words: str) -> str:
        identity = ("-c", "user.name=n", "-c", "user.email=e")
        command = ["git", "-C", str(tmp_path), *identity, *words]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    dlib_with(tmp_path)
    dlib_with(tmp_path / "inner")
    git("init", "-q")
    git("add", ".")
    git("commit", "-q", "-m", "m")
    commit = git("rev-parse", "HEAD")
    assert f"folder {tmp_path.name}, git {commit}, sha256 " in origin(tmp_path)
    assert "git" not in origin(tmp_path / "inner")


def test_the_release_can_be_changed(tmp_path, capsys, monkeypatch):
    release = dlib_source.find(None, cache_folder(), "SOURCE").include
    assert dlib_source.sources_sha256(release) == dlib_source.SOURCES_SHA256
    assert origin(release) == f"release {dlib_source.VERSION}"
    target = tmp_path / "target"
    out = told(capsys, monkeypatch, target)
    assert origin(target).startswith(
        f"changed release {dlib_source.VERSION}: algorithm cache keyed by whole shape, sha256 "
    )
    before, after = everything(release / "dlib"), everything(target / "dlib")
    assert {name for name in after if after[name] != before.get(name)} == {"cuda/cudnn_dlibapi.cpp"}
    assert before.keys() == after.keys()
    assert "filters_nc, filters_num_samples, data_num_samples, data_k, data_nr, data_nc);" in out
