"""Brings foreign arrays in: float32 N x 3 x H x W as they are, uint8 images normalised by dlib."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any

import numpy as np

from dlib_net import _dlpack
from dlib_net.errors import DlibError, DtypeError, ShapeError
from dlib_net.tensor import LEGACY_DEFAULT_STREAM, Tensor

# Called with the shape N x C x H x W before anything is copied; raises for one that won't do.
CheckShape = Callable[[tuple[int, ...]], None]


def is_image_data(data: object) -> bool:
    """True for uint8 arrays and for lists or tuples, which can only be images."""
    if isinstance(data, list | tuple):
        return True
    return "uint8" in str(getattr(data, "dtype", ""))


def images_to_tensor(
    backend: ModuleType, kind: str, index: int, data: Any, check: CheckShape
) -> Tensor:
    """uint8 H x W x 3 images (a list, or N x H x W x 3) through dlib's own input layer."""
    images = _host_images(data, check)
    count, rows, columns, _ = images.shape
    shape = (count, 3, rows, columns)
    memory = backend.images_to_memory(index, images.ctypes.data, shape)
    return Tensor(backend, kind, index, memory.address, shape, memory)


def _host_images(data: Any, check: CheckShape) -> np.ndarray[Any, np.dtype[np.uint8]]:
    if isinstance(data, list | tuple):
        if not data:
            raise ShapeError("images is empty; give at least one uint8 H x W x 3 array")
        parts = [_one_host_array(image) for image in data]
        sizes = {part.shape for part in parts}
        if len(sizes) > 1:
            raise ShapeError(
                f"the images have different shapes {sorted(sizes)}; bring them to one size first"
            )
        shape = (len(parts), *parts[0].shape)
        dtype = np.result_type(*parts)
    else:
        parts = [_one_host_array(data)]
        shape, dtype = parts[0].shape, parts[0].dtype
        if len(shape) == 3:
            shape = (1, *shape)
    if dtype != np.uint8:
        raise DtypeError(f"images have dtype {dtype}; give uint8 H x W x 3 arrays")
    if len(shape) != 4 or shape[3] != 3:
        raise ShapeError(f"images have shape {shape}; give uint8 arrays H x W x 3 or N x H x W x 3")
    check((shape[0], 3, *shape[1:3]))  # before they are copied
    return np.ascontiguousarray(
        np.stack(parts) if isinstance(data, list | tuple) else parts[0].reshape(shape)
    )


def _one_host_array(data: Any) -> np.ndarray[Any, Any]:
    if getattr(data, "is_cuda", False):
        raise DlibError("images must lie in host memory; call .cpu() on them first")
    try:
        array = np.asarray(data)
    except (TypeError, ValueError, RuntimeError) as error:
        raise DtypeError(f"images can't be read as an array: {error}") from None
    if array.dtype == object:
        raise DtypeError(f"an image is a {type(data).__name__}; give uint8 H x W x 3 arrays")
    return array


def array_to_tensor(
    backend: ModuleType, kind: str, index: int, data: Any, check: CheckShape
) -> Tensor:
    """float32 memory as it is: borrowed on the same device, copied from host to device."""
    if isinstance(data, np.ndarray) or not hasattr(data, "__dlpack__"):
        if hasattr(data, "__cuda_array_interface__"):
            return _from_cuda_interface(backend, kind, index, data, check)
        return _from_host(backend, kind, index, data, check)
    if hasattr(data, "detach"):  # PyTorch exports no tensor that requires its gradient
        data = data.detach()
    _check_dtype(data)
    try:
        device_type, device_index = data.__dlpack_device__()
    except (ValueError, RuntimeError, BufferError) as error:
        raise DlibError(f"the array's device can't be used: {error}") from None
    name = _dlpack.DEVICE_NAMES.get(int(device_type))
    if name is None:
        raise DlibError(f"the array lies on a device of DLPack type {device_type}; use CPU or CUDA")
    if name == "cpu":
        return _from_host(backend, kind, index, data, check)
    _check_same_device(kind, index, int(device_index))
    check(tuple(data.shape))
    if hasattr(data, "is_contiguous") and not data.is_contiguous():
        data = data.contiguous()
    taken = _dlpack.take_capsule(data.__dlpack__(stream=LEGACY_DEFAULT_STREAM))
    if not taken.is_float32:
        raise DtypeError("the array is not float32; convert it first")
    if not _contiguous(taken.shape, taken.strides):
        raise ShapeError("the device array is not C-contiguous; make it contiguous first")
    return Tensor(backend, kind, index, taken.address, taken.shape, taken,
                  read_only=taken.read_only)  # fmt: skip


def _from_host(backend: ModuleType, kind: str, index: int, data: Any, check: CheckShape) -> Tensor:
    array = _host_array(data, check)
    if kind == "cpu":
        return Tensor(backend, kind, index, array.ctypes.data, array.shape, array,
                      read_only=not array.flags.writeable)  # fmt: skip
    memory = backend.allocate_memory(index, array.shape)
    backend.copy_in(index, memory.address, array.ctypes.data, array.size)
    return Tensor(backend, kind, index, memory.address, array.shape, memory)


def _host_array(data: Any, check: CheckShape) -> np.ndarray[Any, Any]:
    try:
        array = np.asarray(data)
    except (TypeError, ValueError, RuntimeError) as error:
        raise DtypeError(f"{type(data).__name__} can't be read as an array: {error}") from None
    if array.dtype != np.float32:
        raise DtypeError(f"the array has dtype {array.dtype}; give float32, or uint8 images")
    check(array.shape)
    return np.require(array, requirements=["C", "ALIGNED"])


def copy_into(
    backend: ModuleType, kind: str, index: int, address: int, data: Any, check: CheckShape
) -> None:
    """Overwrites the float32 memory at `address`; from the host without an allocation."""
    if kind == "cuda" and isinstance(data, np.ndarray):
        array = _host_array(data, check)
        backend.copy_in(index, address, array.ctypes.data, array.size)
        return
    source = array_to_tensor(backend, kind, index, data, check)
    backend.copy(index, address, source.address, source.size)


def _from_cuda_interface(
    backend: ModuleType, kind: str, index: int, data: Any, check: CheckShape
) -> Tensor:
    interface = data.__cuda_array_interface__
    if interface["typestr"] != "<f4":
        raise DtypeError(f"the array has type {interface['typestr']}; give float32 (<f4)")
    shape = tuple(interface["shape"])
    check(shape)
    strides = interface.get("strides")
    if strides is not None and not _contiguous(shape, [stride // 4 for stride in strides]):
        raise ShapeError("the device array is not C-contiguous; make it contiguous first")
    if kind != "cuda":
        _check_same_device(kind, index, 0)
    address, read_only = interface["data"]
    backend.synchronize(index)  # the interface may name any stream; rare enough to wait for all
    return Tensor(backend, kind, index, address, shape, data, read_only=read_only)


def _check_dtype(data: Any) -> None:
    dtype = str(getattr(data, "dtype", "float32"))
    if dtype.rpartition(".")[2] != "float32":
        raise DtypeError(f"the array has dtype {dtype}; give float32, or uint8 images")


def _check_same_device(kind: str, index: int, other: int) -> None:
    own = "cpu" if kind == "cpu" else f"cuda:{index}"
    if kind != "cuda" or index != other:
        raise DlibError(
            f"the array lies on cuda:{other} and the network on {own}; move the array there first"
        )


def _contiguous(shape: Sequence[int], strides: Sequence[int]) -> bool:
    expected = 1
    for size, stride in zip(reversed(shape), reversed(strides), strict=True):
        if size != 1 and stride != expected:
            return False
        expected *= size
    return True
