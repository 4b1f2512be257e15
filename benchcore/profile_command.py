"""`benchcore profile`: a quick run whose iterations are traced, and why one is slower."""

import sys
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path

from benchcore import headless, report, streams
from benchcore.architecture import NETWORKS
from benchcore.channel import Stop
from benchcore.delivery import deliver, rescue
from benchcore.errors import UsageError
from benchcore.plan import MODES, MOST_TRACED, Request, batches, one_of
from benchcore.recorder import checked_document_path, checked_other_path, replace
from benchcore.result import Document, encode
from benchcore.status import USAGE, exit_status

PROFILE = "quick"
"""One launch of a quarter of a second a block: the gap is explained, not judged."""


def run(arguments: Namespace, words: Sequence[str]) -> int:
    """Measure and trace what the options say; `words` is the command line for the document."""
    target = None
    if arguments.output is not None:
        checked = checked_other_path if arguments.format == "html" else checked_document_path
        target = checked(arguments.output)
    streams.check_room()
    plan = headless.checked_plan(_request(arguments))
    paged = arguments.format == "html" and target is not None
    document, unwritten = headless.measure(
        plan,
        stop=Stop(),
        target=None if paged else target,
        allow_busy=arguments.allow_busy,
        command=words,
    )

    def show() -> None:
        if not paged:
            sys.stdout.buffer.write(_rendered(document, arguments.format))
            sys.stdout.buffer.flush()

    if paged and target is not None:
        unwritten = _keep_page(document, target)
    said = deliver(
        show,
        document,
        enough=unwritten is None or arguments.format == "json",
        safe=target is not None and unwritten is None,
    )
    return exit_status(document, strict=False) if said and not unwritten else USAGE


def _keep_page(document: Document, target: Path) -> str | None:
    """Write the page; a failure is a sentence, and is told. Nothing loses the document."""
    try:
        replace(target, _rendered(document, "html"))
    except UsageError as error:
        print(f"benchcore: {error}", file=sys.stderr)
        return str(error)
    except BaseException:
        rescue(document)
        raise
    return None


def _request(arguments: Namespace) -> Request:
    """The request, with what this command names in its own way already checked."""
    sizes = list(batches("--batch", arguments.batch))
    if not 1 <= arguments.iterations <= MOST_TRACED:
        raise UsageError(
            f"--iterations is {arguments.iterations}; it is a whole number from 1 to {MOST_TRACED}."
        )
    return Request(
        networks=list(one_of("--network", arguments.network, NETWORKS)),
        modes=list(one_of("--mode", arguments.mode, MODES)),
        batch_sizes=sizes,
        train_batch_sizes=sizes,
        contenders=arguments.contenders,
        device=arguments.device,
        image_size=arguments.image_size,
        profile=PROFILE,
        trace_iterations=arguments.iterations,
    )


def _rendered(document: Document, form: str) -> bytes:
    if form == "json":
        return encode(document)
    if form == "html":
        return report.encoded(document, "html")
    from benchcore.report import profile_text

    return profile_text.render(document).encode()
