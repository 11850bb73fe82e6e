"""Outlines: they are counted before they are made, and see what the report says."""

import random

import pytest

from konv.design.search.building import Candidate, built
from konv.design.search.outlines import Plan
from konv.design.search.stages import DETAILS, LAST_SIDE
from konv.design.search.variants import VARIANTS
from konv.network.report import report

PICTURES = [(28, 28), (39, 31), (12, 9), (1, 30), (2, 2), (3, 17)]


@pytest.mark.parametrize("detail", DETAILS)
@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize("picture", PICTURES)
def test_the_count_is_that_of_the_outlines_and_no_two_are_alike(picture, whole, detail):
    plan = Plan(picture, whole=whole, detail=detail)
    outlines = list(plan)
    assert plan.count() == len(outlines) == len(set(outlines)) > 0


@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize("picture", PICTURES)
def test_each_stage_stands_on_what_the_one_before_it_makes(picture, whole):
    for outline in Plan(picture, whole=whole):
        sizes = [picture, *(stage.output for stage in outline.stages)]
        assert [stage.size for stage in outline.stages] == sizes[:-1]
        assert max(sizes[-1]) <= LAST_SIDE


def test_the_tutorials_network_is_among_them():
    sizes = [((36, 28), (18, 14)), ((16, 12), (8, 6)), ((6, 4), (3, 2)), ((2, 1), (2, 1))]
    assert any(
        [(stage.convolved[-1], stage.output) for stage in outline.stages] == sizes
        for outline in Plan((39, 31), whole=True)
    )


@pytest.mark.parametrize("whole", [False, True])
def test_the_receptive_field_is_that_of_the_report(whole):
    draw = random.Random(1)
    for picture in PICTURES:
        for outline in draw.choices(list(Plan(picture, whole=whole)), k=6):
            network = built(
                Candidate(outline, draw.choice(VARIANTS[:6]), 4), (*picture, 1), 3, name="net"
            )
            rows = [row for row in report(network).rows if len(row.output_shape) == 3]
            assert rows[-1].receptive_field == outline.field
            assert rows[-1].output_shape[:2] == outline.maps


@pytest.mark.parametrize("side", [512, 1000, 1023, 4096, 16383, 16384])
def test_even_the_largest_pictures_have_a_plan_that_can_be_gone_through(side):
    for whole in (False, True):
        assert 0 < Plan((side, side), whole=whole, detail=DETAILS[-1]).count() <= 60_000
