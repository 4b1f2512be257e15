"""Tensor: float32 memory on a device, its own or borrowed, exchanged without copies."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dlib_net import _dlpack
from dlib_net.errors import DlibError, ShapeError

# DLPack's codes for devices, and the stream numbers of its Python protocol for CUDA
# (https://data-apis.org/array-api/latest/API_specification/generated/array_api.array.__dlpack__.html).
_DLPACK_CPU, _DLPACK_CUDA = 1, 2
LEGACY_DEFAULT_STREAM = 1


class Tensor:
    """A C-contiguous float32 array on one device.

    It owns its memory, borrows it from the array it was made of, or shows a network's logits;
    those are valid until the network's next forward pass, and reading them later raises DlibError.
    Exchange is by DLPack and the array interfaces, zero-copy on the same device.
    """

    __slots__ = ("_address", "_backend", "_current", "_index", "_kind", "_lock", "_owner",
                 "_read_only", "_shape")  # fmt: skip

    def __init__(
        self,
        backend: ModuleType,
        kind: str,
        index: int,
        address: int,
        shape: tuple[int, ...],
        owner: object,
        *,
        read_only: bool = False,
        current: Callable[[], bool] | None = None,
        lock: AbstractContextManager[Any] | None = None,
    ) -> None:
        self._backend = backend
        self._kind = kind
        self._index = index
        self._address = address
        self._shape = shape
        self._owner = owner
        self._read_only = read_only
        self._current = current
        self._lock: AbstractContextManager[Any] = nullcontext() if lock is None else lock

    @property
    def shape(self) -> tuple[int, ...]:
        """The size of each dimension."""
        return self._shape

    @property
    def ndim(self) -> int:
        """The number of dimensions."""
        return len(self._shape)

    @property
    def size(self) -> int:
        """The number of elements."""
        return int(np.prod(self._shape))

    @property
    def dtype(self) -> np.dtype[np.float32]:
        """Always float32."""
        return np.dtype(np.float32)

    @property
    def device(self) -> str:
        """ "cpu" or "cuda:N"."""
        return "cpu" if self._kind == "cpu" else f"cuda:{self._index}"

    @property
    def address(self) -> int:
        """Where the data lies, as a host or device address. Raises DlibError if it is gone."""
        if self._current is not None and not self._current():
            raise DlibError(
                "these logits were overwritten by a later call of their network; "
                "copy() them before it to keep them"
            )
        return self._address

    def __len__(self) -> int:
        return self._shape[0]

    def __repr__(self) -> str:
        return f"dlib_net.Tensor(shape={self._shape}, dtype=float32, device={self.device!r})"

    def copy(self) -> Tensor:
        """An independent copy on the same device."""
        shape = self._shape + (1,) * (4 - self.ndim)
        memory = self._backend.allocate_memory(self._index, shape)
        with self._lock:  # another thread's pass must not overwrite what is being copied
            self._backend.copy(self._index, memory.address, self.address, self.size)
        return Tensor(self._backend, self._kind, self._index, memory.address, self._shape, memory)

    def copy_from(self, data: Any) -> None:
        """Overwrites the values with those of a float32 array of the same shape.

        From numpy, PyTorch or anything with DLPack, on the host or the same device; for inputs that
        keep their place while their contents change. On CUDA it doesn't wait for the device.
        Raises ShapeError, DtypeError, or DlibError for memory that may not be written.
        """
        from dlib_net import _exchange

        if self._read_only or self._current is not None:
            raise DlibError("this tensor's memory can't be written; to_tensor makes one that can")

        def check(shape: tuple[int, ...]) -> None:
            if tuple(shape) != self._shape:
                raise ShapeError(f"the array has shape {tuple(shape)}; give {self._shape}")

        _exchange.copy_into(self._backend, self._kind, self._index, self.address, data, check)

    def numpy(self) -> NDArray[np.float32]:
        """The values as a numpy array.

        It shares memory with a host tensor that is stable; logits, which the next forward pass
        overwrites, and device memory are copied.
        """
        if self._kind == "cpu" and self._current is None:
            return np.asarray(self)
        result = np.empty(self._shape, np.float32)
        with self._lock:
            self._backend.copy_out(self._index, result.ctypes.data, self.address, self.size)
        return result

    # ---- array protocols ----------------------------------------------------------------
    @property
    def __array_interface__(self) -> dict[str, Any]:
        if self._kind != "cpu":
            raise AttributeError("a tensor in device memory has no __array_interface__")
        return self._interface()

    @property
    def __cuda_array_interface__(self) -> dict[str, Any]:
        if self._kind != "cuda":
            raise AttributeError("a tensor in host memory has no __cuda_array_interface__")
        return {**self._interface(), "version": 3, "stream": LEGACY_DEFAULT_STREAM}

    def _interface(self) -> dict[str, Any]:
        return {
            "shape": self._shape,
            "typestr": "<f4",
            "data": (self.address, self._read_only),
            "strides": None,
            "version": 3,
        }

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        if self._kind != "cpu":
            if copy is False:
                raise ValueError("a tensor in device memory can't become a numpy array uncopied")
            array: NDArray[Any] = self.numpy()
            return array if dtype is None else array.astype(dtype, copy=False)
        # numpy keeps what carries the interface alive; here that is this tensor and its owner.
        array = np.array(_InterfaceOnly(self), copy=False)
        if dtype is not None and np.dtype(dtype) != array.dtype:
            if copy is False:
                raise ValueError(f"float32 can't become {np.dtype(dtype)} without a copy")
            return array.astype(dtype)
        return array.copy() if copy else array

    def __dlpack_device__(self) -> tuple[int, int]:
        return (_DLPACK_CPU, 0) if self._kind == "cpu" else (_DLPACK_CUDA, self._index)

    def __dlpack__(
        self,
        *,
        stream: int | None = None,
        max_version: tuple[int, int] | None = None,
        dl_device: tuple[int, int] | None = None,
        copy: bool | None = None,
    ) -> object:
        if dl_device is not None and tuple(dl_device) != self.__dlpack_device__():
            raise BufferError(
                f"a tensor on {self.device} can't be exported to device {tuple(dl_device)}; "
                "copy it there first"
            )
        versioned = max_version is not None and max_version[0] >= 1
        if self._read_only and not versioned and not copy:
            raise BufferError("read-only memory needs DLPack 1.0 or a copy")
        source = self.copy() if copy else self
        if self._kind == "cuda" and stream not in (None, -1, 0, LEGACY_DEFAULT_STREAM):
            self._backend.make_stream_wait(self._index, stream)
        return _dlpack.make_capsule(
            source,
            source.address,
            self._shape,
            cuda=self._kind == "cuda",
            device=self._index,
            versioned=versioned,
            read_only=self._read_only and not copy,
            copied=bool(copy),
        )


class _InterfaceOnly:
    """Carries a tensor's array interface without its __array__, which would ask for itself."""

    def __init__(self, tensor: Tensor) -> None:
        self._tensor = tensor
        self.__array_interface__ = tensor.__array_interface__
