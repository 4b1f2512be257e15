"""The least memory traffic of an iteration, in float32: what even a perfect fusion has to move.

Every product (convolution or last layer) reads its whole input map and its weights once and writes
its output once; all between two products is fused into them and moves nothing of its own. So an
iteration of N images moves, over all products,

    infer: 4 bytes x sum(N x (inputs + outputs) + weights)
    train: three times that, and 4 bytes x 5 x sum(weights)

In training each product is followed by two more, for the gradients of its inputs and weights, and
each of the three moves tensors of the same sizes. The update reads the weights, their gradients and
the momentum, and writes weights and momentum. Biases, normalisation parameters and the images'
way from the host are left out.
"""

from benchcore.macs import TRAINING_FACTOR
from benchcore.products import products

FLOAT_BYTES = 4
UPDATE_PASSES = 5


def least_bytes(network: str, mode: str, batch: int, height_px: int, width_px: int) -> int:
    """Bytes read plus bytes written in one iteration; `mode` is `infer` or `train`."""
    moved = weights = 0
    for product in products(network, height_px, width_px):
        moved += batch * (product.inputs + product.outputs) + product.weights
        weights += product.weights
    if mode == "train":
        moved = TRAINING_FACTOR * moved + UPDATE_PASSES * weights
    return FLOAT_BYTES * moved
