"""`benchcore profile` from the command line to the document."""

import msgspec
import pytest
import recorded_traces

from benchcore import cli, config, headless, result
from benchcore.errors import UsageError
from benchcore.plan import MOST_TRACED, Plan, Request, make_plan
from benchcore.result import decode

FAKES = [
    *("profile", "--contenders", "slower,steady", "--device", "cpu", "--image-size", "33"),
    *("--iterations", "2"),
]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--network", "vgg"], "--network has 'vgg'; choose from resnet50, resnet50-dlib."),
        (["--mode", "guess"], "--mode has 'guess'; choose from infer, train."),
        (["--batch", "0"], "--batch has 0; a batch size is 1 to 4096."),
        (["--batch", "1,x"], "--batch is '1,x'; it takes whole numbers"),
        (["--batch", "2,2"], "--batch names 2 more than once"),
        (["--iterations", "0"], "--iterations is 0; it is a whole number from 1 to 100."),
        (["--iterations", "101"], "--iterations is 101; it is a whole number from 1 to 100."),
        (["--iterations", "two"], "--iterations is 'two'; it takes a whole number."),
        (["--contenders", "caffe"], "--contenders has 'caffe'"),
        (["--image-size", "0"], "--image-size has 0; a side is 1 to 2048 pixels."),
        (["--format", "csv"], "invalid choice: 'csv'"),
        (["--output", "/no/where.json"], "--output is '/no/where.json'"),
    ],
)
def test_a_wrong_argument_is_one_sentence_and_status_2(words, said, capsys):
    assert cli.main(["profile", *words]) == 2
    output = capsys.readouterr()
    assert output.out == ""
    (line,) = [line for line in output.err.splitlines() if line.startswith("benchcore: ")]
    assert said in line


def test_json_is_the_document_in_both_places(plugin, capfd, tmp_path):
    path = tmp_path / "p.json"
    words = [*FAKES, "--mode", "infer,train", "--batch", "2", "--format", "json"]
    assert cli.main([*words, "--output", str(path)]) == 0
    printed = capfd.readouterr().out
    assert path.read_text() == printed
    document = decode(printed.encode(), "stdout")
    assert document.plan.trace_iterations == 2
    assert document.plan.profile == "quick"
    assert document.command[:2] == ["benchcore", "profile"]
    cells = [(cell.mode, cell.batch) for cell in document.cells]
    assert cells == [("infer", 2), ("train", 2)]
    for cell in document.cells:
        gap = cell.profile.gaps["slower"]
        assert gap.rows_ms == {"not divided": gap.sum_ms}
        assert gap.measured_ms - gap.residual_ms == pytest.approx(gap.sum_ms)


@pytest.fixture
def measured(monkeypatch):
    """The command in front of a run that has been recorded; the value is what it asked for."""
    asked = {}
    document = recorded_traces.document(recorded_traces.cell("infer", 32, "dlib"))

    def measure(plan, **options):
        asked.update(options, plan=plan)
        return document, None

    monkeypatch.setattr(headless, "measure", measure)
    return asked


def test_text_is_tables_and_the_document_goes_to_its_file(measured, capfd, tmp_path):
    path = tmp_path / "p.json"
    assert cli.main(["profile", "--batch", "32", "--device", "cpu", "--output", str(path)]) == 0
    assert "where the time goes, dlib - torch" in capfd.readouterr().out
    assert measured["target"] == path
    assert (measured["plan"].batch_sizes, measured["plan"].train_batch_sizes) == ((32,), (32,))
    assert measured["plan"].modes == ("infer",)
    assert measured["plan"].trace_iterations == 8


def test_a_page_goes_to_its_file_or_is_printed(measured, capfd, tmp_path):
    path = tmp_path / "page.html"
    words = ["profile", "--device", "cpu", "--format", "html"]
    assert cli.main([*words, "--output", str(path)]) == 0
    assert capfd.readouterr().out == ""
    assert measured["target"] is None
    assert cli.main(words) == 0
    assert capfd.readouterr().out == path.read_text()
    assert "Kernels by class" in path.read_text()


NAMES = ("dlib", "torch")


def plan(**asked: object) -> Plan:
    return make_plan(Request(**asked), device="cpu", contenders=NAMES)


def test_a_plan_traces_nothing_unless_asked_and_says_what_is_wrong():
    assert plan().trace_iterations == 0
    assert "trace" not in config.to_toml(plan())
    for wrong in (-1, MOST_TRACED + 1):
        with pytest.raises(UsageError, match=f"--trace-iterations is {wrong}; it is .* 0 to 100"):
            plan(trace_iterations=wrong)


def test_toml_keeps_what_is_traced(tmp_path):
    path = tmp_path / "plan.toml"
    path.write_text(config.to_toml(plan(trace_iterations=7)))
    assert "trace_iterations = 7" in path.read_text()
    assert make_plan(config.read_config(path), device="cpu", contenders=NAMES) == plan(
        trace_iterations=7
    )


def test_an_older_document_has_neither(tmp_path):
    old = msgspec.to_builtins(plan())
    del old["trace_iterations"]
    assert msgspec.convert(old, Plan) == plan()
    schema = result.json_schema()
    assert "profile" not in schema["$defs"]["CellResult"]["required"]
    assert "trace_iterations" not in schema["$defs"]["Plan"]["required"]
