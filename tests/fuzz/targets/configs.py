"""TOML: what `--config` reads, the plan that it makes, and what the screens kept last."""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import commands
import damage
import values
from guard import give
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from benchcore import config, contenders
from benchcore.errors import UsageError
from benchcore.plan import Request, make_plan
from tui import last_choice
from tui.run_process import command_words

CASES = 3500

BASES = (
    b"""networks = ["resnet50", "resnet50-dlib"]
modes = ["infer", "train"]
batch_sizes = [1, 4]
train_batch_sizes = [2]
contenders = ["dlib", "torch"]
device = "cpu"
image_size = "224x224"
profile = "quick"
seed = 7
timeout = 600.0
trace_iterations = 3
""",
    b'images = "photos"\nweights = "resnet50.safetensors"\n[nothing]\nx = 1979-05-27T07:32:00Z\n',
    b"",
)

KEYS = (*Request.__struct_fields__, "network", "x", "a.b", '"\\u001b[2J"', "[seed]", "[[modes]]")

RAW = (
    *("nan", "-inf", "1979-05-27", "07:32:00", "0x" + "f" * 6000, "0b" + "1" * 9000, "1" * 6000),
    *("[" * 30_000 + "]" * 30_000, "{a=" * 30_000 + "1" + "}" * 30_000, "1_000", "1e400", "-0"),
    *('"\\ud800"', "'''\n" + "x" * 300_000 + "'''", "[" + "1," * 100_000 + "]", "true", "[[]]"),
    "a.b.c" + ".d" * 20_000 + " = 1",
)

GOOD: dict[str, list[Any]] = {
    "networks": [["resnet50"], ["resnet50-dlib"], ["resnet50", "resnet50"], []],
    "modes": [["infer"], ["train"], ["infer", "train"], [""]],
    "batch_sizes": [[1], [4096], [4097], [0], [2, 2], list(range(1, 3000))],
    "train_batch_sizes": [[2], [1], [-1]],
    "contenders": [["torch"], ["dlib", "torch-default"], ["selftest-slowed"], ["x" * 3000]],
    "device": ["cpu", "cuda", "cuda:0", "auto", "cuda:", "cuda:0\x1b"],
    "image_size": ["224", "33x65", "1x1", "2049", "0x0", "224X224", "\u0662\u0662\u0664"],
    "profile": ["quick", "default", "long", ""],
    "seed": [0, 2**32 - 1, 2**32, -1, 2**64, True],
    "timeout": [1, 0.5, 0, -1, 1e300],
    "trace_iterations": [0, 3, 100, 101, -1],
}


@dataclass(frozen=True)
class Case:
    """A file."""

    content: bytes


def cases() -> SearchStrategy[Case]:
    """A third are written key by key, a third from good values, a third are damaged files."""
    value = values.any_values.map(_toml) | st.sampled_from(RAW)
    entry = st.builds("{} = {}\n".format, st.sampled_from(KEYS), value)
    written = st.lists(entry, max_size=4).map(lambda lines: "".join(lines).encode())
    good = st.fixed_dictionaries({}, optional={k: st.sampled_from(v) for k, v in GOOD.items()})
    bases = st.sampled_from(BASES)
    damaged = st.builds(damage.damaged, bases, damage.damages, bases)
    return st.builds(Case, st.one_of(written, good.map(_written), damaged))


def _toml(value: Any) -> str:
    if isinstance(value, values.Raw):
        return value.text
    return json.dumps(value, ensure_ascii=False, default=lambda raw: raw.text)


def _written(entries: dict[str, Any]) -> bytes:
    lines = (f"{key} = {json.dumps(value)}\n" for key, value in entries.items())
    return "".join(lines).encode()


def check(case: Case, folder: Path) -> None:
    """A sentence, or a plan that is the same after it was written and read again."""
    path = folder / "plan.toml"
    give(path, case.content)
    try:
        request = config.read_config(path)
        command_words(request)
        plan = make_plan(request, device="cpu", contenders=contenders.names())
        copy = folder.parent / "out" / "copy.toml"
        copy.write_text(config.to_toml(plan), encoding="utf-8")
        assert config.read_config(copy) == config.to_request(plan)
        again = make_plan(config.read_config(copy), device="cpu", contenders=contenders.names())
        assert again == plan
    except UsageError as error:
        commands.refused(error)
    _last_choice(case.content)


def _last_choice(content: bytes) -> None:
    """A damaged one counts as none."""
    path = last_choice.path()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    assert str(path).startswith(os.environ["XDG_STATE_HOME"])
    found = last_choice.recall()
    said = last_choice.remember(found)
    if said is None:
        assert last_choice.recall() == found
    else:
        commands.is_sentence(said)
