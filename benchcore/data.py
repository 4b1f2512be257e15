"""The images and labels that every contender is given: the same bytes, made once by the parent.

Images are float32, N x 3 x H x W in RGB order; labels are int64, N. Several buffers are rotated, so
that no iteration finds its input in a cache because the last one left it there.
"""

import hashlib
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchcore.architecture import CLASSES
from benchcore.errors import UsageError

BUFFERS = 4
"""Rotating input buffers: at batch 1 they hold 2.4 MB and at batch 32 77 MB, more than the second
level cache of a core or of a GPU, while more of them would only fill memory."""

IMAGE_SUFFIXES = frozenset({".jpg", ".jpeg", ".png"})

FORMATS = ("JPEG", "PNG")
"""Whatever the name says, nothing else is opened: to read an EPS file, Pillow runs Ghostscript."""

LARGEST_PIXELS = 50_000_000
"""Of an image that is decoded: 4 bytes a pixel, and copies of them. Pillow itself goes on to twice
its own limit, 179 million."""

LONGEST_SIDE_PX = 65_535
"""JPEG's own limit. To crop and scale an image of one pixel by millions takes over 1 GiB."""

KEPT_MIB = 256
"""Of prepared images, 445 of 224x224, so that cells share them; others are decoded again."""

CHANNEL_MEANS = np.array([122.782, 117.001, 104.298], dtype=np.float32)
"""dlib's `input_rgb_image` averages, for red, green and blue in 0..255."""

CHANNEL_SCALE = np.float32(256)
"""dlib divides by 256, not 255."""


@dataclass(frozen=True)
class Inputs:
    """Rotating buffers for one cell: `images` is B x N x 3 x H x W, `labels` is B x N."""

    images: NDArray[np.float32]
    labels: NDArray[np.int64]

    def digest(self) -> str:
        """SHA-256 (hex) over the images' bytes, then the labels' bytes."""
        sha = hashlib.sha256(np.ascontiguousarray(self.images).data)
        sha.update(np.ascontiguousarray(self.labels).data)
        return sha.hexdigest()


def random_inputs(batch: int, height: int, width: int, seed: int, buffers: int = BUFFERS) -> Inputs:
    """Images from N(0, 1), as a normalised photograph is; never zeros, which cost less power."""
    generator = np.random.default_rng([seed, batch, height, width])
    shape = (buffers, batch, 3, height, width)
    images = generator.standard_normal(shape, dtype=np.float32)
    return Inputs(images, _labels(batch, seed, buffers))


def _labels(batch: int, seed: int, buffers: int) -> NDArray[np.int64]:
    generator = np.random.default_rng([seed, batch])
    return generator.integers(0, CLASSES, (buffers, batch), dtype=np.int64)


class ImageFolder:
    """Real JPEG and PNG files, decoded and prepared for a run.

    Files are taken in the order of their names, and again from the first when they run out;
    `notes(needed)` says so in words.
    """

    def __init__(self, folder: Path, height: int, width: int) -> None:
        if not folder.is_dir():
            raise UsageError(f"--images: there is no directory {folder}.")
        self.folder = folder
        self.height = height
        self.width = width
        # Ordinary files only: reading a pipe would wait for ever.
        self.files = sorted(
            path
            for path in folder.iterdir()
            if path.suffix.lower() in IMAGE_SUFFIXES and path.is_file()
        )
        if not self.files:
            raise UsageError(f"--images: {folder} holds no .jpg, .jpeg or .png file.")
        self._prepared: dict[Path, NDArray[np.float32]] = {}

    def inputs(
        self,
        batch: int,
        seed: int,
        buffers: int = BUFFERS,
        poll: Callable[[], None] = lambda: None,
    ) -> Inputs:
        """The first `buffers * batch` images, with drawn labels (a folder carries none).

        `poll` is called before each file; what it raises ends the reading.
        """
        shape = (buffers * batch, 3, self.height, self.width)
        images = np.empty(shape, dtype=np.float32)
        for place in range(len(images)):
            if place < len(self.files):
                poll()
                images[place] = self._image(self.files[place])
            else:
                images[place] = images[place - len(self.files)]
        shaped = images.reshape(buffers, batch, *shape[1:])
        return Inputs(shaped, _labels(batch, seed, buffers))

    def check(
        self,
        largest_batch: int,
        buffers: int = BUFFERS,
        stopped: Callable[[], bool] = lambda: False,
    ) -> None:
        """Decode every file that a run takes, so that a bad one ends it before it begins.

        `stopped` is asked before each file and ends the check early.
        """
        for path in self.files[: largest_batch * buffers]:
            if stopped():
                return
            self._image(path)

    def note(self, largest_batch: int, buffers: int = BUFFERS) -> str | None:
        """A sentence when files have to be repeated, else None."""
        needed = largest_batch * buffers
        if needed <= len(self.files):
            return None
        return (
            f"{self.folder} holds {len(self.files)} images, fewer than the {needed} that batch "
            f"{largest_batch} takes; they are repeated in turn."
        )

    def _image(self, path: Path) -> NDArray[np.float32]:
        known = self._prepared.get(path)
        if known is not None:
            return known
        image = prepare(_decode(path, self.height, self.width))
        if (len(self._prepared) + 1) * image.nbytes <= KEPT_MIB * 2**20:
            self._prepared[path] = image
        return image


def prepare(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """dlib's normalisation: H x W x 3 bytes to 3 x H x W floats, (value - mean) / 256."""
    normalised = (pixels.astype(np.float32) - CHANNEL_MEANS) / CHANNEL_SCALE
    return np.ascontiguousarray(normalised.transpose(2, 0, 1))


def _decode(path: Path, height: int, width: int) -> NDArray[np.uint8]:
    """The file as H x W x 3 bytes, scaled to cover the size and cropped at its centre."""
    from PIL import Image, ImageOps, UnidentifiedImageError

    try:
        # What else is odd about the file is no concern of whoever wants its pixels.
        quiet = warnings.catch_warnings(action="ignore")
        with quiet, Image.open(path, formats=FORMATS) as image:
            if image.width * image.height > LARGEST_PIXELS:
                raise ValueError(
                    f"it has {image.width}x{image.height} pixels, over {LARGEST_PIXELS:,}"
                )
            if max(image.size) > LONGEST_SIDE_PX:
                raise ValueError(
                    f"it has {image.width}x{image.height} pixels, a side over {LONGEST_SIDE_PX:,}"
                )
            upright = ImageOps.exif_transpose(image)
            fitted = ImageOps.fit(upright.convert("RGB"), (width, height))
            return np.asarray(fitted, dtype=np.uint8)
    except (
        *(UnidentifiedImageError, Image.DecompressionBombError),
        *(OSError, ValueError, SyntaxError, EOFError),
    ) as error:
        reason = str(error).rstrip(".")
        raise UsageError(f"--images: {path} can't be read as an image: {reason}.") from None
