"""The search: compared with building every network; its order with the formula, by hand."""

import itertools
import math

import pytest

from konv.design.search.building import Candidate, built
from konv.design.search.limits import Limits
from konv.design.search.searching import Search
from konv.design.search.variants import VARIANTS, WIDTHS
from konv.network.report import report

ENDING = {"flatten": 0.0, "average": -0.35, "hidden": -0.10}


def merit_by_hand(candidate, network, picture):
    """The formula at the head of merit.py, from the report of the network."""
    sizes = report(network)
    maps = [row for row in sizes.rows if len(row.output_shape) == 3][-1]
    weights = sum(row.weights for row in sizes.rows if row.layer == "Conv2D")
    seen = [field / size for field, size in zip(maps.receptive_field, picture, strict=True)]
    rows, columns, _channels = maps.output_shape
    merit = 0.10 * math.log(weights) + 0.16 * math.log(sizes.totals.macs)
    merit += 0.40 * math.log(min(1, seen[0]) * min(1, seen[1]))
    merit += 0.13 * candidate.variant.normalized + ENDING[candidate.variant.head]
    if candidate.variant.head != "average":
        merit += 0.20 * math.log(math.sqrt(min(rows, 4) * min(columns, 4)))
    for ratio in seen:
        merit -= 0.10 * math.log(max(1, ratio / 2))
    for stage in candidate.outline.stages:
        kernel = {side for side in stage.kernel if side > 1}
        pool = {side for side in stage.pool if side > 1}
        merit -= 0.06 if len(kernel) > 1 else 0.02 * (kernel != {3})
        merit -= 0.04 * (bool(pool) and pool != {2})
    return merit


def all_networks(search):
    for outline, variant, width in itertools.product(search.outlines, VARIANTS, WIDTHS):
        if not (variant.averages and outline.maps == (1, 1)):
            candidate = Candidate(outline, variant, width)
            if max(candidate.filters) <= 512:
                yield candidate, built(candidate, search.input_shape, search.classes, name="net")


def test_it_finds_what_building_every_network_finds():
    search = Search((2, 2, 1), 3, whole=False)
    limits = Limits(parameters=400, macs=4_000, receptive_field=(3, 3))
    fitting = [
        (candidate, network)
        for candidate, network in all_networks(search)
        if network.parameters <= 400 and network.macs <= 4_000
        if min(candidate.outline.field) >= 3
    ]
    found, count = search.best(limits, most=1)
    assert count == len(fitting) > 20
    best = max(merit_by_hand(candidate, network, (2, 2)) for candidate, network in fitting)
    assert found[0].merit == pytest.approx(best, abs=1e-8)
    of_found = built(found[0], (2, 2, 1), 3, name="net")
    assert merit_by_hand(found[0], of_found, (2, 2)) == pytest.approx(best, abs=1e-8)


@pytest.mark.parametrize(
    ("shape", "classes", "limits"),
    [
        ((39, 31, 1), 100, Limits(70_000, 10**7, whole=True)),
        ((6, 20, 3), 5, Limits(20_000, 10**6)),
        ((9, 9, 2), 10, Limits(5_000, 10**6, receptive_field=(9, 9))),
    ],
)
def test_the_order_is_that_of_the_formula(shape, classes, limits):
    found, _count = Search(shape, classes, limits.whole).best(limits, most=12)
    merits = [
        merit_by_hand(one, built(one, shape, classes, name="net"), shape[:2]) for one in found
    ]
    assert merits == pytest.approx([one.merit for one in found], abs=1e-8)
    assert merits == sorted(merits, reverse=True)
    assert len(merits) > 5


def test_no_two_are_relatives():
    found, _count = Search((28, 28, 1), 10, False).best(Limits(20_000, 10**7), most=100)
    kinds = [(len(one.outline.stages), one.variant.head) for one in found]
    assert len(kinds) == len(set(kinds)) > 6


@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize("picture", [(28, 28), (39, 31), (7, 5), (2, 9)])
def test_small_pictures_are_searched_wholly(picture, whole):
    search = Search((*picture, 1), 10, whole)
    assert len(search.outlines) == search.all_outlines
    assert set(search.outlines) >= set(Search((*picture, 1), 10, True).outlines)


@pytest.mark.parametrize(
    ("side", "whole"), [(224, False), (224, True), (1000, True), (2047, False), (8192, False)]
)
def test_large_pictures_are_searched_with_less_detail(side, whole):
    search = Search((side, side, 3), 10, whole)
    assert 0 < len(search.outlines) <= 40_000
    assert len(search.outlines) < search.all_outlines
