from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from konv.data.splitting import split, subset
from konv.errors import DataError

LABELS = st.lists(st.integers(0, 6), min_size=1, max_size=120).map(np.array)
FRACTION = st.floats(0, 0.45)


@settings(deadline=None)  # the machine may be busy
@given(labels=LABELS, fractions=st.tuples(FRACTION, FRACTION), seed=st.integers(0, 2**63 - 1))
def test_every_picture_is_in_one_share_and_every_class_is_left_to_train_on(
    labels: np.ndarray, fractions: tuple[float, float], seed: int
) -> None:
    shares = split(labels, fractions, seed)
    assert sorted(np.concatenate(shares)) == list(range(len(labels)))
    assert all((np.diff(places) > 0).all() for places in shares)
    assert set(labels[shares[-1]]) == set(labels)
    for fraction, places in zip(fractions, shares, strict=False):
        if fraction == 0:
            assert len(places) == 0
    again = split(labels, fractions, seed)
    assert all(np.array_equal(a, b) for a, b in zip(shares, again, strict=True))


@settings(deadline=None)  # the machine may be busy
@given(
    count=st.integers(2, 60),
    classes=st.integers(1, 8),
    fraction=st.floats(0.01, 0.5),
    seed=st.integers(0, 100),
)
def test_the_shares_are_right_in_total_and_within_one_for_each_class(
    count: int, classes: int, fraction: float, seed: int
) -> None:
    labels = np.repeat(np.arange(classes), count)
    share, _rest = split(labels, (fraction,), seed)
    assert len(share) == min(max(1, round(fraction * len(labels))), classes * (count - 1))
    of_each = np.bincount(labels[share], minlength=classes)
    assert np.abs(of_each - fraction * count).max() <= 1


def test_another_seed_chooses_other_pictures() -> None:
    labels = np.repeat([0, 1], 50)
    chosen = {tuple(split(labels, (0.2,), seed)[0]) for seed in range(5)}
    assert len(chosen) == 5


def test_many_small_classes_give_their_share_together() -> None:
    labels = np.repeat(np.arange(50), 3)
    validation, test, train = split(labels, (0.1, 0.1), seed=0)
    assert (len(validation), len(test), len(train)) == (15, 15, 120)


def test_a_class_of_one_picture_is_for_training() -> None:
    labels = np.array([0, 1, 1, 1, 1])
    validation, train = split(labels, (0.4,), seed=3)
    assert labels[train].tolist().count(0) == 1
    assert len(validation) == 2


def test_nothing_to_spare_gives_nothing() -> None:
    validation, train = split(np.array([0, 1, 2]), (0.3,), seed=0)
    assert len(validation) == 0
    assert train.tolist() == [0, 1, 2]


@pytest.mark.parametrize("fractions", [(0.5, 0.5), (0.9, 0.2)])
def test_shares_that_leave_nothing_are_refused(fractions: tuple[float, ...]) -> None:
    with pytest.raises(DataError, match="K506"):
        split(np.zeros(10, np.int64), fractions, 0)


@settings(deadline=None)  # the machine may be busy
@given(labels=LABELS, data=st.data(), seed=st.integers(0, 2**63 - 1))
def test_a_subset_has_its_size_and_all_classes(
    labels: np.ndarray, data: st.DataObject, seed: int
) -> None:
    classes = len(set(labels))
    count = data.draw(st.integers(classes, len(labels) + 5))
    places = subset(labels, count, seed)
    assert len(places) == min(count, len(labels))
    assert (np.diff(places) > 0).all()
    assert set(labels[places]) == set(labels)
    assert np.array_equal(places, subset(labels, count, seed))


def test_a_subset_keeps_the_proportions() -> None:
    labels = np.repeat([0, 1, 2], [600, 300, 100])
    counts = np.bincount(labels[subset(labels, 100, seed=0)])
    assert np.abs(counts - [60, 30, 10]).max() <= 1


def test_a_subset_of_fewer_pictures_than_classes_is_refused() -> None:
    with pytest.raises(DataError, match="K506: 2 pictures of 3 classes") as caught:
        subset(np.array([0, 1, 2, 2]), 2, 0)
    assert caught.value.fix == "limit=3 or more"
