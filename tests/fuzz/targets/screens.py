"""The screens themselves: documents opened and recordings played in a terminal of Textual's own."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

import bases
import commands
import mutation
from guard import give
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from benchcore import result
from benchcore.errors import UsageError
from targets import events as streams
from tui.app import BenchApp
from tui.replay import Replay, read_recording
from tui.settings import Settings

CASES = 200

KEYS = ("down", "enter", "tab", "m", "e", "escape", "h", "down")
"""A cell, its charts, the dialogue of the export, the history. None leads to the first screen: it
starts a process to ask what there is to measure."""


@dataclass(frozen=True)
class Case:
    """A document or a stream, and the terminal."""

    content: bytes
    stream: bool
    ascii: bool
    size: tuple[int, int]


def cases() -> SearchStrategy[Case]:
    """Documents mostly with gentle changes, so that they are shown."""
    texts = st.sampled_from(bases.documents())
    changed = st.builds(mutation.changed_json, texts, mutation.changes(mutation.GENTLE))
    played = streams.cases().map(lambda case: b"\n".join(case.lines))
    return st.booleans().flatmap(
        lambda stream: st.builds(
            Case,
            content=played if stream else changed,
            stream=st.just(stream),
            ascii=st.booleans(),
            size=st.sampled_from([(80, 24), (120, 40)]),
        )
    )


def check(case: Case, folder: Path) -> None:
    """Whatever is shown, no screen fails and no text acts."""
    path = folder / "shown.json"
    give(path, case.content)
    settings = Settings(folder=folder.parent / "out", ascii=case.ascii)
    try:
        if case.stream:
            source = Replay(read_recording(path), float("inf"))
            app = BenchApp(settings, lambda app: app.play(source))
        else:
            document = result.read(path)
            app = BenchApp(settings, lambda app: app.open_document(document, path))
    except UsageError as error:
        commands.refused(error)
        return
    asyncio.run(_looked_at(app, case))


async def _looked_at(app: BenchApp, case: Case) -> None:
    async with app.run_test(size=case.size) as pilot:
        for key in KEYS:
            await pilot.press(key)
            if case.stream and hasattr(app.screen, "_tick"):
                app.screen._tick()
            strips = app.screen._compositor.render_strips()
            for strip in strips:
                commands.inert(strip.text)
                assert len(strip.text) <= case.size[0]
                for segment in strip:
                    style = segment.style
                    assert style is None or style.link is None
                    meta = {} if style is None else style.meta
                    assert "app.quit" not in str(meta.get("@click", ""))
    app.end_runs()
