"""The device's own clock: pairs of CUDA events around iterations, through the driver.

Both frameworks work in the device's primary context, on the legacy default stream or on streams
that it waits for, so events on that stream see the work of either, and neither is asked for help.
"""

import ctypes
from typing import Any

LEGACY_STREAM = None
"""The driver's null stream: it orders itself after all blocking streams of the context."""


class DeviceEvents:
    """Spans between `start` and `stop`, read in milliseconds once the device is idle.

    The resolution is about 0.5 microseconds (CUDA driver API, cuEventElapsedTime). Raises OSError
    if the driver refuses; the calling thread must have the device's context (`open_context`).
    """

    def __init__(self) -> None:
        self._driver = ctypes.CDLL("libcuda.so.1")
        self._pairs: list[tuple[ctypes.c_void_p, ctypes.c_void_p]] = []

    def _event(self) -> ctypes.c_void_p:
        event = ctypes.c_void_p()
        self._check(self._driver.cuEventCreate(ctypes.byref(event), 0))
        return event

    def start(self, index: int) -> None:
        """The span `index` begins with what is queued next; its events may be made now."""
        while len(self._pairs) <= index:
            self._pairs.append((self._event(), self._event()))
        self._check(self._driver.cuEventRecord(self._pairs[index][0], LEGACY_STREAM))

    def stop(self, index: int) -> None:
        """The span `index` ends with what was queued last."""
        self._check(self._driver.cuEventRecord(self._pairs[index][1], LEGACY_STREAM))

    def spans_ms(self, count: int) -> list[float]:
        """The first `count` spans, after a synchronisation."""
        elapsed = ctypes.c_float()
        spans = []
        for start, stop in self._pairs[:count]:
            self._check(self._driver.cuEventElapsedTime(ctypes.byref(elapsed), start, stop))
            spans.append(float(elapsed.value))
        return spans

    def close(self) -> None:
        """Give the events back."""
        for pair in self._pairs:
            for event in pair:
                self._driver.cuEventDestroy_v2(event)
        self._pairs = []

    @staticmethod
    def _check(code: Any) -> None:
        if code != 0:
            raise OSError(f"the CUDA driver can't time the device (error {code})")
