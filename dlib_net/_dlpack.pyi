from typing import Any

DEVICE_NAMES: dict[int, str]

class Imported:
    address: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]
    device_type: int
    device_id: int
    read_only: bool
    is_float32: bool

def make_capsule(
    owner: object,
    address: int,
    shape: tuple[int, ...],
    *,
    cuda: bool,
    device: int,
    versioned: bool,
    read_only: bool,
    copied: bool,
) -> object: ...
def take_capsule(capsule: Any) -> Imported: ...
