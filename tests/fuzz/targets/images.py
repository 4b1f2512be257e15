"""Folders of images: real JPEG and PNG files damaged, other kinds under their names, bombs."""

import io
import struct
import zlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import commands
import damage
import numpy as np
from guard import give
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from PIL import Image

from benchcore import data
from benchcore.errors import UsageError

CASES = 2500

SIDES = (1, 2, 7, 64)
MODES = {
    "PNG": ("1", "L", "LA", "P", "RGB", "RGBA", "I;16"),
    "JPEG": ("L", "RGB", "CMYK", "YCbCr"),
    "GIF": ("L", "P", "RGB"),
    "BMP": ("1", "L", "P", "RGB"),
    "TIFF": ("1", "L", "RGB", "F", "CMYK"),
    "WEBP": ("RGB", "RGBA"),
    "ICO": ("RGBA",),
    "PPM": ("L", "RGB"),
    "TGA": ("L", "RGB"),
    "PDF": ("RGB",),
    "EPS": ("RGB",),
}
"""Of each kind of file that Pillow writes."""


@dataclass(frozen=True)
class Case:
    """One file of a folder, and the size that is asked for."""

    name: str
    content: bytes
    height: int
    width: int


@cache
def pictures() -> tuple[bytes, ...]:
    """Small pictures of every kind and mode; PNG and JPEG also with other features."""
    generator = np.random.default_rng(0)
    found = []
    for kind, modes in MODES.items():
        for mode in modes:
            for side in SIDES:
                pixels = generator.integers(0, 256, (side, side, 3), dtype=np.uint8)
                image = Image.fromarray(pixels)
                image = image.convert("L") if mode == "I;16" else image
                stream = io.BytesIO()
                image.convert(mode).save(stream, kind)
                found.append(stream.getvalue())
    turned = Image.Exif()
    turned[0x0112] = 6
    base = Image.fromarray(generator.integers(0, 256, (40, 30, 3), dtype=np.uint8))
    for kind, extra in (
        ("JPEG", {"progressive": True, "exif": turned.tobytes()}),
        ("PNG", {"exif": turned.tobytes(), "optimize": True}),
        ("GIF", {"save_all": True, "append_images": [base] * 3}),
        ("MPO", {"save_all": True, "append_images": [base]}),
        ("PNG", {"save_all": True, "append_images": [base] * 3}),
    ):
        stream = io.BytesIO()
        base.save(stream, kind, **extra)
        found.append(stream.getvalue())
    return tuple(found)


def _chunk(kind: bytes, content: bytes) -> bytes:
    return (
        struct.pack(">I", len(content))
        + kind
        + content
        + struct.pack(">I", zlib.crc32(kind + content))
    )


def png(width: int, height: int, bits: int, colour: int, *, rows: int, extra: bytes = b"") -> bytes:
    """A PNG of any claimed size with so many rows of zeros in it."""
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}.get(colour, 1)
    row = 1 + (width * channels * bits + 7) // 8
    squeezed = zlib.compressobj(1)
    zeros = bytes(min(row, 1 << 20))
    pieces = []
    for _ in range(min(rows * row, 1 << 29) // max(len(zeros), 1)):
        pieces.append(squeezed.compress(zeros))
    pieces.append(squeezed.flush())
    header = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", header)
        + extra
        + _chunk(b"IDAT", b"".join(pieces))
        + _chunk(b"IEND", b"")
    )


@cache
def bombs() -> tuple[bytes, ...]:
    """Small files that claim or hold much."""
    text = zlib.compress(bytes(1 << 28), 1)
    big = Image.new("L", (12_000, 12_000))
    stream = io.BytesIO()
    big.save(stream, "JPEG", quality=1)
    return (
        png(40_000, 40_000, 8, 2, rows=1),
        png(40_000, 40_000, 1, 0, rows=40_000),
        png(13_000, 13_000, 8, 6, rows=13_000),
        png(9_000, 9_000, 16, 6, rows=9_000),
        png(7_000, 7_000, 8, 6, rows=7_000),
        png(7_000, 7_000, 8, 3, rows=7_000),
        png(2**31 - 1, 1, 8, 2, rows=0),
        png(1, 2**31 - 1, 8, 0, rows=1),
        png(0, 0, 8, 2, rows=0),
        png(4_000_000, 10, 8, 0, rows=10),
        png(1, 40_000_000, 1, 0, rows=1),
        png(8, 8, 8, 2, rows=8, extra=_chunk(b"zTXt", b"x\0\0" + text)),
        png(8, 8, 8, 2, rows=8, extra=_chunk(b"iCCP", b"x\0\0" + text)),
        stream.getvalue(),
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\n(touched) print\n%%EOF\n",
        b"",
        b"\x00" * 4096,
        b"\xff\xd8\xff",
    )


def cases() -> SearchStrategy[Case]:
    """Mostly damaged files."""
    files = st.sampled_from(pictures())
    damaged = st.builds(damage.damaged, files, damage.damages, files)
    headers = st.builds(
        png,
        width=st.integers(0, 60_000),
        height=st.integers(0, 60_000),
        bits=st.sampled_from([1, 2, 4, 8, 16, 3]),
        colour=st.integers(0, 7),
        rows=st.integers(0, 3),
    )
    few_bombs = st.integers(0, 19).flatmap(
        lambda number: st.sampled_from(bombs()) if number == 0 else damaged
    )
    side = st.sampled_from([1, 33, 224])
    return st.builds(
        Case,
        name=st.sampled_from(["a.png", "a.jpg", "a.JPEG", "\x1b[2J.png", "[red].jpg"]),
        content=st.one_of(damaged, damaged, files, headers, few_bombs),
        height=side,
        width=side,
    )


def check(case: Case, folder: Path) -> None:
    """Finite numbers of the size that was asked for, or a sentence."""
    photos = folder / "photos"
    give(photos / case.name, case.content)
    try:
        found = data.ImageFolder(photos, case.height, case.width)
        found.check(1)
        inputs = found.inputs(1, 0, 1)
    except UsageError as error:
        commands.refused(error)
        return
    assert inputs.images.shape == (1, 1, 3, case.height, case.width)
    assert np.isfinite(inputs.images).all()
