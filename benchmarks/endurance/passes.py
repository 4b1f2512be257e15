"""Thousands of forward passes and training steps with changing batches, hundreds of networks.

A bound of memory lies between two things: the slope that a page more or less makes, and the
smallest thing that a call could lose, which each bound names.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

import dlib_net
from benchmarks.endurance.part import Part, followed

SIDE_PX = 32
"""Small images: what is looked for doesn't depend on their size, and the passes are many."""

BATCHES = (1, 2, 3, 2)

FORWARD_BYTES = 256
"""The logits of one image are 4000 bytes, an image is 12288, and an array without its data is a
hundred bytes and keeps what it shows."""

STEP_BYTES = 10 * 1024
"""A step computes with hundreds of tensors; the statistics that it saves are 212 KB. Steps are a
tenth as many as passes, so that the same page is ten times the slope."""

NETWORK_BYTES = 64 * 1024
"""A network holds 100 to 300 MB in 267 arrays. One that kept its classifier's bias and the records
of its layers would lose less; one array of a convolution in the last two stages is 262144 bytes."""


def images(count: int, side_px: int = SIDE_PX, seed: int = 0) -> NDArray[np.float32]:
    """`count` drawn images, N x 3 x H x W."""
    drawn = np.random.default_rng((seed, count, side_px))
    return drawn.standard_normal((count, 3, side_px, side_px), dtype=np.float32)


def forwards(device: str, count: int) -> Part:
    """Passes of one network: float32 and uint8 images, batches of 1 to 3, logits read each time."""
    net = dlib_net.ResNet50("resnet50", "infer", device)
    batches = [images(n) for n in BATCHES]
    photos = [np.full((n, SIDE_PX, SIDE_PX, 3), 99, np.uint8) for n in BATCHES]

    def one(number: int) -> None:
        of = photos if number % 10 == 9 else batches
        net.forward(of[number % len(of)]).numpy()

    did = f"{count} forward passes"
    return followed("forwards", did, device, count, one, "forward", FORWARD_BYTES)


def steps(device: str, count: int) -> Part:
    """Steps of one network on batches of 2 to 4; now and then its state and a layer are read."""
    net = dlib_net.ResNet50("resnet50", "train", device)
    batches = [images(n + 1) for n in BATCHES]
    wrong: list[str] = []

    def one(number: int) -> None:
        x = batches[number % len(batches)]
        loss = net.train_step(x, [number % 1000] * len(x), lr=1e-4)
        if not np.isfinite(loss):
            wrong.append(f"The loss of step {number} is {loss}.")
        if number % 50 == 0:
            net.state_dict()
            net.layer_gradients(["fc"])

    did = f"{count} training steps"
    return followed("steps", did, device, count, one, "step", STEP_BYTES, wrong)


def networks(device: str, count: int) -> Part:
    """Networks of all four kinds, used once; two of three are closed, the others dropped."""
    x = images(2, 64)

    def one(number: int) -> None:
        network = ("resnet50", "resnet50-dlib")[number % 2]
        mode = "train" if number // 2 % 2 else "infer"
        net = dlib_net.ResNet50(network, mode, device, seed=number)
        net.forward(x)
        if mode == "train":
            net.train_step(x, [1, 2], lr=1e-3)
        if number % 3:
            net.close()

    did = f"{count} networks created and destroyed"
    return followed("networks", did, device, count, one, "network", NETWORK_BYTES)
