"""Which device a run would use, from what is known of the machine so far.

`auto` is what `benchcore.device.choose` makes of it: the first GPU if dlib and PyTorch can both use
it, else the CPU. Until they have answered, the GPU is taken to be the one.
"""

from collections.abc import Mapping, Sequence

from benchcore.device import FIRST_GPU, Standing
from benchcore.errors import UsageError
from benchcore.plan import device_name
from tui.presets import CONTENDERS
from tui.surroundings import DeviceFacts

CPU = "cpu"


class DeviceChoice:
    """Told what is found, says what follows."""

    def __init__(self) -> None:
        self._devices: Sequence[DeviceFacts] | None = None
        self._standings: dict[str, Mapping[str, Standing]] = {}

    def found(self, devices: Sequence[DeviceFacts]) -> bool:
        """The machine's devices, as they are now; whether others than before."""
        before = self.names
        first = self._devices is None
        self._devices = devices
        return first or self.names != before

    def stand(self, device: str, standings: Mapping[str, Standing]) -> None:
        """Who can run on a device."""
        self._standings[device] = standings

    @property
    def names(self) -> list[str]:
        """The devices that there are, as `--device` takes them."""
        return [facts.name for facts in self._devices or ()]

    def standings(self, device: str) -> Mapping[str, Standing] | None:
        """Who can run on a device; None if nobody has answered yet."""
        return self._standings.get(device)

    def facts(self, device: str | None) -> DeviceFacts | None:
        """What is known of a device."""
        return next((facts for facts in self._devices or () if facts.name == device), None)

    def resolved(self, chosen: str | None) -> str | None:
        """The device of a choice, None being the automatic one; None while nobody knows."""
        if chosen is not None or self._devices is None:
            return chosen
        return FIRST_GPU if FIRST_GPU in self.names and self.gpu_reason() is None else CPU

    def is_settled(self, chosen: str | None) -> bool:
        """Whether the run would choose the same: nothing that is still asked can change it."""
        device = self.resolved(chosen)
        return chosen is not None or device == CPU or device in self._standings

    def gpu_reason(self) -> str | None:
        """Why the automatic choice is not the GPU, as far as that is known."""
        standings = self._standings.get(FIRST_GPU, {})
        for name in CONTENDERS:
            if name in standings and standings[name].reason is not None:
                return f"{name} can't use {FIRST_GPU}. {standings[name].reason}"
        return None

    def first(self, asked: str | None) -> tuple[str | None, str | None]:
        """What to choose for what was asked for, and a sentence where that is something else."""
        try:
            chosen = None if asked is None else device_name("--device", asked)
        except UsageError:
            chosen = asked
        if chosen is None or chosen == "auto" or chosen in self.names:
            return (None if chosen == "auto" else chosen), None
        return None, f"{chosen} was asked for, but this machine has no such device."
