import math

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchcore import config, options
from benchcore.errors import UsageError
from benchcore.plan import DEFAULT_BATCHES, Request, make_plan

NAMES = ("dlib", "torch")


def plan(**asked):
    return make_plan(Request(**asked), device="cpu", contenders=NAMES)


def test_defaults():
    made = plan()
    assert made.networks == ("resnet50", "resnet50-dlib")
    assert made.modes == ("infer", "train")
    assert made.contenders == NAMES
    assert made.reference == "torch"
    assert made.batch_sizes == DEFAULT_BATCHES["cpu", "infer"]
    assert len(made.cells()) == 2 * (len(made.batch_sizes) + len(made.train_batch_sizes))


def test_the_gpu_has_the_seeds_batch_sizes():
    made = make_plan(Request(), device="cuda:0", contenders=NAMES)
    assert made.batch_sizes == (1, 2, 4, 8, 16, 32, 64, 128)
    assert made.train_batch_sizes == (1, 2, 4, 8, 16, 32)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"networks": ["vgg"]}, ["--networks", "'vgg'", "resnet50"]),
        ({"networks": []}, ["--networks", "nothing"]),
        ({"modes": ["infer", "infer"]}, ["--modes", "more than once"]),
        ({"batch_sizes": [0]}, ["--batch-sizes", "0", "1 to"]),
        ({"batch_sizes": [2, 2]}, ["--batch-sizes", "2", "once"]),
        ({"train_batch_sizes": [99999]}, ["--train-batch-sizes", "99999"]),
        ({"contenders": ["caffe"]}, ["--contenders", "'caffe'", "dlib, torch"]),
        ({"image_size": "big"}, ["--image-size", "'big'", "224"]),
        ({"image_size": "0"}, ["--image-size", "0"]),
        ({"image_size": "54"}, ["--image-size", "54x54", "resnet50-dlib", "55"]),
        ({"image_size": "60"}, ["--image-size", "train", "71"]),
        ({"profile": "fast"}, ["--profile", "'fast'", "quick"]),
        ({"seed": -1}, ["--seed", "-1"]),
        ({"timeout": 0.0}, ["--timeout", "0", "above 0"]),
        ({"timeout": math.nan}, ["--timeout", "nan"]),
        ({"timeout": math.inf}, ["--timeout", "inf"]),
    ],
)
def test_each_error_is_one_sentence_with_argument_value_and_remedy(asked, words):
    with pytest.raises(UsageError) as caught:
        plan(**asked)
    text = str(caught.value)
    assert all(word in text for word in words)
    assert text.endswith(".")
    assert "\n" not in text


requests = st.builds(
    Request,
    networks=st.none() | st.lists(st.sampled_from(["resnet50", "resnet50-dlib", "x"]), max_size=3),
    modes=st.none() | st.lists(st.sampled_from(["infer", "train", ""]), max_size=3),
    batch_sizes=st.none() | st.lists(st.integers(-2, 5000), max_size=4),
    train_batch_sizes=st.none() | st.lists(st.integers(), max_size=4),
    contenders=st.none() | st.lists(st.sampled_from(["dlib", "torch", "y"]), max_size=3),
    image_size=st.none() | st.text(max_size=8) | st.sampled_from(["224", "96x128"]),
    images=st.none() | st.text(st.characters(codec="utf-8"), max_size=20),
    profile=st.none() | st.sampled_from(["quick", "default", "rigorous", "classic", "z"]),
    seed=st.none() | st.integers(-1, 2**33),
    timeout=st.none() | st.floats(),
)


def plan_or_sentence(request):
    try:
        return make_plan(request, device="cpu", contenders=NAMES)
    except UsageError as error:
        return str(error)


@given(requests)
def test_any_request_is_a_plan_or_one_sentence(request):
    made = plan_or_sentence(request)
    if isinstance(made, str):
        assert "\n" not in made
    else:
        assert made.cells()
        assert len(set(made.cells())) == len(made.cells())


@given(requests)
def test_plans_survive_toml(tmp_path_factory, request):
    made = plan_or_sentence(request)
    if isinstance(made, str):
        return
    path = tmp_path_factory.mktemp("toml") / "plan.toml"
    path.write_text(config.to_toml(made), encoding="utf-8")
    read = config.read_config(path)
    assert make_plan(read, device="cpu", contenders=NAMES) == made


@given(st.text())
def test_any_text_for_numbers_is_numbers_or_one_sentence(text):
    read = options.convert("--batch-sizes", "whole numbers", options.whole_numbers)
    try:
        numbers = read(text)
    except UsageError:
        return
    assert all(isinstance(number, int) for number in numbers)


def test_the_command_line_goes_over_the_file(tmp_path):
    path = tmp_path / "p.toml"
    path.write_text('batch_sizes = [8]\nseed = 5\nnetworks = ["resnet50"]\n')
    parser = options.run_parser()
    made = options.request(parser.parse_args(["--config", str(path), "--seed", "6"]))
    assert (made.batch_sizes, made.seed, made.networks) == ([8], 6, ["resnet50"])


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("batchsizes = [1]", "'batchsizes'"),
        ('batch_sizes = "1"', "array"),
        ("seed = 1.5", "int"),
        ("seed = ", "not TOML"),
    ],
)
def test_a_wrong_file_is_one_sentence(tmp_path, content, words):
    path = tmp_path / "p.toml"
    path.write_text(content)
    with pytest.raises(UsageError, match=words) as caught:
        config.read_config(path)
    assert str(path) in str(caught.value)


def test_request_fields_are_options():
    parser = options.run_parser()
    known = vars(parser.parse_args([]))
    assert set(msgspec.structs.asdict(Request())) <= set(known)
