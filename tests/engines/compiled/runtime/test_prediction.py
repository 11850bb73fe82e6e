"""Prediction on its own: arrays in, arrays out, whatever they are."""

import threading

import numpy as np
import pytest

from konv.engines.compiled.engine import CompiledEngine
from konv.engines.compiled.runtime.guarded import guarded_bytes, guarded_copy
from konv.errors import EngineError
from konv.layers import Conv2D, Dense, Flatten, Input, MaxPooling2D
from konv.network.graph import sequential
from konv.network.weights import new_weights

NETWORK = sequential(
    [
        Input((6, 6, 2)),
        Conv2D(5, 3, activation="relu"),
        MaxPooling2D(2),
        Flatten(),
        Dense(3, activation="softmax"),
    ]
)
WEIGHTS = new_weights(NETWORK, 0)
IMAGES = np.random.default_rng(0).random((9, 6, 6, 2)).astype(np.float32)


def prediction():
    return CompiledEngine(allocate=guarded_bytes).compile(NETWORK).prediction("float32")


def by_hand(images):
    """The same network in NumPy."""
    kernel, bias = WEIGHTS["conv2d_1/kernel"], WEIGHTS["conv2d_1/bias"]
    windows = np.lib.stride_tricks.sliding_window_view(images.astype(np.float64), (3, 3), (1, 2))
    z = np.maximum(np.einsum("nhwcij,ijcf->nhwf", windows, kernel) + bias, 0)
    pooled = z.reshape(-1, 2, 2, 2, 2, 5).max((2, 4)).reshape(len(images), -1)
    powers = np.exp(pooled @ WEIGHTS["dense_1/kernel"] + WEIGHTS["dense_1/bias"])
    return powers / powers.sum(1, keepdims=True)


@pytest.mark.parametrize("count", [1, 2, 8, 9])
def test_outputs_are_those_of_the_layers(count):
    outputs = prediction().run(WEIGHTS, IMAGES[:count])
    assert outputs.dtype == np.float32
    np.testing.assert_allclose(outputs, by_hand(IMAGES[:count]), rtol=1e-5)


def test_outputs_are_new_arrays_each_time():
    known = prediction()
    first = known.run(WEIGHTS, IMAGES)
    before = first.copy()
    second = known.run(WEIGHTS, IMAGES[::-1])
    assert not np.shares_memory(first, second)
    assert first.tobytes() == before.tobytes()


def test_weights_may_change_between_runs():
    """In place, or as other arrays: they are looked at when they are used."""
    known = prediction()
    weights = {name: weight.copy() for name, weight in WEIGHTS.items()}
    before = known.run(weights, IMAGES)
    weights["dense_1/bias"][...] += [5, 0, 0]
    raised = known.run(weights, IMAGES)
    assert (raised[:, 0] > before[:, 0]).all()
    weights["dense_1/bias"] = WEIGHTS["dense_1/bias"].copy()
    assert known.run(weights, IMAGES).tobytes() == before.tobytes()


def test_what_the_caller_brings_is_only_read():
    images, weights = IMAGES.copy(), {name: weight.copy() for name, weight in WEIGHTS.items()}
    for array in (images, *weights.values()):
        array.flags.writeable = False
    prediction().run(weights, images)
    assert images.tobytes() == IMAGES.tobytes()
    for name, weight in weights.items():
        assert weight.tobytes() == WEIGHTS[name].tobytes()


@pytest.mark.parametrize("from_start", [True, False])
def test_nothing_outside_the_arrays_is_touched(from_start):
    weights = {
        name: guarded_copy(weight, from_start=from_start) for name, weight in WEIGHTS.items()
    }
    outputs = prediction().run(weights, guarded_copy(IMAGES, from_start=from_start))
    np.testing.assert_allclose(outputs, by_hand(IMAGES), rtol=1e-5)


def test_no_pictures_are_no_work():
    assert prediction().run(WEIGHTS, IMAGES[:0]).shape == (0, 3)


def test_pictures_of_another_shape_are_refused():
    with pytest.raises(EngineError, match="K705: images has the shape"):
        prediction().run(WEIGHTS, IMAGES[:, :5])


def test_threads_wait_for_each_other():
    known = prediction()
    expected = {count: known.run(WEIGHTS, IMAGES[:count]).tobytes() for count in (1, 5, 9)}
    wrong = []

    def work(count):
        found = {known.run(WEIGHTS, IMAGES[:count]).tobytes() for _turn in range(30)}
        wrong.extend(found - {expected[count]})

    threads = [threading.Thread(target=work, args=(count,)) for count in expected]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not wrong
