"""The options of the sub-commands that read documents: report, compare, gate."""

from benchcore.parsing import Parser, convert, path_of, share
from benchcore.reference import NAME

SHIPPED = f"`{NAME}` for the benchmark published in that year"

REPORT_FORMATS = ("text", "markdown", "csv", "html", "svg", "png")


def report_parser() -> Parser:
    """`benchcore report`."""
    parser = Parser(
        prog="benchcore report", description="Show a result document.", allow_abbrev=False
    )
    parser.add_argument(
        "document", type=path_of("document"), help=f"a JSON document of a run, or {SHIPPED}"
    )
    parser.add_argument("--format", choices=REPORT_FORMATS, default="text")
    parser.add_argument(
        "--output", type=path_of("--output"), metavar="FILE", help="there instead of stdout"
    )
    return parser


def compare_parser() -> Parser:
    """`benchcore compare`."""
    parser = Parser(
        prog="benchcore compare",
        description="Say what changed from the first document to each of the others.",
        epilog=f"In place of a file, {SHIPPED}.",
        allow_abbrev=False,
    )
    parser.add_argument("before", type=path_of("A"), metavar="A", help="a JSON document of a run")
    parser.add_argument("after", type=path_of("B"), metavar="B", nargs="+", help="later ones")
    parser.add_argument("--json", action="store_true", help="print what changed as JSON")
    return parser


def gate_parser() -> Parser:
    """`benchcore gate`."""
    parser = Parser(
        prog="benchcore gate",
        description="Exit with 1 if a document is worse than its baseline.",
        epilog="Exit status: 0 nothing is worse, 1 regression, 2 wrong usage, 3 inconclusive "
        "(only with --strict), 4 invalid measurement, 5 not comparable, 6 a contender that the "
        "baseline measured crashed or ran out of memory.",
        allow_abbrev=False,
    )
    parser.add_argument(
        "document", type=path_of("DOC"), metavar="DOC", help="a JSON document of a run"
    )
    parser.add_argument(
        "--baseline",
        type=path_of("--baseline"),
        required=True,
        metavar="DOC",
        help="an earlier",
    )
    parser.add_argument(
        "--threshold",
        type=convert("--threshold", "a share such as 0.05 or 5%, above 0 and below 1", share),
        help="change of a time that counts (default 2%%, 5%% at batch 1 and 2); the machine's "
        "noise widens it",
    )
    parser.add_argument("--strict", action="store_true", help="exit with 3 if inconclusive")
    parser.add_argument(
        "--force", action="store_true", help="judge although the two can't be compared"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument(
        "--annotations",
        action="store_true",
        help="GitHub's workflow commands too (on standard error with --json)",
    )
    return parser
