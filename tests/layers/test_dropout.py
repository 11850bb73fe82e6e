"""Dropout drops the promised part, keeps the mean, and depends on key and place alone."""

import numpy as np
import pytest

from konv.layers import Context, Dropout

X = np.ones((40, 25, 10))


def dropped(rate, key=1, x=X):
    return Dropout(rate).forward({}, (x,), Context(training=True, key=key))


@pytest.mark.parametrize("rate", [0.05, 0.25, 0.5, 0.9])
def test_it_drops_about_the_promised_part_and_scales_the_rest(rate):
    output, _saved = dropped(rate)
    kept = output != 0
    assert np.unique(output[kept]) == pytest.approx([1 / (1 - rate)], rel=1e-15)
    deviation = np.sqrt(rate * (1 - rate) / X.size)
    assert abs(kept.mean() - (1 - rate)) < 5 * deviation
    assert abs(output.mean() - 1) < 5 * deviation / (1 - rate)


@pytest.mark.parametrize("rate", [0.25, 0.5])
def test_every_place_and_every_picture_is_dropped_alike_often(rate):
    kept = dropped(rate)[0] != 0
    for axis in (0, 1, 2):
        others = tuple(other for other in range(3) if other != axis)
        counts = kept.mean(axis=others)
        deviation = np.sqrt(rate * (1 - rate) / (X.size / X.shape[axis]))
        assert np.abs(counts - (1 - rate)).max() < 5 * deviation


def test_the_same_key_drops_the_same_and_another_key_others():
    first, again, other = (dropped(0.5, key)[0] for key in (1, 1, 2))
    assert np.array_equal(first, again)
    assert 0.4 < np.mean(first != other) < 0.6


def test_what_is_dropped_does_not_depend_on_how_the_batch_is_cut():
    layer = Dropout(0.3)
    whole, _saved = dropped(0.3, key=5)
    start = 0
    for size in (1, 6, 3, 30):
        context = Context(training=True, key=5, first_picture=start)
        part, _saved = layer.forward({}, (X[start : start + size],), context)
        assert np.array_equal(part, whole[start : start + size])
        start += size


def test_what_is_dropped_does_not_depend_on_the_dtype():
    single, _saved = dropped(0.3, x=X.astype(np.float32))
    double, _saved = dropped(0.3)
    assert np.array_equal(single == 0, double == 0)


def test_the_gradient_is_dropped_and_scaled_like_the_numbers():
    output, saved = dropped(0.4)
    (flowing,), weights = Dropout(0.4).backward({}, saved, X)
    assert np.array_equal(flowing, output)
    assert weights == {}


def test_otherwise_numbers_and_gradients_pass():
    for layer, context in ((Dropout(0.9), Context()), (Dropout(0), Context(training=True))):
        output, saved = layer.forward({}, (X,), context)
        assert np.array_equal(output, X)
        (flowing,), _weights = layer.backward({}, saved, 3 * X)
        assert np.array_equal(flowing, 3 * X)


def test_rates_next_to_0_and_1_are_kept():
    almost_none, _saved = dropped(1e-12)
    assert (almost_none != 0).all()
    almost_all, _saved = dropped(float(np.nextafter(1, 0)))
    assert np.isfinite(almost_all).all()
    assert not almost_all.any()
