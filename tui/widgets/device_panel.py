"""The device that a run would use: its name, memory, driver, and who is on it now."""

from textual.content import Content
from textual.widgets import Static

from benchcore.report.plain import plain
from tui.surroundings import NOT_AVAILABLE, DeviceFacts


class DevicePanel(Static):
    """Four facts, one a line; what isn't known is "not available"."""

    DEFAULT_CSS = """
    DevicePanel {
        height: auto;
        border: round $primary;
        padding: 0 1;
    }
    """

    def __init__(self) -> None:
        super().__init__("Looking what this machine has...", id="device-panel", markup=False)
        self.border_title = "Device"

    def show(self, facts: DeviceFacts | None, name: str) -> None:
        """Show the facts of a device, or that there is none of this name."""
        self.border_title = f"Device {plain(name)}"
        if facts is None:
            self.update(Content(f"{plain(name)} is not to be found on this machine."))
            return
        lines = [
            Content.styled(plain(facts.title), "bold"),
            *(
                Content.assemble((f"{label:<8}", "dim"), plain(value or NOT_AVAILABLE))
                for label, value in (
                    ("Memory", facts.memory_text),
                    ("Driver", facts.driver),
                    ("In use", facts.used_by),
                )
            ),
        ]
        self.update(Content("\n").join(lines))
