"""The options of the commands that measure or say what is there, turned into requests."""

import argparse

from benchcore import config
from benchcore.parsing import Parser, convert, listed, path_of, whole, whole_numbers
from benchcore.plan import Request
from benchcore.profiles import PROFILES

FORMATS = ("text", "json", "jsonl", "markdown", "csv")
PROFILE_FORMATS = ("text", "json", "html")


def add_run_options(parser: argparse.ArgumentParser) -> None:
    """The options that make a plan, with no defaults: what is left out may come from a file."""
    group = parser.add_argument_group("what to measure")
    numbers = "whole numbers such as 1,2,4"
    for name, kind, function, help_text in (
        ("--networks", "names", listed, "resnet50, resnet50-dlib, or both (default)"),
        ("--modes", "names", listed, "infer, train, or both (default)"),
        ("--batch-sizes", numbers, whole_numbers, "for inference, such as 1,2,4"),
        ("--train-batch-sizes", numbers, whole_numbers, "for training, such as 2,4"),
        ("--contenders", "names", listed, "default dlib,torch; see `benchcore contenders`"),
        ("--device", "a device", str, "auto (default), cpu, or cuda:N"),
        ("--image-size", "a size", str, "side in pixels or HEIGHTxWIDTH (default 224)"),
        ("--images", "a directory", str, "JPEG and PNG files instead of drawn data"),
        ("--weights", "a file", str, ".safetensors or .pth instead of drawn weights"),
        ("--profile", "a name", str, f"{', '.join(PROFILES)} (default: default)"),
        ("--seed", "a whole number", whole, "for weights, images and labels (default 0)"),
        ("--timeout", "a number of seconds", float, "end the run after this many seconds"),
        ("--trace-iterations", "a whole number", whole, "trace so many by kernels (default 0)"),
    ):
        metavar = name.removeprefix("--").replace("-", "_").upper()
        group.add_argument(
            name, type=convert(name, kind, function), help=help_text, metavar=metavar
        )
    group.add_argument(
        "--config", type=path_of("--config"), metavar="FILE.toml", help="these options, as TOML"
    )


def request(arguments: argparse.Namespace) -> Request:
    """The request of the options, over that of `--config` if there is one."""
    given = Request(**{name: getattr(arguments, name) for name in Request.__struct_fields__})
    if arguments.config is None:
        return given
    return given.over(config.read_config(arguments.config))


def run_parser() -> Parser:
    """`benchcore` without a sub-command."""
    parser = Parser(
        prog="benchcore",
        description="Compare dlib and PyTorch on ResNet-50. Without --headless: interactively.",
        epilog="Sub-commands: profile, verify, selftest, plan, report, compare, gate, contenders, "
        "info, schema; each has --help.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="store_true", help="print the version")
    parser.add_argument("--headless", action="store_true", help="run without the screens")
    output = parser.add_mutually_exclusive_group()
    for name in FORMATS[1:]:
        output.add_argument(
            f"--{name}",
            action="store_const",
            dest="format",
            const=name,
            help=f"print {'events as they happen' if name == 'jsonl' else name}, not tables",
        )
    parser.set_defaults(format="text")
    parser.add_argument(
        "--output", type=path_of("--output"), metavar="FILE", help="keep the document there too"
    )
    parser.add_argument(
        "--resume",
        type=path_of("--resume"),
        metavar="DOC",
        help="go on with an interrupted run; DOC is completed unless --output names another file",
    )
    parser.add_argument(
        "--allow-busy", action="store_true", help="measure although others use the GPU"
    )
    parser.add_argument(
        "--strict", action="store_true", help="exit with 3 if a verdict is inconclusive"
    )
    add_run_options(parser)
    return parser


def plan_parser() -> Parser:
    """`benchcore plan`."""
    parser = Parser(
        prog="benchcore plan", description="Print the plan of a run.", allow_abbrev=False
    )
    parser.add_argument("--toml", action="store_true", help="in the form that --config reads")
    add_run_options(parser)
    return parser


def verify_parser() -> Parser:
    """`benchcore verify`."""
    parser = Parser(
        prog="benchcore verify",
        description="Prove that the frameworks compute the same, for inference and training.",
        allow_abbrev=False,
    )
    for name, kind, function, default, help_text in (
        ("--device", "a device", str, "auto", "auto (default), cpu, or cuda:N"),
        ("--contenders", "names", listed, ["dlib"], "held against PyTorch (default dlib)"),
        ("--networks", "names", listed, None, "default: both"),
        ("--modes", "names", listed, None, "default: both"),
        ("--batch-sizes", "whole numbers", whole_numbers, [1, 2, 3, 8], "default 1,2,3,8"),
        ("--image-sizes", "sizes", listed, ["224", "160x192"], "default 224,160x192"),
        ("--seed", "a whole number", whole, 0, "default 0"),
        ("--disturb", "a number", float, 0.0, "add this to one weight, to see the proof fail"),
    ):
        parser.add_argument(
            name, type=convert(name, kind, function), default=default, help=help_text
        )
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    return parser


def selftest_parser() -> Parser:
    """`benchcore selftest`."""
    parser = Parser(
        prog="benchcore selftest",
        description="Prove the instrument: the same is the same, 3 % slower and 256 MiB are found.",
        allow_abbrev=False,
    )
    parser.add_argument("--device", default="auto", help="auto (default), cpu, or cuda:N")
    parser.add_argument(
        "--batch-size",
        type=convert("--batch-size", "a whole number", whole),
        help="default 1 on the CPU, 32 on CUDA",
    )
    parser.add_argument("--allow-busy", action="store_true", help="although others use the GPU")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument(
        "--output",
        type=path_of("--output"),
        metavar="FILE",
        help="keep the JSON document there too",
    )
    return parser


def profile_parser() -> Parser:
    """`benchcore profile`."""
    parser = Parser(
        prog="benchcore profile",
        description="Say why a contender is slower: a quick run with its kernels by class.",
        allow_abbrev=False,
    )
    for name, kind, function, default, help_text in (
        ("--network", "names", listed, ["resnet50"], "default resnet50; several as a,b"),
        ("--mode", "names", listed, ["infer"], "infer (default), train, or both"),
        ("--batch", "whole numbers such as 1,32", whole_numbers, [1], "batch sizes (default 1)"),
        ("--contenders", "names", listed, None, "default dlib,torch"),
        ("--device", "a device", str, None, "auto (default), cpu, or cuda:N"),
        ("--image-size", "a size", str, None, "side in pixels or HEIGHTxWIDTH (default 224)"),
        ("--iterations", "a whole number", whole, 8, "how many to trace (default 8)"),
    ):
        parser.add_argument(
            name, type=convert(name, kind, function), default=default, help=help_text
        )
    parser.add_argument("--format", choices=PROFILE_FORMATS, default="text")
    parser.add_argument(
        "--output",
        type=path_of("--output"),
        metavar="FILE",
        help="keep the document, or the page of html, there",
    )
    parser.add_argument("--allow-busy", action="store_true", help="although others use the GPU")
    return parser


def contenders_parser() -> Parser:
    """`benchcore contenders`."""
    parser = Parser(
        prog="benchcore contenders",
        description="List the contenders, and why one can't run here.",
        allow_abbrev=False,
    )
    parser.add_argument("--device", default="auto", help="auto (default), cpu, or cuda:N")
    return parser


def info_parser() -> Parser:
    """`benchcore info`."""
    parser = Parser(
        prog="benchcore info",
        description="Print versions, hardware and settings.",
        allow_abbrev=False,
    )
    parser.add_argument(
        "--ceilings",
        action="store_true",
        help="measure what the device can do at best, and keep it for the reports",
    )
    parser.add_argument("--device", help="with --ceilings: auto (default), cpu, or cuda:N")
    parser.add_argument(
        "--allow-busy", action="store_true", help="with --ceilings: although others use the device"
    )
    return parser


def bare_parser(name: str, description: str) -> Parser:
    """A sub-command without options."""
    return Parser(prog=f"benchcore {name}", description=description, allow_abbrev=False)
