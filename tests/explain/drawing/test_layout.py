"""Where things lie: levels, their order, places, the scale of boxes, the width of texts."""

import itertools
import math
import random

import pytest

from konv.explain.drawing.layering import _crossings, layering_of, link_count
from konv.explain.drawing.lettering import fitted, lines_of, text_width
from konv.explain.drawing.placing import _apart, placed
from konv.explain.drawing.projection import scale_of
from konv.explain.drawing.rows import GAP, WIDTH, flow
from oracles.svg_drawings import measured


def random_sources(seed, count=14):
    chance = random.Random(seed)
    return [
        (),
        *(tuple(chance.choices(range(i), k=chance.choice([1, 1, 2, 3]))) for i in range(1, count)),
    ]


@pytest.mark.parametrize("seed", range(30))
def test_links_lead_from_one_level_to_the_next_and_make_up_every_connection(seed):
    sources = random_sources(seed)
    layering = layering_of(sources)
    assert len(layering.links) == link_count(sources)
    level = {vertex: n for n, vertices in enumerate(layering.levels) for vertex in vertices}
    assert all(level[lower] == level[upper] + 1 for upper, lower in layering.links)
    above = {}
    for upper, lower in layering.links:
        above.setdefault(lower, []).append(upper)
    for thing, taken in enumerate(sources):
        found = []
        for vertex in above.get(thing, []):
            while layering.is_bend(vertex):
                (vertex,) = above[vertex]
            found.append(vertex)
        assert sorted(found) == sorted(taken)


@pytest.mark.parametrize("seed", range(30))
def test_crossings_are_those_that_one_counts_pair_by_pair(seed):
    layering = layering_of(random_sources(seed))
    place = {v: (n, i) for n, level in enumerate(layering.levels) for i, v in enumerate(level)}
    pairs = itertools.combinations([(place[u], place[v]) for u, v in layering.links], 2)
    crossing = sum(a[0] == c[0] and (a[1] - c[1]) * (b[1] - d[1]) < 0 for (a, b), (c, d) in pairs)
    assert _crossings(layering.levels, layering.links) == crossing


@pytest.mark.parametrize(
    "sources",
    [
        [(), (0,), (1,), (0, 2)],
        [(), (0,), (0,), (0,), (3, 1, 2)],
        [(), (0,), (1,), (1,), (3, 2), (4, 0)],
    ],
    ids=["a way around", "three branches", "one in another"],
)
def test_what_can_be_drawn_without_crossings_is(sources):
    layering = layering_of(sources)
    assert _crossings(layering.levels, layering.links) == 0


@pytest.mark.parametrize("seed", range(20))
def test_things_of_a_level_keep_their_distance(seed):
    chance = random.Random(seed)
    layering = layering_of(random_sources(seed))
    widths = [chance.randint(10, 200) for _thing in range(layering.things)]
    middle = placed(layering, widths, 20)
    half = {v: 0 if layering.is_bend(v) else widths[v] / 2 for v in middle}
    for level in layering.levels:
        for one, other in itertools.pairwise(level):
            assert middle[other] - half[other] - middle[one] - half[one] >= 20 - 1e-6
    assert min(middle[v] - half[v] for v in middle) == pytest.approx(0)


def test_a_chain_is_straight_and_branches_meet_below_where_they_parted():
    chain = placed(layering_of([(), (0,), (1,), (2,)]), [30] * 4, 10)
    assert len(set(chain.values())) == 1
    around = placed(layering_of([(), (0,), (1,), (2, 0), (3,)]), [30] * 5, 10)
    assert around[0] == pytest.approx(around[3]) == pytest.approx(around[4])


@pytest.mark.parametrize("seed", range(20))
def test_places_are_the_nearest_that_keep_the_distances(seed):
    """No small shift of any run of neighbours that is allowed comes nearer to what was wanted."""
    chance = random.Random(seed)
    wanted = [chance.uniform(0, 50) for _thing in range(6)]
    distances = [0, *(chance.uniform(1, 15) for _thing in range(5))]
    found = _apart(wanted, distances)

    def cost(places):
        return sum((x - w) ** 2 for x, w in zip(places, wanted, strict=True))

    for start, end in itertools.combinations(range(7), 2):
        for shift in (-0.01, 0.01):
            moved = [x + shift * (start <= i < end) for i, x in enumerate(found)]
            gaps = [b - a for a, b in itertools.pairwise(moved)]
            if all(gap >= least - 1e-9 for gap, least in zip(gaps, distances[1:], strict=True)):
                assert cost(moved) >= cost(found) - 1e-9


def test_four_times_as_many_rows_are_twice_as_long():
    scale = scale_of([(224, 224, 3), (56, 14, 512), (1, 1, 512), (10,)])
    large, small = scale.solid((224, 224, 3)), scale.solid((56, 14, 512))
    assert large.height / small.height == pytest.approx(2)
    assert large.width / small.width == pytest.approx(4)
    assert scale.solid((1, 1, 512)).depth == pytest.approx(scale.solid((9, 9, 128)).depth * 2)


def test_the_smallest_box_can_be_seen_and_the_largest_has_bounds():
    scale = scale_of([(16_384, 16_384, 1), (1, 1, 65_536), (1_048_576,), (1,)])
    for size in [(16_384, 16_384, 65_536), (1, 1, 1), (1,), (1_048_576,)]:
        solid = scale.solid(size)
        edges = (solid.width, solid.height, solid.depth)
        assert all(5 <= edge <= 132 for edge in edges)


def test_a_single_channel_is_thin():
    assert scale_of([(39, 31, 1)]).solid((39, 31, 1)).depth == pytest.approx(96 / math.sqrt(32))


def test_a_row_is_as_long_as_there_is_room():
    count = int((WIDTH + GAP) // (100 + GAP))
    cells = flow([(100, 10, 20)] * (count + 1), 0, 0).cells
    assert [cell.row for cell in cells] == [0] * count + [1]
    assert cells[-1].y > cells[0].y + 30
    assert flow([(3 * WIDTH, 1, 1)], 5, 7).width == 3 * WIDTH


LETTERS = "".join(map(chr, range(32, 127))) + "×−→·…√éÅñ한글漢字"


@pytest.mark.parametrize("bold", [False, True])
def test_no_letter_is_wider_than_it_is_taken_for(bold):
    for letter in LETTERS:
        assert text_width(letter, 10) >= measured(letter, 10, bold=bold) - 1e-9, letter


def test_widths_are_not_far_too_large():
    text = "3×3 kernel, 16 filters, 2,304 weights, batch_normalization_1"
    assert text_width(text, 10) <= 1.05 * measured(text, 10, bold=True)


@pytest.mark.parametrize("width", [0, 5, 10, 30, 75, 200])
@pytest.mark.parametrize("text", ["", "i", "WWWWWW", "batch_normalization_12", "합성곱" * 30])
def test_a_shortened_text_fits_and_keeps_its_ends(text, width):
    short = fitted(text, width, 10)
    assert text_width(short, 10) <= max(width, text_width("…", 10))
    head, _dots, tail = short.partition("…")
    assert text.startswith(head)
    assert text.endswith(tail)


def test_words_are_kept_whole_where_they_fit():
    words = ["a", "filter", "is", "a", "stack", "of", "incomprehensibilities"]
    lines = list(lines_of(words, 80, 10))
    assert all(text_width(line, 10) <= 80 for line in lines)
    assert lines[0] == "a filter is a"
    assert "…" in lines[-1]
