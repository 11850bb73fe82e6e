"""The plan of a network on this machine."""

import pytest

from konv.engines import get_threads
from konv.engines.compiled.forecast.outline import outlined
from konv.engines.compiled.target import host_target
from konv.layers import Conv2D, Dense, Flatten, Input, MaxPooling2D
from konv.network import named_network
from konv.network.graph import sequential

NETWORK = named_network("digits-mini").network


def test_of_training_and_of_prediction():
    training = outlined(NETWORK, training=True, pictures=64, kind="uint8")
    prediction = outlined(NETWORK, training=False, pictures=64, kind="uint8")
    assert (training.loss, prediction.loss) == ("SparseCategoricalCrossentropy", None)
    assert training.plan.cycles > prediction.plan.cycles > 0
    assert prediction.macs == NETWORK.macs
    assert training.plan.target == host_target().name
    assert training.plan.workers <= get_threads()


def test_the_update_ends_a_step_of_training_only():
    training = outlined(NETWORK, training=True, pictures=64, kind="uint8")
    assert training.optimizer == "Adam"
    updates = [c for phase in training.plan.phases for c in phase.calls if c.kernel == "AdamUpdate"]
    assert len(updates) == len(NETWORK.trained_weights)
    # w, m and v are read and written: each once per batch
    numbers = 3 * NETWORK.parameters / 64
    assert sum(call.cycles for call in updates) >= numbers / (2 * training.plan.vector)
    prediction = outlined(NETWORK, training=False, pictures=64, kind="uint8")
    assert prediction.optimizer is None
    assert "AdamUpdate" not in kernels_of(prediction)


def test_a_network_without_weights_has_no_update():
    network = sequential([Input((4, 4, 1)), Flatten()])
    outline = outlined(network, training=True, pictures=4, kind="uint8")
    assert outline.optimizer is None
    assert "AdamUpdate" not in kernels_of(outline)


def kernels_of(outline):
    return {call.kernel for phase in outline.plan.phases for call in phase.calls}


def test_a_network_of_gigabytes_has_a_plan():
    network = sequential([Input((28, 28, 16)), Flatten(), Dense(65_536), Dense(2)])
    outline = outlined(network, training=True, pictures=4_096, kind="uint8")
    assert outline.plan.own_bytes > 2**30
    kernels = [call.kernel for phase in outline.plan.phases for call in phase.calls]
    assert "DenseBatch" in kernels


def test_time_is_cycles_at_the_rate_of_the_processor():
    outline = outlined(NETWORK, training=True, pictures=8, kind="float32")
    assert outline.us_per_picture == pytest.approx(
        1e6 * outline.plan.cycles / outline.cycles_per_second
    )
    assert outline.microseconds(outline.cycles_per_second) == pytest.approx(1e6)


def test_pixels_of_float32_take_four_times_the_room():
    rooms = []
    for kind in ("uint8", "float32"):
        plan = outlined(NETWORK, training=False, pictures=8, kind=kind).plan
        rooms += [slot.total_bytes for slot in plan.slots if slot.name == "images"]
    assert rooms == [8 * 8 * 8, 4 * 8 * 8 * 8]


@pytest.mark.parametrize("training", [True, False])
def test_channels_first_is_the_same_work(training):
    outlines = []
    for data_format, shape in (("channels_last", (12, 10, 3)), ("channels_first", (3, 12, 10))):
        layers = [
            Input(shape),
            Conv2D(8, 3, activation="relu", data_format=data_format),
            MaxPooling2D(2, data_format=data_format),
            Flatten(data_format=data_format),
            Dense(4, activation="softmax"),
        ]
        outlines.append(outlined(sequential(layers), training=training, pictures=8, kind="uint8"))
    first, second = (outline.plan.operations for outline in outlines)
    assert first == second > 0


@pytest.mark.parametrize("pictures", [1, 65_536])
def test_any_batch_has_a_plan(pictures):
    plan = outlined(NETWORK, training=True, pictures=pictures, kind="uint8").plan
    assert plan.pictures == pictures
    assert plan.lane * plan.lanes >= pictures
