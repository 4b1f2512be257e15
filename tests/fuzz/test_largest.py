"""How much a document, a plan or a name may hold, and that it is said where there is more."""

import json

import pytest
from bases import changed
from commands import within

from benchcore import bounded, config, limits, result
from benchcore.errors import UsageError
from benchcore.kernels.profile import LONGEST_NAME
from benchcore.plan import Request, make_plan
from benchcore.report import nested
from benchcore.report.profile_tables import short_name


def test_a_plan_is_a_few_lines(tmp_path):
    """A key of 30,000 parts took Python's parser 20 s."""
    path = tmp_path / "a.toml"
    path.write_text(".".join("a" * 30_000) + " = 1")
    with within(5), pytest.raises(UsageError, match=r"--config: .* is larger than 16 KiB"):
        config.read_config(path)


def cell(tree):
    return tree["cells"][0]


def memory(tree):
    return cell(tree)["contenders"]["dlib"]["memory"]


def names(count, value=None):
    return {f"n{number}": value for number in range(count)}


def many_cells(count, key):
    """A document of so many cells, which differ in `key`."""

    def change(tree):
        one = {**cell(tree), "contenders": names(1, {"status": "crashed"})}
        kind = type(one[key])
        tree["cells"] = [{**one, key: kind(number)} for number in range(count)]

    return change


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            lambda t: cell(t).update(contenders=names(65, {"status": "crashed"})),
            r"`object` of length <= 64 - at `\$\.cells\[0\]\.contenders`",
        ),
        (
            lambda t: t["plan"].update(contenders=list(names(65))),
            r"`array` of length <= 64 - at `\$\.plan\.contenders`",
        ),
        (lambda t: memory(t).update(sources=names(17, {})), r"length <= 16 .*\.memory\.sources`"),
        (lambda t: memory(t).update(sources={"a": names(17, 1.0)}), "length <= 16 "),
        (lambda t: cell(t).update(flags=list(names(65))), r"length <= 64 .*\.flags`"),
        (lambda t: t.update(notes=["a"] * 10_001), r"length <= 10000 - at `\$\.notes`"),
        (
            lambda t: t.update(environment=names(20_001)),
            "20,001 entries in its environment; at most",
        ),
        (lambda t: t["environment"].update(a=[0] * 20_001), "entries in its environment; at most"),
        (many_cells(65, "network"), "it has 65 kinds of cells; at most 64 are read"),
        (many_cells(6667, "batch"), "it has 20,001 cells times contenders; at most 20,000"),
    ],
)
def test_documents_of_which_no_table_can_be_made(change, words):
    with pytest.raises(UsageError, match=words):
        result.decode(changed(change), "a.json")


def test_a_document_of_a_thousand_cells_and_a_dozen_contenders_is_read():
    def change(tree):
        many_cells(1000, "batch")(tree)
        for found in tree["cells"]:
            found["contenders"] = names(12, {"status": "crashed", "settings": names(40, 1)})
        tree["plan"]["contenders"] = list(names(12))
        for found in tree["cells"]:
            found.update(factors={}, verdict={})

    assert len(result.decode(changed(change), "a.json").cells) == 1000


def test_settings_are_bounded_and_nested_as_the_environment_is(monkeypatch):
    def settings(value):
        return lambda t: cell(t)["contenders"]["dlib"].update(settings=value)

    deep = json.loads('{"a": ' * 60 + "1" + "}" * 60)
    with pytest.raises(UsageError, match="is nested too deeply"):
        result.decode(changed(settings(deep)), "a.json")
    monkeypatch.setattr(limits, "MOST_SETTINGS", 50)
    with pytest.raises(UsageError, match="entries in its settings; at most 50 are read"):
        result.decode(changed(settings(names(60))), "a.json")


def test_values_without_brackets_are_counted_too(tmp_path, monkeypatch):
    monkeypatch.setattr(bounded, "MOST_VALUES", 1000)
    path = tmp_path / "a.json"
    path.write_text(f'{{"schema_version": "1.5", "x": [{"0," * 1001}0]}}')
    with pytest.raises(UsageError, match="holds more than 1,000 values"):
        result.read(path)


def test_no_run_compares_more_contenders_than_a_document_holds():
    many = [f"c{number}" for number in range(65)]
    with pytest.raises(UsageError, match="--contenders names 65; a run compares at most 64"):
        make_plan(Request(contenders=many), device="cpu", contenders=many)


@pytest.mark.parametrize(
    "name", ["<" * 20_000 + ">" * 20_000, "sm1_xmma_a_1" + "_tilesize1x1x1_" * 100_000 + "!"]
)
def test_names_of_kernels_take_no_time_by_their_square(name):
    with within(1):
        assert len(short_name(name)) <= LONGEST_NAME


def test_templates_within_templates_are_left_out():
    assert short_name("void a::b<c<d>, e<f<g>>>(int)") == "a::b"
    assert short_name("a > b<c<d>") == "a > b"


def test_a_list_of_any_length_is_told_in_part():
    (row,) = nested.rows({"a": [0] * 5000})
    assert row[1].endswith("0, 0, and 4,000 more")
