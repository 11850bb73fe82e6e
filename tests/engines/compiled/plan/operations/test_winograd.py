"""Which convolutions are done after Winograd, and that everybody gets the same bits of them."""

from dataclasses import replace

import numpy as np
import pytest

from konv.engines.compiled.engine import CompiledEngine
from konv.engines.compiled.kernels.banding import Banded
from konv.engines.compiled.kernels.winograd import Winograd
from konv.engines.compiled.kernels.winograd_alone import WinogradAlone
from konv.engines.compiled.kernels.winograd_input_gradient import WinogradInputGradient
from konv.engines.compiled.kernels.winograd_rows import WinogradRows
from konv.engines.compiled.kernels.winograd_weights import WinogradWeights
from konv.engines.compiled.plan.planning import forward_plan, training_plan
from konv.engines.compiled.runtime.guarded import guarded_bytes
from konv.engines.compiled.target import AARCH64, Target, host_target, target_of
from konv.engines.contract import Pixels
from konv.engines.threads import get_threads, set_threads
from konv.layers import (
    BatchNormalization,
    Conv2D,
    Dense,
    DepthwiseConv2D,
    Flatten,
    Input,
    MaxPooling2D,
    ReLU,
)
from konv.losses import MeanSquaredError, SparseCategoricalCrossentropy
from konv.network.graph import functional, sequential
from konv.network.named import named_network
from konv.network.weights import new_weights
from oracles.machine import TARGETS

WIDE = Target("avx512", "", "x86-64-v4", "", vector=16, registers=32)
PROCESSORS = [WIDE, *map(target_of, TARGETS), AARCH64]


@pytest.fixture
def threads():
    before = get_threads()
    yield set_threads
    set_threads(before)


def kinds(plan, *kinds_of_kernels):
    return [call.kernel for call in plan.calls if isinstance(call.kernel, kinds_of_kernels)]


def forward(network, target, *, alone=False):
    return forward_plan(network, "float32", Pixels(), target, alone=alone)


def training(network, target):
    loss = MeanSquaredError()
    return training_plan(network, "float32", Pixels(), target, loss=loss).plan


def layers_of(plan, kind):
    return [call.layers[0] for call in plan.calls if isinstance(call.kernel, kind)]


@pytest.mark.parametrize("target", PROCESSORS, ids=lambda target: target.name)
def test_convolutions_of_many_channels_are_done_so_on_every_processor(target):
    network = named_network("vgg-mini").network
    taken = layers_of(forward(network, target), Winograd)
    assert taken[-5:] == [f"conv2d_{number}" for number in (2, 3, 4, 5, 6)]
    assert layers_of(forward(network, target, alone=True), WinogradAlone) == taken


def test_input_gradients_are_done_so_where_everything_has_one():
    plan = training(named_network("vgg-mini").network, WIDE)
    assert layers_of(plan, WinogradInputGradient) == ["conv2d_5", "conv2d_3"]
    made = [call for call in plan.calls if isinstance(call.kernel, WinogradWeights)]
    assert len({call.slots[-1] for call in made if call.kernel.turned}) == 2


def test_large_weights_are_transformed_by_several_tasks():
    plan = forward(named_network("vgg-mini").network, WIDE)
    tasks = [call.layers[0] for call in plan.calls if isinstance(call.kernel, WinogradWeights)]
    assert [tasks.count(f"conv2d_{number}") for number in (2, 3, 4, 5, 6)] == [1, 1, 2, 4, 4]


def test_what_was_compared_is_noted_and_the_cheaper_taken():
    plan = forward(named_network("vgg-mini").network, WIDE)
    assert [each.work for each in plan.alternatives] == ["sums"] * 6
    assert [each.taken for each in plan.alternatives] == ["direct", *["winograd"] * 5]


@pytest.mark.parametrize("alone", [False, True])
def test_it_can_be_forbidden_and_asked_for(alone):
    network = named_network("vgg-mini").network
    never, always = (
        forward(network, replace(WIDE, winograd=wanted), alone=alone) for wanted in (False, True)
    )
    assert not kinds(never, Winograd, WinogradAlone, WinogradWeights)
    assert len(kinds(always, Winograd, WinogradAlone)) == 6
    assert not kinds(training(network, replace(WIDE, winograd=False)), WinogradInputGradient)


OTHERS = {
    "another window": Conv2D(32, 5, padding="same"),
    "a long window": Conv2D(32, (3, 1)),
    "strides": Conv2D(32, 3, strides=2),
    "one stride": Conv2D(32, 3, strides=(1, 2)),
    "dilation": Conv2D(32, 3, dilation_rate=2),
    "groups": Conv2D(32, 3, groups=2),
    "each channel by itself": DepthwiseConv2D(3),
}


@pytest.mark.parametrize("name", OTHERS)
def test_no_other_windows_can_be_done_in_tiles(name):
    network = sequential([Input((16, 16, 32)), OTHERS[name], Flatten(), Dense(2)])
    always = replace(WIDE, winograd=True)
    for plan in (forward(network, always), training(network, always)):
        assert not kinds(plan, Winograd, WinogradInputGradient, WinogradWeights)


ALONG_ROWS = {
    "5×5": Conv2D(32, 5),
    "four wide": Conv2D(32, 4),
    "one row": Conv2D(32, (1, 5), padding="same"),
    "seven rows": Conv2D(32, (7, 3), padding="same"),
    "turned": Conv2D(32, (2, 3), true_convolution=True),
}
NOT_ALONG_ROWS = {
    "seven wide": Conv2D(32, 7),
    "so many rows that there are no registers left": Conv2D(32, (16, 3)),
    "strides": Conv2D(32, 5, strides=2),
    "dilation": Conv2D(32, 5, dilation_rate=2),
    "groups": Conv2D(32, 5, groups=2),
    "weights that do not stay near": Conv2D(128, 5),
}


@pytest.mark.parametrize("name", ALONG_ROWS | NOT_ALONG_ROWS)
def test_windows_three_to_five_wide_can_be_done_along_rows(name):
    layer = (ALONG_ROWS | NOT_ALONG_ROWS)[name]
    network = sequential([Input((20, 20, 32)), layer, Flatten(), Dense(2)])
    always = replace(target_of(TARGETS[0]), winograd=True)
    for plan in (forward(network, always), training(network, always)):
        assert len(kinds(plan, WinogradRows)) == (name in ALONG_ROWS)


@pytest.mark.parametrize(
    ("pool", "fused"), [((2, 2), True), ((2, 4), True), ((3, 2), True), ((2, 3), False)]
)
def test_pools_are_taken_along_rows_if_their_columns_divide_a_tile(pool, fused):
    network = sequential([Input((28, 28, 8)), Conv2D(32, 5), MaxPooling2D(pool)])
    found = kinds(forward(network, replace(WIDE, winograd=True)), WinogradRows)
    assert [kernel.pool for kernel in found] == ([pool] if fused else [])


@pytest.mark.parametrize("target", PROCESSORS, ids=lambda target: target.name)
def test_windows_of_five_on_few_channels_go_along_rows_on_every_processor(target):
    for name in ("simple", "tutorial-120x60"):
        network = named_network(name).network
        for plan in (forward(network, target), training(network, target)):
            assert "conv2d_1" in layers_of(plan, WinogradRows)
    never = replace(target, winograd=False)
    assert not kinds(forward(network, never), WinogradRows)


@pytest.mark.parametrize(("pool", "fused"), [((2, 2), True), ((1, 4), True), ((3, 3), False)])
def test_pools_whose_windows_divide_a_tile_are_taken_along(pool, fused):
    network = sequential([Input((24, 24, 32)), Conv2D(32, 3, padding="same"), MaxPooling2D(pool)])
    found = kinds(forward(network, replace(WIDE, winograd=True)), Winograd)
    assert [kernel.pool for kernel in found] == ([pool] if fused else [])


def test_a_map_of_one_pixel_has_no_border_for_its_gradient_and_is_left_alone():
    layers = [Input((1, 1, 4)), Conv2D(8, 1), Conv2D(8, 3, padding="same"), Flatten(), Dense(2)]
    plan = training(sequential(layers), replace(WIDE, winograd=True))
    assert len(kinds(plan, Winograd)) == 1
    assert not kinds(plan, WinogradInputGradient)


def test_layers_that_share_weights_share_the_transformed_ones():
    x = Input((16, 16, 32))
    conv = Conv2D(32, 3, padding="same", activation="relu")
    plan = training(functional(x, Flatten()(conv(conv(x)))), replace(WIDE, winograd=True))
    assert len(kinds(plan, Winograd)) == 2
    assert sorted(kernel.turned for kernel in kinds(plan, WinogradWeights)) == [False, True]


def test_pictures_go_together_so_that_weights_are_read_for_all():
    network = named_network("vgg-mini").network
    assert training(network, WIDE).tile >= 4
    assert training(network, replace(WIDE, winograd=False)).tile < 4


def normalized(**settings):
    """Folded normalizations, true convolutions, ragged maps, a pool."""
    return sequential(
        [
            Input((30, 27, 16)),
            Conv2D(40, 3, padding="same", use_bias=False, **settings),
            BatchNormalization(),
            ReLU(),
            Conv2D(33, 3, activation="relu", **settings),
            MaxPooling2D(2),
            Conv2D(48, 3, padding="same", activation="relu", **settings),
            Flatten(),
            Dense(3),
        ]
    )


def five_wide():
    """The same along rows: a folded normalization, ragged maps, a pool."""
    return sequential(
        [
            Input((45, 42, 3)),
            Conv2D(24, 5, padding="same", use_bias=False),
            BatchNormalization(),
            ReLU(),
            MaxPooling2D(2),
            Conv2D(33, (3, 5), activation="relu", true_convolution=True),
            Flatten(),
            Dense(3),
        ]
    )


MADE_HERE = {"normalized": normalized, "five wide": five_wide}


@pytest.mark.parametrize("name", ["vgg-mini", *MADE_HERE])
@pytest.mark.parametrize("isa", TARGETS)
def test_a_picture_has_the_same_bits_alone_and_in_every_batch(name, isa, threads):
    network = MADE_HERE[name]() if name in MADE_HERE else named_network(name).network
    target = replace(target_of(isa), winograd=True)
    weights = new_weights(network, 3)
    images = np.random.default_rng(0).random((19, *network.input_shape), np.float32)
    program = CompiledEngine(target, allocate=guarded_bytes).compile(network)
    threads(1)
    whole = program.forward(weights, images)
    for count in (1, 2, 3):
        threads(count)
        for size in (1, 2, 7):
            parts = [program.forward(weights, images[i : i + size]) for i in range(0, 14, size)]
            np.testing.assert_array_equal(np.concatenate(parts), whole[:14])
    plan = program.prediction("float32").alone.plan
    assert kinds(plan, WinogradAlone) or any(
        isinstance(kernel.kernel, WinogradRows) for kernel in kinds(plan, Banded)
    )


@pytest.mark.parametrize(
    "network",
    [normalized(), normalized(true_convolution=True), five_wide()],
    ids=["in tiles", "turned", "along rows"],
)
def test_a_normalization_is_folded_into_transformed_weights(network):
    generator = np.random.default_rng(4)
    weights = {
        name: generator.uniform(0.5, 1.5, spec.shape).astype(np.float32)
        if name.endswith(("gamma", "variance"))
        else generator.normal(0, 0.1, spec.shape).astype(np.float32)
        for name, spec in network.weight_specs.items()
    }
    images = generator.random((3, *network.input_shape), np.float32)
    after, direct = (
        CompiledEngine(replace(host_target(), winograd=wanted), allocate=guarded_bytes).compile(
            network
        )
        for wanted in (True, False)
    )
    expected = direct.forward(weights, images)
    allowed = 1e-5 * np.abs(expected).max()
    np.testing.assert_allclose(after.forward(weights, images), expected, rtol=0, atol=allowed)


def test_training_has_the_same_bits_for_any_number_of_threads(threads):
    network = named_network("vgg-mini").network
    weights = new_weights(network, 1)
    generator = np.random.default_rng(0)
    images = generator.random((21, 32, 32, 3), np.float32)
    program = CompiledEngine().compile(network, loss=SparseCategoricalCrossentropy())
    found = set()
    for count in (1, 2, 3, 5):
        threads(count)
        step = program.loss_and_gradients(weights, images, np.arange(21) % 10, key=1)
        arrays = step.losses, step.outputs, *step.gradients.values()
        found.add(b"".join(array.tobytes() for array in arrays))
    assert len(found) == 1
    assert kinds(program.training_step("float32").executable.plan, WinogradInputGradient)
