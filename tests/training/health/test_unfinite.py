"""The first number that is not finite, and the error that names its layer."""

import numpy as np
import pytest

import konv
from konv.engines.reference.program import ReferenceEngine
from konv.errors import TrainingError
from konv.layers import Dense, Input
from konv.losses import MeanSquaredError
from konv.network.graph import sequential
from konv.training.health.unfinite import first_unfinite, largest
from konv.training.health.unfinite_text import unfinite_details, unfinite_fix, unfinite_what

NET = sequential([Input((2,)), Dense(2, use_bias=False), Dense(2, use_bias=False)])
HUGE = 1e30


def first(image, first_weight, second_weight, target=0.0):
    weights = {
        "dense_1/kernel": np.full((2, 2), first_weight, np.float32),
        "dense_2/kernel": np.full((2, 2), second_weight, np.float32),
    }
    images = np.full((3, 2), image, np.float32)
    program = ReferenceEngine().compile(NET, loss=MeanSquaredError())
    trace = program.traced(weights, images, np.full((3, 2), target), key=0)
    return first_unfinite(NET, weights, images, trace)


@pytest.mark.parametrize(
    ("arguments", "kind", "layer", "count"),
    [
        ((1, np.nan, 1), "weights", "dense_1", 4),
        ((1, np.nan, np.nan), "weights", "dense_2", 4),  # the way back comes to it first
        ((np.inf, 1, 1), "input", "input_1", 6),
        ((HUGE, HUGE, 1), "forward", "dense_1", 6),
        ((1, HUGE, HUGE), "forward", "dense_2", 6),
        ((1, 1, 1, HUGE), "loss", "", 3),
        ((2e19, 5e-20, 1, -1.2e19), "gradient", "dense_1", 4),
    ],
)
def test_it_is_named_in_the_order_of_computation(arguments, kind, layer, count):
    found = first(*arguments)
    assert (found.kind, found.layer, found.count) == (kind, layer, count)
    assert (layer or "loss") in unfinite_what(found) or kind == "input"
    assert unfinite_details(found)[-1][1] == "float32 ends at 3.4e38"


def test_finite_numbers_are_not_blamed():
    assert first(1, 1, 1) is None


def test_what_a_layer_worked_with_is_said():
    found = first(1, 1e20, 1e25)
    # 2 · 1 · 1e20 goes into the second layer.
    assert (found.largest_input, found.largest_weight) == pytest.approx((2e20, 1e25))
    assert ("numbers", "inputs up to 2e+20, weights up to 1e+25") in unfinite_details(found)
    assert "learning rate" in unfinite_fix(found)
    assert "pictures" in unfinite_fix(first(HUGE, HUGE, 1))


def test_the_largest_of_whole_numbers_is_no_overflow():
    assert largest(np.array([-128, 5], np.int8)) == 128
    assert largest(np.empty(0)) == 0


def message_of(model, x, y, **options):
    with pytest.raises(TrainingError, match="K802") as caught:
        model.fit(x, y, verbose=0, **options)
    return str(caught.value)


@pytest.mark.parametrize("engine", ["compiled", "reference"])
@pytest.mark.parametrize("doctor", [True, False])
def test_the_error_names_the_layer_that_was_first(engine, doctor):
    model = konv.Model.from_network(
        sequential(
            [Input((8, 8, 1)), konv.Conv2D(2, 3), konv.Flatten(), Dense(3, activation="softmax")]
        ),
        engine=engine,
    )
    x = np.ones((64, 8, 8), np.float32)
    x[40] = 3e38
    message = message_of(model, x, np.arange(64) % 3, shuffle=False, doctor=doctor)
    assert "in epoch 1, batch 2" in message
    assert "T104" in message
    assert "conv2d_1 is the first to make numbers that are not finite" in message
    assert "numbers up to 3e+38" in message
    assert "smaller numbers in the pictures" in message


def test_weights_that_an_update_spoiled_are_named_with_the_pictures_to_blame():
    model = konv.Sequential([konv.Input((4,)), Dense(2, kernel_initializer="zeros")])
    model.compile(konv.SGD(1.0), loss="mse")
    x = np.ones((64, 4), np.float32)
    x[3] = 1e30
    message = message_of(model, x, np.full((64, 2), 1e12), shuffle=False, doctor=False)
    assert "batch 2" in message
    assert "the weights of dense_1 are not finite" in message
    assert "numbers up to 1e+30" in message


def test_validation_names_the_first_layer_too():
    model = konv.Sequential([konv.Input((4,)), Dense(2), Dense(2)])
    model.compile(konv.SGD(1e-3), loss="mse")
    x, y = np.ones((8, 4), np.float32), np.ones((8, 2))
    judged = np.full((3, 4), 3e38, np.float32)
    model.set_weights([np.ones((4, 2)), np.zeros(2), np.ones((2, 2)), np.zeros(2)])
    message = message_of(model, x, y, validation_data=(judged, y[:3]))
    assert "epoch 1, validation" in message
    assert "dense_1 is the first to make numbers" in message


def test_the_same_numbers_are_drawn_when_the_batch_is_gone_through_again():
    """Half of the units are dropped; the one that overflows is named only if it was kept."""
    model = konv.Sequential([konv.Input((4,)), konv.Dropout(0.5), Dense(2, use_bias=False)], seed=1)
    model.compile(konv.SGD(1e-30), loss="mse")
    model.set_weights([np.full((4, 2), 2e38)])
    message = message_of(model, np.ones((32, 4), np.float32), np.zeros((32, 2)), augment=())
    count = int(message.split("not finite: ")[1].split(" of 64")[0].replace(",", ""))
    assert 0 < count < 64
