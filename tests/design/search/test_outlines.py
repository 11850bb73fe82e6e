"""Outlines: they are counted before they are made, and see what the report says."""

import random

import pytest

from konv.design.search.building import Candidate, built
from konv.design.search.outlines import Plan
from konv.design.search.stages import DETAILS, KINDS, LAST_SIDE
from konv.design.search.variants import VARIANTS
from konv.network.report import report

PICTURES = [(28, 28), (39, 31), (12, 9), (1, 30), (2, 2), (3, 17)]


@pytest.mark.parametrize("detail", DETAILS)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("picture", PICTURES)
def test_the_count_is_that_of_the_outlines_and_no_two_are_alike(picture, kind, detail):
    plan = Plan(picture, kind=kind, detail=detail)
    outlines = list(plan)
    assert plan.count() == len(outlines) == len(set(outlines))
    assert outlines or kind == "both"  # odd sizes are padded by the one kind only


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("picture", PICTURES)
def test_each_stage_stands_on_what_the_one_before_it_makes(picture, kind):
    for outline in Plan(picture, kind=kind):
        sizes = [picture, *(stage.output for stage in outline.stages)]
        assert [stage.size for stage in outline.stages] == sizes[:-1]
        assert max(sizes[-1]) <= LAST_SIDE


def test_the_tutorials_network_is_among_them():
    sizes = [((36, 28), (18, 14)), ((16, 12), (8, 6)), ((6, 4), (3, 2)), ((2, 1), (2, 1))]
    assert any(
        [(stage.convolved[-1], stage.output) for stage in outline.stages] == sizes
        for outline in Plan((39, 31), kind="whole")
    )


@pytest.mark.parametrize("kind", KINDS)
def test_the_receptive_field_is_that_of_the_report(kind):
    draw = random.Random(1)
    for picture in PICTURES:
        for outline in list(Plan(picture, kind=kind))[:: draw.randint(40, 60)]:
            network = built(
                Candidate(outline, draw.choice(VARIANTS[:6]), 4), (*picture, 1), 3, name="net"
            )
            rows = [row for row in report(network).rows if len(row.output_shape) == 3]
            assert rows[-1].receptive_field == outline.field
            assert rows[-1].output_shape[:2] == outline.maps
