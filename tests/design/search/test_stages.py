"""Stages: what may stand on a map, and what it makes of it."""

import pytest

from konv.design.search.stages import DETAILS, KINDS, Stage, stages_on


@pytest.mark.parametrize(
    ("stage", "convolved", "output"),
    [
        (Stage((39, 31), 1, (4, 4), "valid", (2, 2)), ((36, 28),), (18, 14)),  # the tutorial's
        (Stage((28, 28), 2, (3, 3), "same", (2, 2)), ((28, 28), (28, 28)), (14, 14)),
        (Stage((28, 9), 2, (3, 3), "valid"), ((26, 7), (24, 5)), (24, 5)),
        (Stage((7, 6), 1, (3, 3), "same", (2, 2)), ((7, 6),), (4, 3)),  # a padded pool
        (Stage((1, 9), 1, (1, 3), "same", (1, 3)), ((1, 9),), (1, 3)),
    ],
)
def test_sizes_follow_the_formula(stage, convolved, output):
    assert stage.convolved == convolved
    assert stage.output == output


def test_a_pool_is_padded_only_where_it_would_drop_something():
    assert Stage((7, 6), 1, (3, 3), "same", (2, 2)).pool_padding == "same"
    assert Stage((8, 6), 1, (3, 3), "same", (2, 2)).pool_padding == "valid"
    assert Stage((8, 9), 1, (3, 3), "same", (2, 3)).pool_padding == "valid"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("first", [False, True])
@pytest.mark.parametrize("size", [(2, 2), (3, 3), (5, 7), (1, 12), (2, 9), (17, 13), (64, 48)])
def test_every_stage_leaves_a_map_and_lies_on_its_own(size, first, kind):
    stages = stages_on(size, first=first, kind=kind)
    assert stages or kind == "both"
    assert len(set(stages)) == len(stages)
    for stage in stages:
        assert min(stage.output) >= 1
        assert max(stage.kernel) > 1
        assert all(k <= max(s, 3) for k, s in zip(stage.kernel, size, strict=True))
        assert stage.pools or stage.may_be_last
        if kind != "usual":
            assert stage.pool_padding == "valid"


def test_the_stages_of_the_tutorial_are_among_those_whose_divisions_are_whole():
    assert Stage((39, 31), 1, (4, 4), "valid", (2, 2)) in stages_on(
        (39, 31), first=True, kind="whole"
    )
    assert Stage((18, 14), 1, (3, 3), "valid", (2, 2)) in stages_on(
        (18, 14), first=False, kind="whole"
    )
    assert Stage((3, 2), 1, (2, 2), "valid") in stages_on((3, 2), first=False, kind="whole")


def test_nothing_stands_on_a_single_pixel():
    assert stages_on((1, 1), first=True, kind="usual") == []


@pytest.mark.parametrize("size", [(28, 28), (39, 31), (6, 5), (1, 12)])
def test_what_is_of_both_kinds_is_in_each(size):
    usual, whole, both = (set(stages_on(size, first=True, kind=kind)) for kind in KINDS)
    assert both == usual & whole


def test_a_thin_axis_is_not_pooled():
    pools = {stage.pool for stage in stages_on((40, 8), first=True, kind="usual")}
    assert pools == {(2, 1)}


@pytest.mark.parametrize("size", [(39, 31), (48, 64), (7, 7)])
def test_less_detail_leaves_a_part_of_the_stages_and_a_way_on(size):
    kept = [set(stages_on(size, first=True, kind="whole", detail=detail)) for detail in DETAILS]
    assert kept[0] > kept[1] >= kept[2] > kept[3]
    for stages in kept:
        assert any(stage.pools for stage in stages)
