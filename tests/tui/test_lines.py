"""A report's lines on a screen: what is seen of them, and what colours it has."""

import drawing
import samples
from textual.events import MouseScrollDown

from tui.widgets import lines
from tui.widgets.lines import Lines

REPORT = "A title\n      --- 2020 ---\n  1  REGRESSION\n" + "x" * 30 + "\n"


def test_every_word_has_its_colour():
    for word, style in lines.STYLES.items():
        text = lines._styled(f"  1  {word}", title=False)
        assert [str(span.style) for span in text.spans] == [style]
    assert lines._styled("REGRESSIONS", title=False).spans == []


def test_lines_are_as_wide_as_the_widget():
    shown = Lines()
    shown.styles.scrollbar_size_horizontal = 0
    seen = drawing.played(shown, lambda: shown.show(REPORT), (20, 6), (40, 3))
    assert seen == [
        ["A title", "      --- 2020 ---", "  1  REGRESSION", "x" * 20, "", ""],
        ["A title", "      --- 2020 ---", "  1  REGRESSION"],
    ]
    assert [text.style for text in shown.texts] == ["bold", "", "", ""]
    assert shown.virtual_size == (30, 4)


def test_no_line_at_all():
    shown = Lines()
    assert drawing.played(shown, lambda: shown.show(""), (20, 2)) == [["", ""]]


def test_what_acts_in_a_terminal_is_made_harmless():
    shown = Lines()
    (seen,) = drawing.played(shown, lambda: shown.show("\x1b[31m[bold]x[/] \u202ey"), (30, 2))
    assert seen[0].startswith("\ufffd[31m[bold]x[/]")
    assert "\u202e" not in seen[0]


@samples.piloted
async def test_new_lines_keep_the_place_that_was_seen():
    shown = Lines()
    async with drawing.Stage(shown).run_test(size=(20, 4)) as pilot:
        shown.show("\n".join(map(str, range(50))))
        await pilot.pause()
        shown.scroll_to(y=30, animate=False)
        await pilot.pause()
        shown.show("\n".join(map(str, range(100, 150))))
        await pilot.pause()
        assert [strip.text.strip() for strip in map(shown.render_line, range(2))] == ["130", "131"]
        shown.show("1\n2")
        await pilot.pause()
        assert shown.scroll_offset.y == 0


@samples.piloted
async def test_keys_and_wheel_scroll():
    shown = Lines()
    async with drawing.Stage(shown).run_test(size=(20, 10)) as pilot:
        shown.app.animation_level = "none"
        shown.show("\n".join(map(str, range(50))))
        shown.focus()
        await pilot.pause()
        places = []
        for key in ("down", "pagedown", "end", "home", "space"):
            await pilot.press(key)
            await pilot.wait_for_animation()
            places.append(shown.scroll_offset.y)
        assert places[0] == 1
        assert places[1] > 1
        assert places[2] == shown.max_scroll_y == 40
        assert places[3] == 0
        assert places[4] > 1
        await pilot.press("home")
        await pilot._post_mouse_events([MouseScrollDown], Lines, offset=(5, 5))
        await pilot.wait_for_animation()
        assert shown.scroll_offset.y > 0
