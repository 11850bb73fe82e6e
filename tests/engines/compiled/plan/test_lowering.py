"""From a network to operations: what is absorbed by what, and in which order axes lie."""

import pytest

from konv.engines.compiled.kernels.rectifier import LINEAR, RELU
from konv.engines.compiled.plan.layers import lowered
from konv.engines.compiled.plan.lowering import Lowering
from konv.engines.compiled.plan.values import CHANNELS_LAST, plain_form
from konv.engines.contract import Pixels
from konv.layers import (
    LAYERS,
    Add,
    BatchNormalization,
    Concatenate,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    GlobalMaxPooling2D,
    Input,
    MaxPooling2D,
    ReLU,
)
from konv.network.graph import functional, sequential
from oracles.samples import SAMPLES

ROW = sequential([Input((8, 8, 2)), Conv2D(3, 3), ReLU(), MaxPooling2D(2), Flatten(), Dense(2)])


def lowering(network, *, training=True):
    return lowered(network, "float32", Pixels(), training=training)


def kinds(network, **settings):
    return [type(operation).__name__ for operation in lowering(network, **settings).operations]


def test_a_rectifier_alone_behind_a_layer_is_absorbed():
    to = Lowering(ROW, training=False)
    rectifier, last = to.absorb_rectifier(ROW.node("conv2d_1"))
    assert (rectifier, last) == (RELU, ROW.nodes[2])
    assert to.absorb_rectifier(ROW.node("flatten_1"))[0] == LINEAR


def test_a_pool_whose_windows_lie_side_by_side_is_absorbed():
    to = Lowering(ROW, training=False)
    before = ROW.nodes[2]
    size, last = to.absorb_pool(before, 9)
    assert (size, last.name) == ((2, 2), "max_pooling2d_1")
    assert to.absorb_pool(before, 3) == ((1, 1), before)
    assert to.absorb_pool(ROW.nodes[0], 9) == ((1, 1), ROW.nodes[0])


@pytest.mark.parametrize(
    ("pool", "side", "absorbed"),
    [
        (MaxPooling2D(2), 9, True),  # a row and a column are left over
        (MaxPooling2D(2, padding="same"), 8, True),
        (MaxPooling2D(2, padding="same"), 9, False),  # windows reach beyond the map
        (MaxPooling2D(2, padding=1), 8, False),
        (MaxPooling2D(2, strides=1), 8, False),
        (MaxPooling2D(2, strides=(2, 3)), 8, False),
        (MaxPooling2D((3, 2)), 9, True),
    ],
    ids=str,
)
def test_other_pools_are_not(pool, side, absorbed):
    network = sequential([Input((side, side, 1)), Conv2D(3, 1), pool])
    assert ("PoolingOperation" not in kinds(network)) == absorbed


def test_what_two_layers_read_is_not_absorbed():
    x = Input((8, 8, 2))
    y = Conv2D(3, 3)(x)
    network = functional(x, Concatenate()([ReLU()(y), MaxPooling2D(1)(y)]))
    assert kinds(network).count("ActivationOperation") == 1
    assert kinds(network).count("PoolingOperation") == 1


def test_layers_that_do_nothing_leave_no_operation():
    network = sequential([Input((8,)), Dropout(0.5), ReLU(negative_slope=1), Dense(2)])
    assert kinds(network, training=False) == ["Reading", "ActivationOperation", "DenseOperation"]
    assert "Dropping" in kinds(network)
    assert "Dropping" not in kinds(sequential([Input((8,)), Dropout(0.0), Dense(2)]))


def test_channels_first_maps_lie_channels_last():
    network = sequential(
        [
            Input((2, 8, 8)),
            Conv2D(3, 3, data_format="channels_first"),
            BatchNormalization(1),
            GlobalMaxPooling2D(data_format="channels_first"),
        ]
    )
    to = lowering(network)
    forms = {operation.output.name: operation.output.form for operation in to.operations}
    assert forms["input_1"] == forms["conv2d_1"] == CHANNELS_LAST
    assert forms["global_max_pooling2d_1"] == CHANNELS_LAST
    assert to.end().form == plain_form(network.output_shape)
    assert "Reordering" not in kinds(network)


def test_axes_are_turned_once_for_all_who_want_them_so():
    x = Input((2, 8, 8))
    y = Conv2D(3, 3, data_format="channels_first")(x)
    last = [Conv2D(3, 1, padding="same")(y) for _number in "12"]
    assert kinds(functional(x, Flatten()(Add()(last)))).count("Reordering") == 1


def test_the_end_is_in_the_order_of_its_shape():
    network = sequential([Input((2, 8, 8)), Conv2D(3, 3, data_format="channels_first")])
    to = lowering(network)
    count = len(to.operations)
    assert to.end().form == (0, 1, 2)
    assert to.end() is to.end()
    assert len(to.operations) == count + 1


def test_pictures_need_no_gradient_and_what_has_weights_gives_one():
    to = lowering(ROW)
    needed = {operation.output.name: operation.output.differentiable for operation in to.operations}
    assert not needed["input_1"]
    assert needed["dense_1"]


def test_names_are_unique_and_readers_are_counted():
    x = Input((4, 4, 2))
    y = Conv2D(2, 1, name="a")(x)
    network = functional(x, Add()([y, y, Conv2D(2, 1, name="b")(y)]))
    to = lowering(network)
    names = [operation.output.name for operation in to.operations]
    assert len(set(names)) == len(names)
    (a,) = [operation.output for operation in to.operations if operation.output.name == "a"]
    assert a.readers == 3


def test_shared_layers_are_known_as_such():
    x = Input((3,))
    shared, alone = Dense(3), Dense(3)
    network = functional(x, alone(shared(shared(x))))
    to = Lowering(network, training=True)
    assert [to.is_shared(node) for node in network.nodes[1:]] == [True, True, False]


def test_every_kind_of_layer_has_an_operation():
    """A layer that is added without one is noticed here."""
    lowered_kinds = set()
    for sample in SAMPLES:
        if len(sample.shapes) == 1:
            x = Input(sample.shapes[0])
            network = functional(x, x if sample.kind == "Input" else sample.layer(x))
            assert lowering(network).end().shape == network.output_shape
            lowered_kinds.add(sample.kind)
    assert lowered_kinds == set(LAYERS) - {"Add", "Concatenate"}
