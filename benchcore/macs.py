"""How much arithmetic an image is: multiply-accumulates of the convolutions and the last layer.

Counted from the shapes; normalisation, activation and pooling are left out, as in the 4.09 GMAC
that torchvision gives for its ResNet-50. A training step is three times as much: the forward pass,
and a product of the same size each for the gradients of inputs and of weights.
"""

from benchcore.products import products

TRAINING_FACTOR = 3


def macs_per_image(network: str, mode: str, height_px: int, width_px: int) -> int:
    """Multiply-accumulates of one iteration's share of an image; `mode` is `infer` or `train`."""
    total = sum(product.macs for product in products(network, height_px, width_px))
    return total * (TRAINING_FACTOR if mode == "train" else 1)
