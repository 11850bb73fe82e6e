"""Feature maps: what the engine makes at each layer, the channels last."""

import numpy as np
import pytest

from konv.errors import DataError, NetworkError
from konv.layers import Conv2D, Dense, Flatten
from konv.model import Model
from konv.network import named_network
from maps.networks import FORMS, in_a_row, picture_for, plain


@pytest.mark.parametrize("form", FORMS)
def test_they_are_what_the_engine_makes_at_each_layer(form):
    model = FORMS[form]()
    picture = picture_for(model)
    found = model.feature_maps(picture)
    assert [maps.layer for maps in found] == [node.name for node in model.network.nodes]
    for maps in found:
        part = Model.from_network(model.network.up_to(maps.layer), engine="reference")
        part.set_weights({name: model.weights[name] for name in part.weights})
        expected = part.predict(picture[np.newaxis])[0]
        if model.network.data_format == "channels_first" and expected.ndim == 3:
            expected = np.moveaxis(expected, 0, -1)
        np.testing.assert_allclose(maps.values, expected, rtol=1e-5, atol=1e-6)
        assert maps.values.dtype == np.float32


@pytest.mark.parametrize("name", ["resnet8", "mobile-mini", "tutorial-39x31"])
def test_the_last_are_the_prediction_of_networks_that_come_with_konv(name):
    model = Model.from_network(named_network(name).network, seed=1)
    picture = np.random.default_rng(0).integers(0, 256, model.network.input_shape, np.uint8)
    *_others, last = model.feature_maps(picture)
    expected = model.predict(picture[np.newaxis])[0]
    np.testing.assert_allclose(last.values, expected, rtol=1e-4, atol=1e-6)


def test_one_layer_is_the_same_alone():
    model = plain()
    picture = picture_for(model)
    alone = model.feature_maps(picture, "conv2d_2")
    assert [maps.layer for maps in alone] == ["conv2d_2"]
    np.testing.assert_array_equal(
        alone["conv2d_2"].values, model.feature_maps(picture)["conv2d_2"].values
    )


def test_facts_are_those_of_the_numbers():
    model = in_a_row(Conv2D(3, 1, use_bias=False, activation="relu"), shape=(2, 2, 1))
    model.set_weights([[[[[1, -1, 2]]]]])
    facts = model.feature_maps(np.array([[1.0, 2.0], [3.0, 6.0]]))["conv2d_1"].facts()
    assert facts == {
        "layer": "conv2d_1",
        "kind": "Conv2D",
        "shape": [2, 2, 3],
        "least": 0.0,
        "mean": 3.0,
        "largest": 12.0,
        "zero_everywhere": 1,
        "not_finite": 0,
    }


def test_what_is_not_finite_is_counted_and_left_out_of_the_mean():
    model = in_a_row(Flatten(), Dense(2, use_bias=False), shape=(1, 1, 1))
    model.weights["dense_1/kernel"][...] = [[np.nan, 3]]
    facts = model.feature_maps(np.ones((1, 1)))["dense_1"].facts()
    assert (facts["mean"], facts["not_finite"]) == (3.0, 1)


def test_unknown_layers_and_pictures_that_do_not_suit_are_refused():
    model = plain()
    with pytest.raises(NetworkError, match="K305"):
        model.feature_maps(picture_for(model), "conv")
    with pytest.raises(DataError, match="K504"):
        model.feature_maps(np.zeros((3, 3)))
    with pytest.raises(KeyError, match="conv"):
        model.feature_maps(picture_for(model))["conv"]
