"""`benchcore profile`: a quick run whose iterations are traced, and why one is slower."""

import sys
from argparse import Namespace
from collections.abc import Sequence

from benchcore import headless, report
from benchcore.architecture import NETWORKS
from benchcore.errors import UsageError
from benchcore.plan import MODES, MOST_TRACED, Request, batches, one_of
from benchcore.recorder import checked_path, replace
from benchcore.result import Document, encode
from benchcore.status import USAGE, exit_status

PROFILE = "quick"
"""One launch of a quarter of a second a block: the gap is explained, not judged."""


def run(arguments: Namespace, words: Sequence[str]) -> int:
    """Measure and trace what the options say; `words` is the command line for the document."""
    target = None if arguments.output is None else checked_path(arguments.output)
    plan = headless.checked_plan(_request(arguments))
    kept = None if arguments.format == "html" else target
    document, unwritten = headless.measure(
        plan, target=kept, allow_busy=arguments.allow_busy, command=words
    )
    page = _rendered(document, arguments.format)
    if arguments.format == "html" and target is not None:
        try:
            replace(target, page)
        except UsageError as error:
            unwritten = str(error)
            print(f"benchcore: {unwritten}", file=sys.stderr)
    elif arguments.format == "text":
        sys.stdout.write(page.decode())
    else:
        sys.stdout.buffer.write(page)
    sys.stdout.flush()
    return USAGE if unwritten else exit_status(document, strict=False)


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
