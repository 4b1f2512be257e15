"""The last choice comes back, and a damaged file costs nothing."""

from pathlib import Path

import pytest

from benchcore import config
from benchcore.plan import Request
from tui import last_choice

CHOICE = Request(
    networks=["resnet50"],
    modes=["infer"],
    batch_sizes=[1, 8],
    contenders=["dlib", "torch"],
    images='a "quoted" \x7f folder',
    profile="quick",
    timeout=1.5,
)


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path / "state"


def test_nothing_was_chosen_yet():
    assert last_choice.recall() == Request()


def test_what_was_chosen_comes_back(state: Path):
    assert last_choice.remember(CHOICE) is None
    assert last_choice.path() == state / "benchcore" / "tui.toml"
    assert last_choice.recall() == CHOICE
    assert [found.name for found in last_choice.path().parent.iterdir()] == ["tui.toml"]


def test_the_file_is_one_that_config_reads():
    last_choice.remember(CHOICE)
    assert config.read_config(last_choice.path()) == CHOICE


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xfe", b"networks = 3", b"networks = [", b"unheard = 1"]
)
def test_a_damaged_file_is_no_choice(content: bytes):
    last_choice.path().parent.mkdir(parents=True)
    last_choice.path().write_bytes(content)
    assert last_choice.recall() == Request()


def test_a_folder_in_its_place_is_told_in_a_sentence():
    last_choice.path().mkdir(parents=True)
    told = last_choice.remember(CHOICE)
    assert told is not None
    assert str(last_choice.path()) in told
    assert told.endswith(".")
    assert last_choice.recall() == Request()


def test_a_file_in_the_folders_place_is_told_in_a_sentence(state: Path):
    state.write_text("not a folder")
    told = last_choice.remember(CHOICE)
    assert told is not None
    assert str(last_choice.path()) in told
