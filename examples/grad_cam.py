"""Grad-CAM with dlib: which parts of a picture speak for a class, as a heat map over it.

python examples/grad_cam.py photo.jpg --weights resnet50.safetensors --output grad_cam.png

Grad-CAM (Selvaraju et al., 2017) takes the channels that a layer puts out, weighs each with the
mean gradient of the class's logit with respect to it, adds them up, and keeps what is positive.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageOps

import dlib_net

BLOCKS = [f"layer{s}.{b}" for s, count in enumerate((3, 4, 6, 3), 1) for b in range(count)]
SIDE = 224  # the shorter side of what the network sees; the longer one is at most 4 times it
USUAL = {"resnet50": "torchvision", "resnet50-dlib": "dlib"}  # what the weights were trained on
COLOURS = np.array([[20, 20, 110], [0, 150, 190], [250, 220, 60], [220, 30, 20]])  # cold to hot


class InputError(Exception):
    """Something the user gave won't do; the message says what would."""


class Parser(argparse.ArgumentParser):
    """Refuses in one sentence, without the usage."""

    def error(self, message: str) -> NoReturn:
        """Called by argparse."""
        raise InputError(message)


def read_picture(path: Path) -> Image.Image:
    """An image file as upright RGB."""
    try:
        with Image.open(path) as file:
            return ImageOps.exif_transpose(file).convert("RGB")
    except FileNotFoundError:
        raise InputError(f"there is no file {path}; give an image") from None
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        raise InputError(f"{path} can't be read as an image; give a JPEG or PNG file") from None


def draw_picture() -> Image.Image:
    """A few coloured shapes, drawn large and scaled down for smooth edges."""
    picture = Image.new("RGB", (1280, 960), (226, 222, 210))
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 640, 1280, 960), fill=(150, 170, 140))
    draw.ellipse((150, 180, 570, 600), fill=(214, 92, 60))
    draw.polygon([(900, 150), (1180, 660), (640, 660)], fill=(60, 110, 170))
    draw.rounded_rectangle((380, 520, 760, 860), 50, fill=(240, 190, 70))
    return picture.resize((640, 480), Image.Resampling.LANCZOS)


def to_input(picture: Image.Image, preprocess: str) -> Any:
    """The picture as the weights want it: dlib normalises uint8 itself, torchvision's are ours."""
    width, height = picture.size
    if max(width, height) > 4 * min(width, height):
        raise InputError(f"the picture is {width}x{height}; give one no longer than 4 to 1")
    scale = SIDE / min(width, height)
    size = (round(width * scale), round(height * scale))
    pixels = np.asarray(picture.resize(size, Image.Resampling.BICUBIC))
    if preprocess == "dlib":
        return pixels
    mean, std = np.array([[0.485, 0.456, 0.406], [0.229, 0.224, 0.225]])
    return ((pixels / 255 - mean) / std).astype(np.float32).transpose(2, 0, 1)[np.newaxis]


def grad_cam(net: dlib_net.ResNet50, x: Any, number: int, layer: str) -> NDArray[np.float32]:
    """The map of class `number` at a block such as "layer4.2": rows x columns, from 0 up."""
    net.backward(x, [number])
    activation = net.layer_outputs([layer])[layer].numpy()[0]  # channels x rows x columns
    # Grad-CAM wants the gradient with respect to this activation, which comes after the block's
    # ReLU. dlib works in place and keeps the one with respect to the sum before that ReLU, as
    # "layer4.2.add": it is 0 wherever the activation is 0, so its mean is another one.
    # After the last block only the average pool follows, so there the true gradient is known:
    # each of the rows * columns positions gets an equal share of the pool's gradient.
    # For the other blocks this takes the masked gradient: their maps only approximate Grad-CAM.
    if layer == BLOCKS[-1]:
        pooled = net.layer_gradients(["avgpool"])["avgpool"].numpy()[0, :, 0, 0]
        weights = pooled / activation[0].size
    else:
        weights = net.layer_gradients([f"{layer}.add"])[f"{layer}.add"].numpy()[0].mean((1, 2))
    return np.maximum(np.tensordot(weights, activation, 1), 0)


def blend(picture: Image.Image, cam: NDArray[np.float32]) -> Image.Image:
    """The picture in grey; over it the map, in colour, scaled to its own maximum."""
    small = Image.fromarray(cam / (float(cam.max()) or 1.0))
    heat = np.asarray(small.resize(picture.size, Image.Resampling.BICUBIC)).clip(0, 1)[..., None]
    colour = np.concatenate([np.interp(heat, [0, 1 / 3, 2 / 3, 1], c) for c in COLOURS.T], axis=2)
    grey = np.asarray(picture.convert("L"))[..., None]
    opacity = 0.25 + 0.4 * heat
    return Image.fromarray((grey * (1 - opacity) + colour * opacity).round().astype(np.uint8))


def run(options: argparse.Namespace) -> str:
    """Makes the map and writes it; returns what to tell about it."""
    if options.number is not None and not 0 <= options.number < 1000:
        raise InputError(f"--class {options.number} does not exist; give a number from 0 to 999")
    if not options.output.parent.is_dir():
        raise InputError(f"the folder {options.output.parent} for --output does not exist")
    picture = read_picture(options.image) if options.image else draw_picture()
    x = to_input(picture, options.preprocess or USUAL[options.network])
    with dlib_net.ResNet50(options.network, "infer", options.device, seed=0) as net:
        if options.weights:
            net.load_weights(options.weights)
        else:
            print("no --weights: this network knows nothing (seed 0); its map shows only the "
                  "mechanics", file=sys.stderr)  # fmt: skip
        likeliest = options.number is None
        number = int(net.forward(x).numpy().argmax()) if likeliest else options.number
        cam = grad_cam(net, x, number, options.layer)
    if not np.isfinite(cam).all():
        raise InputError("the map holds NaN or infinite values; give weights that don't")
    if not cam.any():
        print(f"nothing in {options.layer} speaks for class {number}", file=sys.stderr)
    blend(picture, cam).save(options.output, format="PNG")
    return f"{options.output}: class {number}, {options.layer}, {cam.shape[0]}x{cam.shape[1]} map"


def main(arguments: list[str] | None = None) -> int:
    """The command line; returns the exit status."""
    parser = Parser(description="Draws a Grad-CAM heat map over a picture, computed by dlib.")
    add = parser.add_argument
    add("image", nargs="?", type=Path, help="a picture; without one, a few shapes are drawn")
    add("--weights", type=Path, metavar="FILE", help="a .safetensors or .pth state dict")
    add("--class", dest="number", type=int, metavar="N", help="0 to 999; default: the likeliest")
    add("--network", default="resnet50", choices=tuple(USUAL))
    add("--preprocess", choices=tuple(USUAL.values()), help="default: as the network")
    add("--device", default="cpu", help="cpu, cuda or cuda:N (default: cpu)")
    add("--layer", default=BLOCKS[-1], choices=BLOCKS, metavar="BLOCK", help="default: layer4.2")
    add("--output", type=Path, default=Path("grad_cam.png"), metavar="FILE", help="the PNG")
    try:
        print(run(parser.parse_args(arguments)))
    except (InputError, dlib_net.DlibError, OSError) as error:
        print(f"grad_cam: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
