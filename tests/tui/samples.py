"""Documents in files, and an application that only notes where its screens want to go."""

import asyncio
import functools
import importlib.util
import sys
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any, ClassVar

import msgspec
from textual.app import App
from textual.binding import Binding
from textual.screen import Screen

from benchcore import result
from benchcore.plan import Request
from benchcore.result import Document
from tui.settings import Settings

SIZES = ((80, 24), (120, 40), (200, 60))

HOSTILE = "[red]bold[/red] [@click=app.quit]x[/] \x1b[31mred\x1b]0;title\x07 \u202eturned\nline [/"


def _of_benchcore(name: str) -> Any:
    """What benchcore's tests share, which lies in another folder of tests."""
    if name not in sys.modules:
        path = Path(__file__).parents[1] / "benchcore" / f"{name}.py"
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    return sys.modules[name]


documents = _of_benchcore("sample_documents")
traces = _of_benchcore("recorded_traces")


def small(day: int = 1, **changes: Any) -> Document:
    created = f"2026-01-{day:02}T10:20:30+00:00"
    return msgspec.structs.replace(documents.small(), **{"created": created, **changes})


def keep(folder: Path, name: str, document: Document) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_bytes(result.encode(document))
    return path


def folder_of_all(folder: Path) -> Path:
    """Three documents, and what may go wrong in a file."""
    keep(folder, "first.json", small(1))
    keep(folder, "second.json", small(2, status="interrupted"))
    keep(folder, "third.json", small(3, notes=["Another."]))
    (folder / "broken.json").write_bytes(b'{"schema_version": "1.0", "tool"')
    (folder / "notes.txt").write_text("no document")
    return folder


class StandIn(App[None]):
    """Implements the Navigator; `calls` has what was asked of it."""

    BINDINGS: ClassVar[list[Any]] = [Binding("f1", "help", "Help", show=False)]

    def __init__(self, first: Screen[Any], settings: Settings) -> None:
        super().__init__()
        self.first = first
        self.settings = settings
        self.calls: list[tuple[Any, ...]] = []
        self.answers: list[Any] = []
        self.said: list[str] = []

    def on_mount(self) -> None:
        self.push_screen(self.first, self.answers.append)

    def notify(self, message: str, **options: Any) -> None:
        assert options["markup"] is False
        self.said.append(message)
        super().notify(message, **options)

    def back(self) -> None:
        self.pop_screen()

    def open_setup(self) -> None:
        self.calls.append(("setup",))

    def begin_run(self, request: Request) -> None:
        self.calls.append(("begin", request))

    def resume_run(self, path: Path) -> None:
        self.calls.append(("resume", path))

    def open_document(self, document: Document, path: Path | None) -> None:
        self.calls.append(("document", document, path))

    def open_history(self) -> None:
        self.calls.append(("history",))

    def open_comparison(self, paths: Sequence[Path]) -> None:
        self.calls.append(("comparison", list(paths)))


async def settled(pilot: Any) -> None:
    """After all threads, and what they told the screens."""
    for _ in range(2):
        await pilot.app.workers.wait_for_complete()
        await pilot.pause()


def seen(app: App[Any]) -> str:
    """What the screen shows, as lines of text."""
    width, height = app.size
    lines = app.screen._compositor.render_strips()
    assert len(lines) <= height
    text = [line.text for line in lines]
    assert all(len(line) <= width for line in text)
    return "\n".join(line.rstrip() for line in text)


async def at_rest(pilot: Any) -> str:
    """What the screen shows once it no longer changes; scroll bars come a moment later."""
    shown, same = "", 0
    while same < 5:
        await pilot.pause(0.02)
        now = seen(pilot.app)
        same = same + 1 if now == shown else 0
        shown = now
    return shown


def nothing_outside(app: App[Any]) -> None:
    """Every displayed widget lies within the screen."""
    for widget in app.screen.walk_children():
        if widget.display and widget.is_on_screen and widget.region.area:
            assert app.screen.region.contains_region(widget.region), widget


def piloted(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    """Runs a coroutine as a test, in a loop of its own."""

    @functools.wraps(test)
    def run(*args: Any, **kwargs: Any) -> None:
        asyncio.run(test(*args, **kwargs))

    return run


def changed(record: Any, **changes: Any) -> Any:
    """A copy of a record with other values."""
    return msgspec.structs.replace(record, **changes)
