"""Where the documents of docs/why.md come from, as it tells it: commands, machines, processes."""

from datetime import datetime, timedelta

from why_documents import LETTERS, NAMED, ROWS, RUNS

MACHINES = (
    *("infer train cured b", "a", "quick", "c", "d e", "f g", "h", "i others1"),
    *("j k others2 others3", "l m n", "o"),
    *("p q cured2 cured3 cured4 cured5 other quick2 others4", "r quick3"),
)
"""Documents of one machine each, in the order of the words."""

LAUNCHES = {
    **{"a": [8, 9], "b": [8, 8], "c": [5, 4, 6, 7, 8], "d": [3, 5, 6], "e": [7], "f": [5, 5]},
    **{"g": [5, 4, 8], "h": [10, 5], "i": [5, 5], "j": [8, 6], "k": [10], "l": [6, 9]},
    **{"m": [10, 5, 4, 5], "n": [7, 4], "o": [4], "p": [8, 7], "q": [4], "r": [5, 5]},
    "cured2": [10],
}
"""Of each cell; all others have one."""

FINISHED = {1: "e k o", 2: "a b l others1", 3: "g", 4: "quick2", 5: "c"}
CUT_SHORT = {name: cells for cells, names in FINISHED.items() for name in names.split()}
"""Cells that were finished when the machine's time was up."""


def test_the_commands_are_those_of_the_documents():
    assert " ".join(NAMED) == (
        "infer train cured b a c d e f g h i j k l m n o p q r cured2 cured3 cured4 other "
        "cured5 quick2 quick3 others1 others2 others3 others4 quick"
    )
    for _, command, name in ROWS[:-1]:
        words = iter(RUNS[name].command)
        kept_words = [word for word in words if word != "--jsonl" and not _skipped(word, words)]
        assert sorted(command.split()) == sorted(kept_words)


def _skipped(word, words):
    """Whether it is --output, whose value is then gone too."""
    return word == "--output" and next(words) is not None


def test_machines_are_as_told():
    groups = [[NAMED[name].environment["machine_id"] for name in of.split()] for of in MACHINES]
    assert [len(set(group)) for group in groups] == [1] * 13
    assert len({group[0] for group in groups}) == 13
    assert sorted(" ".join(MACHINES).split()) == sorted(NAMED)
    first, last = map(datetime.fromisoformat, (NAMED["infer"].created, NAMED["b"].ended))
    assert last - first < timedelta(minutes=30)


def test_processes_and_interruptions_are_as_told():
    for name, run in NAMED.items():
        assert [c.launches for c in run.cells] == LAUNCHES.get(name, [1] * len(run.cells)), name
    cut_short = {name: len(run.cells) for name, run in NAMED.items() if run.status != "complete"}
    assert cut_short == CUT_SHORT


def test_slow_cores_are_as_told():
    unslowed = {
        name: [c.batch for c in run.cells if "slow_core" not in c.flags]
        for name, run in NAMED.items()
    }
    quiet = ("infer", "train", "cured", "a", "b", "quick")
    assert all(len(unslowed[name]) == len(NAMED[name].cells) for name in quiet)
    others = {name: batches for name, batches in unslowed.items() if name not in quiet and batches}
    assert others == {"other": [8], "quick3": [64]}


def test_cured_documents_are_of_one_changed_dlib_and_the_others_of_none():
    def origin(run):
        return run.environment["dlib"]["backends"]["cuda"]["dlib_origin"]

    cured = {origin(run) for name, run in NAMED.items() if name.startswith("cured")}
    assert ["algorithm cache keyed by whole shape" in one for one in cured] == [True]
    released = {origin(run) for name, run in NAMED.items() if not name.startswith("cured")}
    assert not any("changed" in one for one in released)


def test_verdicts_given_anew_say_so():
    for run in (NAMED["f"], NAMED["g"]):
        assert any("scripts/judge_again.py" in note for note in run.notes)
        assert run.noise_floor.log_half_width < 0.02
    others = [NAMED[letter] for letter in LETTERS if letter not in "fg"]
    assert not any("judge_again" in note for run in others for note in run.notes)


def test_both_sides_compute_the_same_in_every_document():
    for run in NAMED.values():
        for one in run.cells:
            for name in ("dlib", "torch"):
                result = one.contenders[name]
                if result.status == "ok":
                    assert result.settings["convolution_math"] == "strict fp32"
                    assert result.settings["input_gradient"] is (one.mode == "train")
