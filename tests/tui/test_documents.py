import os
import shutil

import msgspec
import pytest
import samples

from benchcore import result
from tui import documents
from tui.documents import listed, matches, obstacle, when


def names(entries):
    return [entry.title for entry in entries]


def test_newest_first_and_2020_last(tmp_path):
    folder = samples.folder_of_all(tmp_path)
    entries = listed(folder)
    assert names(entries)[1:] == ["third", "second", "first", "The benchmark of 2020"]
    assert names(entries)[0] == "broken"
    assert entries[0].error.startswith("broken.json is not a result document: ")
    third, reference = entries[1], entries[-1]
    assert (third.machine, third.device, third.profile) == ("A graphics card", "cuda:0", "default")
    assert (third.cells_done, third.cells_planned, third.status) == (4, 4, "complete")
    assert third.contenders == ("dlib", "torch")
    assert (reference.path, reference.machine) == (None, "NVIDIA GeForce GTX 1080 Ti")
    assert (reference.cells_done, reference.cells_planned) == (14, 14)
    assert str(reference.compared_as) == "2020"


def test_2020_is_last_even_after_files_without_a_time(tmp_path):
    samples.keep(tmp_path, "old.json", samples.small(created="0001-01-01T00:00:00+00:00"))
    assert names(listed(tmp_path)) == ["old", "The benchmark of 2020"]


DEEP = b'{"schema_version": "1.0", "environment": ' + b'{"a": ' * 100_000 + b"1" + b"}" * 100_001


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty; it is no result document."),
        (b" \n", "is empty; it is no result document."),
        (b"{", "is not a result document: "),
        (b"[1, 2]", "is not a result document: "),
        (b'{"schema_version": "\xff"}', "is not a result document: "),
        (b'{"schema_version": "99.0"}', "has schema version 99.0, but this benchcore reads"),
        (b'{"schema_version": "2\\u001b[31m"}', "has schema version 2\ufffd[31m, but"),
        (DEEP, "is not a result document: "),
    ],
    ids=["empty", "blank", "cut off", "array", "not utf-8", "other major", "escape", "deep"],
)
def test_no_document_has_its_sentence(tmp_path, content, words):
    (tmp_path / "x.json").write_bytes(content)
    entry = listed(tmp_path)[0]
    assert entry.error.startswith(f"x.json {words}")
    assert entry.error.isprintable()
    assert (entry.status, entry.machine) == ("no document", "not stated")


def test_what_is_no_ordinary_file(tmp_path):
    (tmp_path / "folder.json").mkdir()
    os.mkfifo(tmp_path / "pipe.json")
    (tmp_path / "link.json").symlink_to("nowhere")
    errors = {entry.title: entry.error for entry in listed(tmp_path) if entry.error}
    assert errors == {
        "folder": "folder.json is no ordinary file.",
        "pipe": "pipe.json is no ordinary file.",
        "link": "link.json is a link that leads nowhere.",
    }


def test_a_huge_file_is_not_read(tmp_path):
    with (tmp_path / "huge.json").open("wb") as file:
        file.truncate(documents.LARGEST_MIB * 2**20 + 1)
    assert "is larger than" in listed(tmp_path)[0].error


def test_only_json_directly_in_the_folder(tmp_path):
    samples.keep(tmp_path / "below", "a.json", samples.small())
    samples.keep(tmp_path, "a.txt", samples.small())
    assert names(listed(tmp_path)) == ["The benchmark of 2020"]


def test_a_missing_folder_has_a_sentence(tmp_path):
    missing = tmp_path / "none"
    assert names(listed(missing)) == ["The benchmark of 2020"]
    assert obstacle(missing) == f"There is no folder {missing} yet; a run makes it."
    assert obstacle(tmp_path) is None
    file = tmp_path / "file"
    file.touch()
    assert obstacle(file) == f"{file} is no folder."
    assert names(listed(file)) == ["The benchmark of 2020"]


def test_hostile_words_are_harmless_and_short(tmp_path):
    samples.keep(tmp_path, "h.json", samples.documents.named(samples.HOSTILE * 100))
    entry = listed(tmp_path)[0]
    words = (entry.created, entry.machine, entry.device, entry.profile, *entry.contenders)
    assert entry.error is None
    for word in words:
        assert word.replace("\ufffd", "").replace("\u2026", "").isprintable()
        assert len(word) <= documents.LONGEST_WORDS


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"gpus": None},
        {"gpus": []},
        {"gpus": ["x"]},
        {"gpus": [{"name": 1}]},
        {"gpus": {"unknown_because": "x"}},
        {"gpus": [{"name": " "}]},
    ],
)
def test_machines_that_are_not_stated(tmp_path, environment):
    samples.keep(tmp_path, "a.json", samples.small(environment=environment))
    assert listed(tmp_path)[0].machine == "not stated"


def test_the_device_chooses_the_model(tmp_path):
    environment = {"cpu": {"model": "C"}, "gpus": [{"name": "zero"}, {"name": "one"}]}
    for device in ("cpu", "cuda:1", "cuda:9999999", "cuda:x"):
        plan = msgspec.structs.replace(samples.small().plan, device=device)
        path = f"{device.replace(':', '-')}.json"
        samples.keep(tmp_path, path, samples.small(plan=plan, environment=environment))
    found = {entry.device: entry.machine for entry in listed(tmp_path)[:-1]}
    assert found == {"cpu": "C", "cuda:1": "one", "cuda:9999999": "zero", "cuda:x": "zero"}


def test_a_hostile_plan_is_counted_and_not_listed(tmp_path):
    many = tuple(range(1, 100_001))
    networks = tuple(f"n{number}" for number in range(50_000))
    plan = msgspec.structs.replace(samples.small().plan, batch_sizes=many, networks=networks)
    samples.keep(tmp_path, "a.json", samples.small(plan=plan))
    assert listed(tmp_path)[0].cells_planned == 50_000 * 100_001


def test_a_thousand_files_are_read_once(tmp_path, monkeypatch):
    first = samples.keep(tmp_path, "0.json", samples.small(cells=[]))
    for number in range(1, 1000):
        shutil.copy(first, tmp_path / f"{number}.json")
    read = []
    decode = result.decode
    monkeypatch.setattr(
        result, "decode", lambda content, name: read.append(name) or decode(content, name)
    )
    assert len(listed(tmp_path)) == 1001
    assert len([name for name in read if "2020" not in name]) == 1000
    read.clear()
    samples.keep(tmp_path, "5.json", samples.small(status="interrupted"))
    (tmp_path / "6.json").unlink()
    entries = {entry.title: entry for entry in listed(tmp_path)}
    assert len(entries) == 1000
    assert [name for name in read if "2020" not in name] == ["5.json"]
    assert entries["5"].status == "interrupted"


def test_listing_can_be_stopped(tmp_path):
    samples.folder_of_all(tmp_path)
    assert names(listed(tmp_path, stopped=lambda: True)) == ["The benchmark of 2020"]


def test_a_file_that_vanishes_meanwhile_is_left_out(tmp_path):
    path = samples.keep(tmp_path, "a.json", samples.small())

    def stopped():
        path.unlink(missing_ok=True)
        return False

    assert names(listed(tmp_path, stopped)) == ["The benchmark of 2020"]


def test_words_find_an_entry(tmp_path):
    samples.folder_of_all(tmp_path)
    second = listed(tmp_path)[2]
    assert when(second) == "2026-01-02 10:20"
    assert all(matches(second, words) for words in ("", "SECOND", "dlib card", "2026-01-02 inter"))
    assert not matches(second, "second third")
