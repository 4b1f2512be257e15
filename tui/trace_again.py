"""How a cell that was not traced can be: as a request, and as the command that a user types."""

import shlex

from benchcore.plan import Request
from benchcore.result import CellResult, Document
from tui.presets import CONTENDERS, IMAGE_SIZE

PROFILE = "quick"
ITERATIONS = 8
"""As many as `benchcore profile` traces."""

DEVICE = "cuda:0"
"""What `auto` means wherever the command has something to explain by kernels."""


def request(document: Document, cell: CellResult) -> Request:
    """This one cell, measured quickly and traced."""
    plan = document.plan
    return Request(
        networks=[cell.network],
        modes=[cell.mode],
        batch_sizes=[cell.batch],
        train_batch_sizes=[cell.batch],
        contenders=list(plan.contenders),
        device=plan.device,
        image_size=_image_size(cell),
        profile=PROFILE,
        trace_iterations=ITERATIONS,
    )


def command(document: Document, cell: CellResult) -> str:
    """`benchcore profile` with the options that this cell needs; FILE is the user's to name."""
    plan = document.plan
    words = ["--network", cell.network, "--mode", cell.mode, "--batch", str(cell.batch)]
    for option, value, default in (
        ("--contenders", ",".join(plan.contenders), ",".join(CONTENDERS)),
        ("--device", plan.device, DEVICE),
        ("--image-size", _image_size(cell), IMAGE_SIZE),
    ):
        if value != default:
            words += [option, value]
    return shlex.join(["benchcore", "profile", *words, "--output", "FILE"])


def _image_size(cell: CellResult) -> str:
    height_px, width_px = cell.image_height_px, cell.image_width_px
    return str(height_px) if height_px == width_px else f"{height_px}x{width_px}"
