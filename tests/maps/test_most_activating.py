"""The pictures that channels answer to most: against a naive search, whatever the batches."""

import numpy as np
import pytest

from konv.errors import DataError, NetworkError, ParameterError
from konv.layers import Conv2D, Dense, Flatten, Input
from konv.maps import most_activating as most_activating_file
from konv.model import Sequential
from maps.networks import FORMS, in_a_row, plain

COUNT = 7


def pictures_for(model, count=COUNT):
    return np.random.default_rng(3).random((count, *model.network.input_shape), np.float32)


@pytest.mark.parametrize("form", FORMS)
def test_they_are_those_that_a_search_finds(form):
    model = FORMS[form]()
    pictures, told_apart = pictures_for(model), 0
    for node in model.network.nodes:
        found = model.most_activating(pictures, node.name, top=3)
        maps = np.stack([model.feature_maps(p, node.name)[node.name].values for p in pictures])
        assert found.shape == maps.shape[1:]
        for channel in range(found.channels):
            one = maps[..., channel].reshape(COUNT, -1)
            best = sorted(range(COUNT), key=lambda i: -one[i].max())[:3]
            largest = one.max(axis=1)[best]
            np.testing.assert_allclose(found.values[channel], largest, rtol=1e-4, atol=1e-6)
            if np.diff(np.sort(one.max(axis=1))).min() > 1e-4:  # no tie but for rounding
                assert found.pictures[channel].tolist() == best
                told_apart += 1
    assert told_apart > 5


@pytest.mark.parametrize("form", ["plain", "residual", "channels_first"])
def test_only_the_window_matters(form):
    """With all else of the picture gone, the answer at that place is the same."""
    model = FORMS[form]()
    first = model.network.data_format == "channels_first"
    pictures = pictures_for(model)
    for node in model.network.nodes:
        if len(node.output_shape) != 3:
            continue
        found = model.most_activating(pictures, node.name, top=2)
        for channel in range(found.channels):
            top, bottom, left, right = found.windows[channel, 0]
            picture = pictures[found.pictures[channel, 0]]
            alone = np.zeros_like(picture)
            where = (slice(top, bottom), slice(left, right))
            where = (slice(None), *where) if first else where
            alone[where] = picture[where]
            maps = model.feature_maps(alone, node.name)[node.name].values
            row, column = found.places[channel, 0]
            answer = maps[row, column, channel]
            assert answer == pytest.approx(found.values[channel, 0], rel=1e-4, abs=1e-6)


@pytest.mark.parametrize("at_once", [1, 2, 3, 100])
def test_batches_change_nothing(at_once, monkeypatch):
    model = plain()
    pictures = pictures_for(model)
    whole = model.most_activating(pictures, "conv2d_1", top=4)
    monkeypatch.setattr(most_activating_file, "_MOST_AT_ONCE", at_once)
    parts = model.most_activating(pictures, "conv2d_1", top=4)
    for name in ("values", "pictures", "places", "windows"):
        np.testing.assert_array_equal(getattr(parts, name), getattr(whole, name))


def test_of_equal_answers_the_earlier_picture_and_place_come_first(monkeypatch):
    model = in_a_row(Conv2D(1, 1, use_bias=False), shape=(2, 2, 1))
    model.set_weights([[[[[1]]]]])
    dark, bright = np.zeros((2, 2)), np.array([[0.0, 1.0], [1.0, 0.0]])
    monkeypatch.setattr(most_activating_file, "_MOST_AT_ONCE", 2)
    found = model.most_activating(np.stack([dark, bright, dark, bright, bright]), top=4)
    assert found.pictures.tolist() == [[1, 3, 4, 0]]
    assert found.places.tolist() == [[[0, 1], [0, 1], [0, 1], [0, 0]]]
    assert found.windows[0, 0].tolist() == [0, 1, 1, 2]
    assert found.values.tolist() == [[1, 1, 1, 0]]
    assert (found.seen, found.layer) == (5, "conv2d_1")


def test_a_picture_without_an_answer_comes_last():
    model = Sequential([Input((1,)), Dense(1, use_bias=False)])
    model.set_weights([[[np.inf]]])
    found = model.most_activating(np.array([[0.0], [-1.0], [1.0]]), top=3)  # inf · 0 is NaN
    assert found.pictures.tolist() == [[2, 1, 0]]


def test_all_are_given_where_fewer_are_there_than_asked_for():
    model = plain()
    assert model.most_activating(pictures_for(model), top=50).pictures.shape == (5, COUNT)


@pytest.mark.parametrize(
    ("layers", "layer"),
    [
        ([Conv2D(2, 3), Flatten(), Dense(3)], "conv2d_1"),
        ([Flatten(), Dense(4, activation="relu"), Dense(3, activation="softmax")], "dense_1"),
        ([Flatten(), Dense(3)], "dense_1"),
        ([Flatten()], "flatten_1"),
    ],
)
def test_a_layer_is_chosen_that_has_something_to_show(layers, layer):
    model = in_a_row(*layers)
    assert model.most_activating(pictures_for(model)).layer == layer


def test_a_unit_sees_the_whole_picture():
    model = in_a_row(Flatten(), Dense(3), shape=(5, 4, 1))
    found = model.most_activating(pictures_for(model), top=1)
    assert found.windows.tolist() == [[[0, 5, 0, 4]]] * 3
    assert found.places.tolist() == [[[0, 0]]] * 3


def test_what_cannot_be_is_refused():
    model = plain()
    with pytest.raises(DataError, match="K501"):
        model.most_activating(pictures_for(model)[:0])
    with pytest.raises(DataError, match="K504"):
        model.most_activating(np.zeros((2, 3, 3)))
    with pytest.raises(NetworkError, match="K305"):
        model.most_activating(pictures_for(model), "conv")
    with pytest.raises(ParameterError, match="top must be"):
        model.most_activating(pictures_for(model), top=0)
