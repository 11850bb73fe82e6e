"""Nothing overlaps, nothing is cut, texts fit: of every network, in every style, by measuring."""

import itertools

import pytest

from explain.drawing.sample_networks import SAMPLES
from konv.explain.drawing import draw
from konv.language import using_language
from oracles.svg_drawings import Area, read_drawing

STYLES = ("blocks", "volumes", "graph")
each_style = pytest.mark.parametrize("style", STYLES)


@pytest.fixture(scope="module")
def drawings():
    """Every sample in every style, in both languages in turn."""
    made = {}
    for index, (name, network) in enumerate(SAMPLES.items()):
        with using_language("ko" if index % 2 else "en"):
            for style in STYLES:
                made[style, name] = read_drawing(draw(network, style).svg)
    return made


def of_style(drawings, style):
    return {name: read for (made, name), read in drawings.items() if made == style}


@each_style
def test_no_two_layers_overlap(style, drawings):
    for name, read in of_style(drawings, style).items():
        areas = [part.area for part in read.parts]
        for one, other in itertools.combinations(areas, 2):
            assert not one.overlaps(other), name


@each_style
def test_nothing_lies_outside_of_the_canvas(style, drawings):
    for name, read in of_style(drawings, style).items():
        for part in [read.page, *read.parts]:
            assert read.canvas.holds(part.area), (name, part.title)
            for _look, points in part.lines:
                for x, y in points:
                    assert read.canvas.holds(Area(x, y, x, y)), name


@pytest.mark.parametrize("style", ["blocks", "graph"])
def test_every_text_of_a_layer_lies_in_its_box(style, drawings):
    for name, read in of_style(drawings, style).items():
        for part in read.parts:
            box = max(part.rects, key=lambda area: area.bottom - area.top)
            for text, area in part.texts:
                assert box.holds(area), (name, text)


@each_style
def test_texts_do_not_overlap(style, drawings):
    for name, read in of_style(drawings, style).items():
        texts = [entry for part in [read.page, *read.parts] for entry in part.texts]
        for (one, area), (other, other_area) in itertools.combinations(texts, 2):
            assert not area.overlaps(other_area), (name, one, other)


@each_style
def test_lines_run_through_no_box_and_no_text(style, drawings):
    for name, read in of_style(drawings, style).items():
        if style == "volumes":  # wide captions leave room above them
            boxes = [area for part in read.parts for area in part.polygons]
        else:
            boxes = [part.area for part in read.parts]
        boxes += [area for part in [read.page, *read.parts] for _text, area in part.texts]
        for look, points in read.page.lines:
            if "sight" not in look.split():
                for x, y in points:
                    inside = [box for box in boxes if box.overlaps(Area(x, y, x, y), margin=0.5)]
                    assert inside == [], (name, x, y)


def test_a_branch_has_a_line_for_every_input(drawings):
    for name, read in of_style(drawings, "graph").items():
        heads = len(read.page.polygons)
        titles = [part.title for part in read.parts]
        first = {title.split(":")[0] for title in titles}
        assert len(first) == len(read.parts), name
        taken = sum(
            len(node.inputs)
            for index, node in enumerate(SAMPLES[name].nodes)
            if any(title.startswith(f"{index} ") for title in titles)
        )
        assert heads == taken, name


def test_a_long_network_goes_on_in_further_rows(drawings):
    for style in ("blocks", "volumes"):
        read = drawings[style, "long_chain"]
        assert read.canvas.right < 1_300
        assert len({round(part.rects[0].top) for part in read.parts if part.rects} or {0, 1}) > 1


def test_a_line_of_one_value_is_shared_and_leads_to_each_that_takes_it(drawings):
    read = drawings["graph", "wide"]
    # 13 into the concatenation, 3 into the sum, and 12 from the input.
    assert len(read.page.polygons) == 12 + 13 + 3
