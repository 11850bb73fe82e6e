"""What becomes of small networks: which kernels run, in which order, on which memory."""

from dataclasses import replace

import pytest

from konv.engines.compiled.engine import CompiledEngine
from konv.engines.compiled.kernels.convolution import Convolution
from konv.engines.compiled.kernels.convolution_input_gradient import ConvolutionInputGradient
from konv.engines.compiled.kernels.dense_gradients import DenseInputGradient
from konv.engines.compiled.kernels.folding import FoldedKernel
from konv.engines.compiled.kernels.rectifier import LINEAR, RELU, Rectifier
from konv.engines.compiled.plan.planning import forward_plan, training_plan
from konv.engines.compiled.plan.structure import PICTURES, Storage
from konv.engines.compiled.target import target_names, target_of
from konv.engines.contract import Pixels
from konv.layers import (
    Activation,
    Add,
    AveragePooling2D,
    BatchNormalization,
    Concatenate,
    Conv2D,
    Dense,
    DepthwiseConv2D,
    Dropout,
    Flatten,
    GlobalAveragePooling2D,
    Input,
    LeakyReLU,
    MaxPooling2D,
    MinPooling2D,
    ReLU,
    SeparableConv2D,
    ZeroPadding2D,
)
from konv.losses import MeanSquaredError, SparseCategoricalCrossentropy
from konv.network.graph import functional, sequential

TARGET = target_of(target_names()[0])


def forward(network, kind="float32", target=TARGET):
    return forward_plan(network, kind, Pixels(), target)


def training(network, loss=None):
    loss = loss or MeanSquaredError()
    return training_plan(network, "float32", Pixels(), TARGET, loss=loss).plan


def calls(plan, kind=None):
    found = [call for phase in plan.phases for call in phase.calls]
    return [call for call in found if kind is None or isinstance(call.kernel, kind)]


def names(plan):
    """The kinds of the kernels, in the order in which they run."""
    return " ".join(type(call.kernel).__name__ for call in calls(plan))


def row(*layers, shape=(8, 8, 2)):
    return sequential([Input(shape), *layers])


def conv(activation="linear", filters=3, size=3, **settings):
    return Conv2D(filters, size, activation=activation, **settings)


def first(filters=3, size=3, **settings):
    return Conv2D(filters, size, data_format="channels_first", **settings)


def read_twice():
    x = Input((8, 8, 2))
    y = Conv2D(3, 3)(x)
    return functional(x, Concatenate()([ReLU()(y), y]))


def pooled_twice():
    x = Input((8, 8, 2))
    y = Conv2D(3, 3, activation="relu")(x)
    return functional(x, Concatenate()([MaxPooling2D(2)(y), AveragePooling2D(2)(y)]))


def added():
    x = Input((8, 8, 2))
    return functional(x, ReLU()(Add()([Conv2D(3, 3)(x), Conv2D(3, 3)(x)])))


FIRST = (2, 8, 8)

# What follows "ReadPixels" in prediction.
FUSED = [
    # one kernel for a convolution, its rectifier and its pool
    (row(conv("relu"), MaxPooling2D(2)), "Convolution"),
    (row(conv(), ReLU(), MaxPooling2D(2)), "Convolution"),
    (row(conv(), Activation("linear"), MaxPooling2D((3, 1))), "Convolution"),
    (row(conv(), LeakyReLU(0.1)), "Convolution"),
    (row(conv("leaky_relu"), MaxPooling2D(3)), "Convolution"),
    (row(conv(), BatchNormalization(), ReLU(), MaxPooling2D(2)), "Convolution"),
    (row(DepthwiseConv2D(3), ReLU()), "Depthwise"),
    (row(SeparableConv2D(3, 3, activation="relu"), MaxPooling2D(2)), "Depthwise Convolution"),
    (row(Flatten(), Dense(3), ReLU()), "Dense"),
    (added(), "Convolution Convolution Sum"),
    # what is no rectifier, or a second one
    (row(conv(), LeakyReLU(1.0)), "Convolution Activation"),
    (row(conv(), ReLU(6)), "Convolution Activation"),
    (row(conv(), ReLU(threshold=1)), "Convolution Activation"),
    (row(conv("relu"), ReLU()), "Convolution Activation"),
    (row(conv("tanh"), MaxPooling2D(2)), "Convolution Activation Pooling"),
    # pools whose windows overlap, reach beyond the map, are too large, or are of another kind
    (row(conv("relu"), MaxPooling2D(2, strides=1)), "Convolution Pooling"),
    (row(conv("relu"), MaxPooling2D(2, strides=3)), "Convolution Pooling"),
    (row(conv("relu"), MaxPooling2D(4, padding="same")), "Convolution Pooling"),
    (row(conv("relu", padding="same"), MaxPooling2D(4)), "Convolution Pooling"),
    (row(conv("relu"), MinPooling2D(2)), "Convolution Pooling"),
    (row(conv("relu"), AveragePooling2D(2)), "Convolution Pooling"),
    (row(DepthwiseConv2D(3), MaxPooling2D(2)), "Depthwise Pooling"),
    # what somebody else reads too
    (read_twice(), "Convolution Activation Copy Copy"),
    (pooled_twice(), "Convolution Pooling Pooling Copy Copy"),
    # layers that cost nothing
    (row(conv("relu"), Flatten(), Dropout(0.5), Dense(2)), "Convolution Dense"),
    (row(conv(), Activation("linear"), Activation("linear")), "Convolution"),
    (row(GlobalAveragePooling2D(), Dense(2)), "Pooling Dense"),
    (row(conv(padding="same"), conv(padding="full")), "Convolution Convolution"),
    (row(Dense(2)), "Dense"),
    # channels-first networks are turned once when pixels are read, and once at the end
    (row(first(), first(padding="same"), shape=FIRST), "Convolution Convolution Copy"),
    (row(first(), Flatten("channels_first"), Dense(2), shape=FIRST), "Convolution Dense"),
    (row(first(), Flatten(), Dense(2), shape=FIRST), "Convolution Copy Dense"),
    (row(conv(), MaxPooling2D(2, data_format="channels_first")), "Convolution Copy Pooling Copy"),
    (row(ZeroPadding2D(1), conv()), "Copy Convolution"),
]


@pytest.mark.parametrize(
    ("network", "expected"), FUSED, ids=[f"{number}" for number in range(len(FUSED))]
)
def test_layers_become_as_few_kernels_as_possible(network, expected):
    found = names(forward(network)).split()
    assert " ".join(name for name in found if not name.startswith("Folded")) == (
        f"ReadPixels {expected}"
    )


def test_a_normalization_is_folded_only_where_its_statistics_are_known():
    network = row(conv(), BatchNormalization())
    assert names(forward(network)) == "FoldedBias FoldedKernel ReadPixels Convolution"
    assert names(training(network)).startswith(
        "ReadPixels Convolution ChannelSums BatchStatistics Normalize"
    )


@pytest.mark.parametrize(
    ("size", "channels", "scaled"),
    [
        (8, 40, True),  # 36 sums for each filter, each of 360 products
        (22, 40, False),  # 400 sums: there are fewer weights
        (4, 28, False),  # 252 products: one more operation for each sum would count
    ],
)
def test_a_folded_normalization_scales_sums_where_they_are_few_and_long(size, channels, scaled):
    network = row(conv(), BatchNormalization(), shape=(size, size, channels))
    direct = replace(TARGET, winograd=False)
    kernels = [call.kernel for call in forward(network, target=direct).calls]
    (convolution,) = [kernel for kernel in kernels if isinstance(kernel, Convolution)]
    assert convolution.scaled is scaled
    assert any(isinstance(kernel, FoldedKernel) for kernel in kernels) is not scaled


def test_an_activation_between_keeps_a_normalization_apart():
    assert "Normalize" in names(forward(row(conv("relu"), BatchNormalization())))
    assert "Normalize" in names(forward(row(conv(), BatchNormalization(1))))


def test_a_fused_kernel_knows_what_it_does():
    (call,) = calls(forward(row(conv("leaky_relu"), MaxPooling2D((3, 2)))), Convolution)
    assert call.kernel.pool == (3, 2)
    assert call.kernel.rectifier == Rectifier(0.2)
    assert not call.kernel.winners
    (call,) = calls(training(row(conv("relu"), MaxPooling2D(2))), Convolution)
    assert call.kernel.winners


# Backward


def test_the_first_layer_needs_no_gradient_of_its_input():
    for layers in ([conv()], [Flatten(), Dense(2)], [conv("relu"), MaxPooling2D(2)]):
        found = names(training(row(*layers)))
        assert "InputGradient" not in found
        assert "gradient of input_1" not in {slot.name for slot in training(row(*layers)).slots}


def test_nothing_is_brought_back_to_layers_without_weights():
    network = row(MaxPooling2D(2), Activation("tanh"), Flatten(), Dense(2))
    assert names(training(network)) == (
        "ReadPixels Pooling Activation Dense SquaredError DenseWeightGradient LaneSum"
    )


def test_a_network_without_weights_has_no_backward_pass():
    assert names(training(row(MaxPooling2D(2)))) == "ReadPixels Pooling SquaredError"


def gates(plan, kind):
    return [call.kernel.rectifier for call in calls(plan, kind)]


def test_a_gate_is_passed_in_the_kernel_that_writes_the_gradient():
    network = row(conv("relu"), conv("relu", padding=0), GlobalAveragePooling2D())
    plan = training(network)
    assert gates(plan, ConvolutionInputGradient) == [RELU]
    # that of the last convolution, whose gradient a pool writes
    assert names(plan).count("Gate") == 1


def test_a_gate_stays_shut_where_something_else_adds_to_the_gradient():
    x = Input((8, 8, 2))
    y = Conv2D(3, 3, activation="relu")(x)
    z = Conv2D(3, 3, padding="same")(y)
    plan = training(functional(x, Flatten()(Add()([y, z]))))
    assert gates(plan, ConvolutionInputGradient) == [LINEAR]
    assert names(plan).count("Gate") == 1
    order = names(plan).split()
    assert order.index("Gate") > order.index("ConvolutionInputGradient")


def test_a_dense_layer_passes_the_gate_of_the_one_before():
    plan = training(row(Flatten(), Dense(4, activation="relu"), Dense(2)))
    assert gates(plan, DenseInputGradient) == [RELU]
    assert "Gate" not in names(plan).split()


def test_softmax_and_its_loss_are_one_kernel():
    network = row(Flatten(), Dense(3, activation="softmax"))
    assert "Softmax " in f"{names(forward(network))} "
    found = names(training(network, SparseCategoricalCrossentropy())).split()
    assert "Softmax" not in found
    assert found.count("SoftmaxCrossentropy") == 1


def test_a_large_matrix_is_divided_and_a_small_or_shared_one_is_not():
    x = Input((600,))
    shared = Dense(600)
    twice = functional(x, shared(shared(x)))
    large = sequential([Input((600,)), Dense(600)])
    small = sequential([Input((60,)), Dense(60)])
    found = [
        {type(call.kernel).__name__ for call in calls(training(network))} & {"Dense", "DenseBatch"}
        for network in (large, small, twice)
    ]
    assert found == [{"DenseBatch"}, {"Dense"}, {"Dense"}]


# Memory


def slots(plan):
    return {slot.name: slot for slot in plan.slots}


def test_flatten_and_the_map_before_it_are_the_same_memory():
    plan = forward(row(conv("relu"), Flatten(), Dense(2)))
    assert not any("flatten" in name for name in slots(plan))
    (dense,) = [call for call in calls(plan) if type(call.kernel).__name__ == "Dense"]
    assert dense.slots[0] == "conv2d_1"


def test_what_only_one_phase_touches_stays_with_the_thread():
    plan = training(row(conv("relu"), MaxPooling2D(2), Flatten(), Dense(2)))
    assert [phase.items == PICTURES for phase in plan.phases].count(True) == 1
    own = [slot for slot in plan.slots if not slot.argument]
    assert {slot.storage for slot in own} == {Storage.WORKER, Storage.LANE}


def test_what_several_phases_touch_is_kept_for_every_picture():
    plan = training(row(conv(), BatchNormalization(), Flatten(), Dense(2)))
    known = slots(plan)
    assert known["conv2d_1"].storage is Storage.BATCH  # normalized when all is summed up
    assert known["dense_1"].storage is Storage.WORKER
    assert known["sums of batch_normalization_1"].storage is Storage.LANE


def test_a_padded_map_has_a_border_that_begins_as_zeros():
    known = slots(forward(row(conv(filters=5, padding="same"), conv(padding="same"))))
    assert known["input_1"].zeros
    assert known["input_1"].bytes == 10 * 10 * 2 * 4
    assert known["conv2d_1"].bytes == 10 * 10 * 5 * 4
    assert not known["outputs"].zeros


def bordered_and_read(reader):
    """A map with a border, since a padded convolution reads it; and somebody else does."""
    x = Input((8, 8, 2))
    y = Conv2D(3, 3, activation="relu")(x)
    parts = [Flatten()(Conv2D(2, 3, padding="same")(y)), Flatten()(reader(y))]
    return functional(x, Dense(2)(Concatenate()(parts)))


def test_a_dense_layer_reads_a_packed_copy_of_a_bordered_map():
    known = slots(forward(bordered_and_read(Dense(5))))
    assert known["conv2d_1"].bytes == 8 * 8 * 3 * 4
    assert known["conv2d_1, packed"].bytes == 6 * 6 * 3 * 4


def test_a_bordered_map_is_copied_when_it_is_flattened():
    plan = forward(bordered_and_read(Activation("linear")))
    assert slots(plan)["flatten_2"].bytes == 6 * 6 * 3 * 4
    assert [call.slots for call in calls(plan) if call.slots[0] == "conv2d_1"] == [
        ("conv2d_1", "weight conv2d_2/kernel", "weight conv2d_2/bias", "conv2d_2", "conv2d_2"),
        ("conv2d_1", "flatten_2"),
    ]


def test_the_tile_is_as_large_as_the_cache_allows():
    assert forward(row(conv())).tile == 8
    assert forward(row(conv(filters=16), conv(), shape=(200, 200, 1))).tile == 1
    middle = forward(row(conv(filters=8), conv(filters=8), shape=(72, 72, 1))).tile
    assert middle in (2, 4)


def test_tiles_and_lanes_do_not_depend_on_anything_but_the_network():
    for name in target_names():
        plan = forward_plan(row(conv()), "uint8", Pixels(), target_of(name))
        assert (plan.tile, plan.lanes) == (8, 16)


# Arguments


def test_the_caller_brings_weights_and_pictures_and_takes_outputs():
    network = row(conv(), Flatten(), Dense(2))
    given = {slot.name: slot.bytes for slot in forward(network, "uint8").slots if slot.argument}
    assert given == {
        "images": 8 * 8 * 2,
        "outputs": 2 * 4,
        **{f"weight {name}": spec.size * 4 for name, spec in network.weight_specs.items()},
    }


def test_every_trained_weight_has_a_place_for_its_gradient():
    x = Input((8, 8, 2))
    shared = Conv2D(3, 3, padding="same", activation="relu")
    y = BatchNormalization()(shared(Conv2D(3, 1)(x)))
    y = Flatten()(MaxPooling2D(2)(shared(y)))
    network = functional(x, Dense(700, activation="relu")(y))
    plan = training_plan(network, "uint8", Pixels(), TARGET, loss=MeanSquaredError())
    assert set(plan.gradients) == set(network.trained_weights)
    assert set(plan.states) == set(network.weight_specs) - set(network.trained_weights)
    known = slots(plan.plan)
    taken = set()
    for name, place in plan.gradients.items():
        size = network.weight_specs[name].size * 4
        assert place.offset + size <= known[place.slot].bytes
        mine = {(place.slot, place.offset + byte) for byte in range(0, size, 4)}
        assert not taken & mine
        taken |= mine


def test_targets_are_class_numbers_or_rows():
    network = row(Flatten(), Dense(3, activation="softmax"))
    for loss, shape, kind in (
        (SparseCategoricalCrossentropy(), (), "int64"),
        (MeanSquaredError(), (3,), "float32"),
    ):
        plan = training_plan(network, "uint8", Pixels(), TARGET, loss=loss)
        assert (plan.targets_shape, plan.targets) == (shape, kind)


def test_kernels_of_equal_layers_are_one():
    same = [conv(filters=4, padding="same") for _number in range(5)]
    plan = forward(row(conv(filters=4, padding="same"), *same))
    assert len(calls(plan, Convolution)) == 6
    different = {call.kernel for call in calls(plan, Convolution)}
    assert len(different) == 3  # the first; those between; the last, whose output has no border


def test_the_engine_runs_the_plan_of_its_processor():
    engine = CompiledEngine(TARGET)
    network = row(conv("relu"), MaxPooling2D(2))
    plan = engine.compile(network).prediction("float32").executable.plan
    assert repr(plan) == repr(forward(network))
