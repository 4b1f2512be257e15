"""The charts as SVG."""

import xml.etree.ElementTree as ET

import msgspec
import sample_documents

from benchcore.report import RENDERERS, palette, svg
from benchcore.report.charts import Chart, Point, Series
from benchcore.report.strip import BINS, histogram, strip

SVG = "{http://www.w3.org/2000/svg}"


def test_every_chart_is_one_picture_with_words():
    root = ET.fromstring(RENDERERS["svg"](sample_documents.small()))
    pictures = [group for group in root.iter(f"{SVG}g") if group.get("role") == "img"]
    assert len(pictures) == 6
    for picture in pictures:
        title, description = picture.get("aria-labelledby").split()
        assert picture.find(f"{SVG}title[@id='{title}']").text.startswith("resnet50, ")
        assert "against batch size" in picture.find(f"{SVG}desc[@id='{description}']").text


def test_it_follows_light_and_dark_by_itself():
    content = RENDERERS["svg"](sample_documents.small())
    assert "@media (prefers-color-scheme:dark)" in content
    assert "var(--c0)" in content


def test_no_two_of_56_contenders_share_colour_and_shape():
    looks = {(palette.colour(n), palette.shape(n).path) for n in range(56)}
    assert len(looks) == 56
    assert len({shape.matplotlib for shape in palette.SHAPES}) == len(palette.SHAPES)


def _luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_contrast_is_enough_for_text_and_for_marks():
    for ink, colours in ((palette.LIGHT_INK, palette.LIGHT), (palette.DARK_INK, palette.DARK)):
        for paper in (ink["paper"], ink["panel"]):
            for name in ("ink", "muted", "link", "better", "worse", "wrong"):
                assert _contrast(ink[name], paper) >= 4.5, (name, paper)
            assert all(_contrast(colour, paper) >= 3 for colour in colours)


def test_a_line_breaks_at_a_gap():
    points = (Point(1, 1.0), None, Point(4, 2.0), Point(8, 3.0))
    drawn = svg.draw(Chart("g", "t", "ms", False, (Series("dlib", 0, points),)), "x")
    (line,) = [
        element.get("d")
        for element in ET.fromstring(f"<g>{drawn}</g>").iter("path")
        if element.get("class") == "line s0"
    ]
    assert (line.count("M"), line.count("L")) == (2, 1)


def test_a_long_name_is_cut_in_the_picture_and_whole_in_its_words():
    name = "n" * 200
    drawn = svg.draw(Chart("g", "t", "ms", False, (Series(name, 0, (Point(1, 1.0),)),)), "x")
    texts = [element.text for element in ET.fromstring(f"<g>{drawn}</g>").iter("text")]
    assert max(map(len, texts)) < 30
    assert name in drawn


def test_strips_leave_out_what_was_repeated():
    result = sample_documents.contender(1, 10.0, 1.0)
    drawn = strip("dlib", 0, result)
    assert "24 iterations in 2 blocks; disturbed, repeated and left out: 1 block" in drawn
    assert drawn.count("<path") == 1
    only = [msgspec.structs.replace(block, superseded=True) for block in result.samples]
    assert strip("dlib", 0, msgspec.structs.replace(result, samples=only)) == ""


def test_histograms_count_everything():
    values = [1.0, 1.0, 2.0, 3.0]
    counts = histogram(values, 1.0, 3.0)
    assert (counts[0], counts[BINS // 2], counts[-1], sum(counts)) == (2, 1, 1, 4)
    assert sum(histogram([5.0] * 3, 5.0, 5.0)) == 3
