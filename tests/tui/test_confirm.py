import pytest
import samples
from textual.widgets import Button

from tui.screens.confirm import ConfirmScreen
from tui.settings import Settings

QUESTION = "Stop the run?\nWhat was measured is kept."


def app_of(question=QUESTION, **settings):
    screen = ConfirmScreen(question, yes="Stop the run", no="Go on")
    return samples.StandIn(screen, Settings(**settings))


@pytest.mark.parametrize(
    ("keys", "answer"),
    [
        (["y"], True),
        (["n"], False),
        (["escape"], False),
        (["enter"], False),
        (["left", "enter"], True),
        (["tab", "enter"], True),
        (["left", "right", "enter"], False),
    ],
)
@samples.piloted
async def test_keys(keys, answer):
    app = app_of()
    async with app.run_test() as pilot:
        await pilot.pause()
        assert app.focused.id == "no"
        await pilot.press(*keys)
        await pilot.pause()
        assert app.answers == [answer]


@pytest.mark.parametrize(("button", "answer"), [("#yes", True), ("#no", False)])
@samples.piloted
async def test_mouse(button, answer):
    app = app_of()
    async with app.run_test() as pilot:
        await pilot.pause()
        assert await pilot.click(button)
        await pilot.pause()
        assert app.answers == [answer]


@pytest.mark.parametrize("size", samples.SIZES)
@pytest.mark.parametrize("ascii_only", [False, True])
@samples.piloted
async def test_everything_is_seen(size, ascii_only):
    app = app_of(ascii=ascii_only)
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        text = samples.seen(app)
        for words in (*QUESTION.splitlines(), "Stop the run", "Go on"):
            assert words in text
        assert not ascii_only or text.isascii()
        samples.nothing_outside(app)


@samples.piloted
async def test_hostile_words_stay_words():
    screen = ConfirmScreen(samples.HOSTILE, yes=samples.HOSTILE, no="[b]No[/b]")
    app = samples.StandIn(screen, Settings())
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        assert "[red]bold[/red]" in samples.seen(app)
        assert str(app.screen.query_one("#no", Button).label) == "[b]No[/b]"
