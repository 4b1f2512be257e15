"""The exceptions of dlib_net. Each message is one sentence that says what would be right."""


class DlibError(RuntimeError):
    """Something that dlib, the device or this package refuses."""


class DeviceMemoryError(DlibError, MemoryError):
    """Memory ran out, on the device or the host; the network remains usable."""


class ShapeError(DlibError, ValueError):
    """An array of the wrong rank, size or layout."""


class DtypeError(ShapeError, TypeError):
    """An array, or something else, of the wrong type."""


class LabelError(DlibError, ValueError):
    """Labels out of range, of the wrong type, or not one for each image."""


class StateError(DlibError, ValueError):
    """A state dict or weights file that does not fit the network."""


class NonFiniteLossError(DlibError, ArithmeticError):
    """A training step whose loss is NaN or infinite; nothing was updated."""
