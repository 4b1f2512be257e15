"""dlib's ResNet-50 from Python, on the CPU and on CUDA, exchanging memory with PyTorch and numpy.

net = dlib_net.ResNet50("resnet50", "infer", "cpu")
net.load_weights("resnet50.safetensors")
logits = net.forward(net.to_tensor(images)).numpy()
"""

from dlib_net._backends import available_devices, synchronize
from dlib_net._build_info import build_info
from dlib_net.errors import (
    DeviceMemoryError,
    DlibError,
    DtypeError,
    LabelError,
    NonFiniteLossError,
    ShapeError,
    StateError,
)
from dlib_net.network import ResNet50
from dlib_net.tensor import Tensor

__all__ = [
    "DeviceMemoryError",
    "DlibError",
    "DtypeError",
    "LabelError",
    "NonFiniteLossError",
    "ResNet50",
    "ShapeError",
    "StateError",
    "Tensor",
    "available_devices",
    "build_info",
    "synchronize",
]
