import numpy as np
import pytest

from konv.errors import EngineError
from konv.layers import BatchNormalization, Conv2D, Dense, Flatten, Input
from konv.network import sequential
from konv.network.weights import checked_weights, new_weights


def network(units=3):
    return sequential(
        [Input((5, 5, 2)), Conv2D(4, 3), BatchNormalization(), Flatten(), Dense(units)]
    )


def test_new_weights_have_the_shapes_and_initial_values_of_their_layers():
    weights = new_weights(network(), seed=0)
    assert {name: array.shape for name, array in weights.items()} == {
        "conv2d_1/kernel": (3, 3, 2, 4),
        "conv2d_1/bias": (4,),
        "batch_normalization_1/gamma": (4,),
        "batch_normalization_1/beta": (4,),
        "batch_normalization_1/moving_mean": (4,),
        "batch_normalization_1/moving_variance": (4,),
        "dense_1/kernel": (36, 3),
        "dense_1/bias": (3,),
    }
    assert all(array.dtype == np.float32 for array in weights.values())
    assert (weights["batch_normalization_1/gamma"] == 1).all()
    assert (weights["dense_1/bias"] == 0).all()
    limit = np.sqrt(6 / (36 + 3))
    assert np.abs(weights["dense_1/kernel"]).max() <= limit


def test_a_seed_decides_all_weights():
    first, again, other = (new_weights(network(), seed) for seed in (1, 1, 2))
    for name in first:
        assert np.array_equal(first[name], again[name])
    assert not np.array_equal(first["dense_1/kernel"], other["dense_1/kernel"])


def test_another_last_layer_leaves_the_other_weights_as_they_begin():
    small, large = new_weights(network(3), seed=1), new_weights(network(7), seed=1)
    assert np.array_equal(small["conv2d_1/kernel"], large["conv2d_1/kernel"])


def test_checked_weights_are_new_arrays_in_order():
    given = {name: array.astype(float) for name, array in new_weights(network(), 0).items()}
    given["conv2d_1/kernel"] = np.asfortranarray(given["conv2d_1/kernel"])
    checked = checked_weights(network(), dict(reversed(given.items())))
    assert list(checked) == list(network().weight_specs)
    for name, array in checked.items():
        assert array.dtype == np.float32
        assert array.flags.c_contiguous
        assert np.array_equal(array, given[name].astype(np.float32))
        assert not np.shares_memory(array, given[name])


WRONG = [
    ("dense_1/bias", None, "missing"),
    ("dense_2/bias", np.zeros(3), "surplus"),
    ("dense_1/bias", np.zeros(4), "(4,), not (3,)"),
    ("dense_1/bias", np.zeros((3, 1)), "(3, 1), not (3,)"),
    ("dense_1/bias", ["a", "b", "c"], "no numbers"),
    ("dense_1/bias", [[1], [2, 3], []], "no numbers"),
    ("dense_1/bias", np.zeros(3, complex), "no numbers"),
    ("dense_1/bias", np.full(3, 1e300), "no numbers"),
]


@pytest.mark.parametrize(("name", "value", "says"), WRONG)
def test_weights_of_another_network_are_refused(name, value, says):
    weights = dict(new_weights(network(), 0))
    if value is None:
        del weights[name]
    else:
        weights[name] = value
    with pytest.raises(EngineError) as caught:
        checked_weights(network(), weights)
    assert caught.value.code == "K702"
    assert says in str(caught.value)
    assert name in str(caught.value)
