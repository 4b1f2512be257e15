"""A screen that looks at the machine, in threads, for as long as it is seen.

The threads only post messages. When another screen covers this one everything that is still asked
is ended, since it would disturb what is measured.
"""

from pathlib import Path

from textual.message import Message
from textual.timer import Timer
from textual.worker import get_current_worker

from benchcore.device import Standing
from benchcore.result import Document
from tui import surroundings
from tui.screens.base import BenchScreen
from tui.surroundings import DeviceFacts

LOOK_AGAIN_S = 5.0
"""How often memory and load of the devices are read anew."""


class DevicesFound(Message):
    """What the machine has."""

    def __init__(self, devices: list[DeviceFacts]) -> None:
        super().__init__()
        self.devices = devices


class StandingsFound(Message):
    """Which contenders can run on a device."""

    def __init__(self, device: str, standings: dict[str, Standing]) -> None:
        super().__init__()
        self.device = device
        self.standings = standings


class EarlierFound(Message):
    """Earlier documents of this machine."""

    def __init__(self, documents: list[Document]) -> None:
        super().__init__()
        self.documents = documents


class LookingScreen(BenchScreen):
    """Posts DevicesFound every few seconds, EarlierFound when it is shown, and what it is asked."""

    _again: Timer | None = None

    def on_screen_resume(self) -> None:
        """Look as soon as it is drawn, which threads would delay, and every few seconds."""
        self.call_after_refresh(self._begin_to_look)

    def _begin_to_look(self) -> None:
        if not self.is_current:
            return
        folder = self.bench.settings.folder
        self.run_worker(lambda: self._read_earlier(folder), thread=True, group="earlier")
        self.action_look()
        if self._again is None:
            self._again = self.set_interval(LOOK_AGAIN_S, self.action_look)
        self._again.resume()

    def on_screen_suspend(self) -> None:
        """Leave the machine alone."""
        if self._again is not None:
            self._again.pause()
        self.stop_asking()

    def on_unmount(self) -> None:
        """No process of this screen outlives it."""
        self.stop_asking()

    def action_look(self) -> None:
        """Read the devices' memory, load and users again."""
        self.run_worker(self._read_devices, thread=True, exclusive=True, group="devices")

    def ask_contenders(self, device: str) -> None:
        """Have StandingsFound posted for a device, and for no other that was asked before."""
        self.run_worker(
            lambda: self._read_standings(device), thread=True, exclusive=True, group="standings"
        )

    def stop_asking(self) -> None:
        """End what runs; no answer comes of it."""
        self.workers.cancel_node(self)

    def _read_earlier(self, folder: Path) -> None:
        self.post_message(EarlierFound(surroundings.earlier_documents(folder)))

    def _read_devices(self) -> None:
        self.post_message(DevicesFound(surroundings.devices()))

    def _read_standings(self, device: str) -> None:
        worker = get_current_worker()
        found = surroundings.contender_standings(device, unwanted=lambda: worker.is_cancelled)
        if not worker.is_cancelled:
            self.post_message(StandingsFound(device, found))
