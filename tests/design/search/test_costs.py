"""Costs: worked out for many networks at once, and the same as each network's own report."""

import random

import numpy as np
import pytest

from konv.design.search.building import Candidate, built
from konv.design.search.costs import costs_of, skeletons
from konv.design.search.outlines import Outline, Plan
from konv.design.search.stages import Stage
from konv.design.search.variants import VARIANTS, WIDTHS, Variant, hidden_units

TUTORIAL = Outline(
    (
        Stage((39, 31), 1, (4, 4), "valid", (2, 2)),
        Stage((18, 14), 1, (3, 3), "valid", (2, 2)),
        Stage((8, 6), 1, (3, 3), "valid", (2, 2)),
        Stage((3, 2), 1, (2, 2), "valid"),
    )
)


def test_the_tutorials_network_costs_what_is_known():
    variant = Variant("linear", False, "flatten")
    costs = costs_of(skeletons([TUTORIAL], variant, 1), variant, 100)
    column = WIDTHS.index(20)
    assert costs.parameters[0, column] == 64_620
    assert costs.macs[0, column] == 2_277_760
    assert costs.weights[0, column] == 64_320 - 16_000


@pytest.mark.parametrize("variant", VARIANTS, ids=str)
def test_costs_are_those_of_the_networks(variant):
    draw = random.Random(str(variant))
    for picture, channels, classes in [((12, 9), 3, 5), ((39, 31), 1, 100), ((1, 20), 2, 2)]:
        outlines = draw.choices(list(Plan(picture, kind="whole")), k=4)
        costs = costs_of(skeletons(outlines, variant, channels), variant, classes)
        for row, outline in enumerate(outlines):
            column = draw.randrange(len(WIDTHS) // 2)
            if not costs.possible[row, column]:
                continue
            candidate = Candidate(outline, variant, WIDTHS[column])
            network = built(candidate, (*picture, channels), classes, name="net")
            assert costs.parameters[row, column] == network.parameters
            assert costs.macs[row, column] == network.macs


def test_they_grow_with_the_width():
    outlines = list(Plan((9, 14), kind="usual"))
    for variant in VARIANTS:
        costs = costs_of(skeletons(outlines, variant, 3), variant, 7)
        for numbers in (costs.parameters, costs.macs, costs.weights):
            assert (np.diff(numbers, axis=1) > 0).all()


def test_maps_and_weights_beyond_the_safety_limits_are_not_possible():
    variant = Variant("double", True, "average")
    stage = Stage((16_384, 16_384), 1, (3, 3), "same", (2, 2))
    assert not costs_of(skeletons([Outline((stage,))], variant, 1), variant, 2).possible.any()


def test_of_a_single_place_there_is_no_average():
    stage = Stage((2, 2), 1, (3, 3), "same", (2, 2))
    for variant in VARIANTS:
        costs = costs_of(skeletons([Outline((stage,))], variant, 1), variant, 2)
        assert costs.possible.any() == (not variant.averages)


@pytest.mark.parametrize(
    ("classes", "units"), [(2, 64), (64, 64), (65, 96), (100, 128), (512, 512), (100_000, 512)]
)
def test_hidden_units_grow_with_the_classes(classes, units):
    assert hidden_units(classes) == units
