"""A plan as data: every layer has its work, and the figures are those of the network."""

import math
from dataclasses import replace

import pytest

from konv.engines.compiled.forecast.usual import usual_loss, usual_pixels
from konv.engines.compiled.plan.describing import described
from konv.engines.compiled.plan.division import divided
from konv.engines.compiled.plan.planning import forward_plan, training_plan
from konv.engines.compiled.target import AARCH64, target_of
from konv.layers import Conv2D, Dense, Flatten, Input, MaxPooling2D, ReLU
from konv.network import named_networks
from konv.network.graph import sequential
from oracles.machine import TARGETS

NETWORKS = [named.network for named in named_networks()]
PROCESSORS = [*map(target_of, TARGETS), AARCH64]
each_network = pytest.mark.parametrize("network", NETWORKS, ids=lambda network: network.name)
each_processor = pytest.mark.parametrize("target", PROCESSORS, ids=lambda target: target.name)

TINY = sequential(
    [
        Input((10, 8, 3)),
        Conv2D(20, 3, name="first"),
        ReLU(name="relu"),
        MaxPooling2D(2, name="pool"),
        Flatten(),
        Dense(5, activation="softmax", name="last"),
    ]
)

TWO_POOLS = sequential(
    [
        Input((20, 16, 3)),
        Conv2D(20, 3, activation="relu", name="first"),
        MaxPooling2D(2),
        Conv2D(40, 3, activation="relu", name="second"),
        MaxPooling2D(2),
        Flatten(),
        Dense(5, activation="softmax", name="last"),
    ]
)


def forward(network, target, pictures=32, alone=False):
    plan = forward_plan(network, "uint8", usual_pixels("uint8"), target, alone=alone)
    return described(plan, divided(plan, pictures, 2), target)


def training(network, target, pictures=32, threads=2):
    loss = usual_loss(network)
    plan = training_plan(network, "uint8", usual_pixels("uint8"), target, loss=loss).plan
    return described(plan, divided(plan, pictures, threads), target)


def calls_of(description):
    return [call for phase in description.phases for call in (*phase.before, *phase.calls)]


@each_network
@each_processor
def test_a_prediction_does_the_multiply_adds_that_the_report_counts(network, target):
    # What meets only the border of a padded map is left out.
    description = forward(network, replace(target, winograd=False))
    assert 0.8 * network.macs <= description.operations <= network.macs


@each_network
def test_every_layer_that_computes_has_its_call_and_no_other_has(network):
    named = {name for call in calls_of(training(network, PROCESSORS[-2])) for name in call.layers}
    assert named <= {node.name for node in network.nodes}
    assert {node.name for node in network.nodes if node.macs} <= named


@each_network
@each_processor
def test_nothing_is_foretold_to_be_faster_than_the_processor_multiplies(network, target):
    for call in calls_of(training(network, target)):
        assert 0 < call.cycles < math.inf
        assert call.cycles >= call.operations / (2 * target.vector) * 0.99


def test_what_is_one_kernel_is_named_together():
    (fused,) = [call for call in calls_of(forward(TINY, AARCH64)) if call.kernel == "Convolution"]
    assert fused.layers == ("first", "relu", "pool")
    assert (fused.rectified, fused.pooled) == (True, True)
    # 8·6 outputs of 3·3·3 products for each of 20 filters
    assert fused.operations == 8 * 6 * 27 * 20


@each_processor
def test_the_tile_is_that_of_the_code(target):
    (fused,) = [call for call in calls_of(forward(TINY, target)) if call.kernel == "Convolution"]
    tile = fused.tile
    assert tile.pixels == 4 * tile.pictures * tile.rows * tile.columns
    assert tile.width == target.vector
    vectors = -(-20 // target.vector)
    assert tile.chunks == -(-vectors // tile.vectors)
    assert (tile.pixels + tile.written_out) * tile.vectors + 1 <= target.registers


def test_all_ways_back_through_a_pool_are_compared():
    """Those of a first layer, which needs no gradient of its input, and of the one behind it."""
    kinds = {"sparse": "SparseWeightGradient", "picked": "PickedGradient"}
    layers = ("conv2d_1", "max_pooling2d_1")
    network = named_networks()[0].network
    for target in PROCESSORS:
        description = training(network, target)
        kernels = [call.kernel for call in calls_of(description) if call.layers == layers]
        (choice,) = [each for each in description.alternatives if each.work == "weight gradient"]
        costs = dict(choice.costs)
        assert choice.layers == layers
        assert ("picked" in costs) == (target.name in ("avx2", "avx512"))
        assert choice.taken == min(costs, key=costs.get)
        for way, kind in kinds.items():
            assert (kind in kernels) == (choice.taken == way)
        assert ("MaxUnpool" in kernels) == (choice.taken == "dense")


@each_processor
def test_each_gradient_behind_a_pool_goes_its_own_way(target):
    description = training(TWO_POOLS, target)
    kernels = [call.kernel for call in calls_of(description) if call.layers[:1] == ("second",)]
    ways = {
        each.work: each
        for each in description.alternatives
        if each.layers[0] == "second" and "sparse" in dict(each.costs)
    }
    assert set(ways) == {"weight gradient", "input gradient"}
    for work, kind in (("weight", "SparseWeightGradient"), ("input", "SparseInputGradient")):
        taken = ways[f"{work} gradient"].taken
        assert (kind in kernels) == (taken == "sparse")
    dense = "dense" in {each.taken for each in ways.values()}
    assert ("MaxUnpool" in kernels) == dense


def test_arrays_are_counted_by_who_has_one_of_his_own():
    description = training(TINY, AARCH64, pictures=33, threads=1)
    slots = {slot.name: slot for slot in description.slots}
    assert (slots["images"].owners, slots["images"].bytes) == (33, 10 * 8 * 3)
    assert slots["images"].total_bytes == 33 * 240
    assert slots["weight first/kernel"].total_bytes == 4 * 27 * 20
    assert slots["lanes"].owners == description.lanes == 5
    apart = [slot.total_bytes for slot in description.slots if not slot.argument]
    assert 0 < description.own_bytes == sum(description.own.values()) < sum(apart)


def test_floors_say_that_they_are_floors():
    calls = {call.kernel: call for call in calls_of(training(TINY, AARCH64))}
    assert calls["Dense"].is_floor
    # 4·3·20 inputs and 5 units: two vectors of 4 products in a cycle
    assert calls["Dense"].cycles >= 4 * 3 * 20 * 5 / 8
    assert not calls["Convolution"].is_floor


def test_what_is_done_once_is_shared_among_the_pictures():
    few, many = (training(TINY, AARCH64, pictures=count) for count in (16, 1024))
    sums = [
        next(call.cycles for call in calls_of(each) if call.kernel == "LaneSum")
        for each in (few, many)
    ]
    # 3 arrays for 2 lanes and 16 pictures; 17 for 16 lanes and 1024
    assert sums[0] / sums[1] == pytest.approx((3 / 16) / (17 / 1024), rel=0.02)


@each_processor
def test_bands_of_a_picture_together_do_the_work_of_the_whole(target):
    network = next(each for each in NETWORKS if each.name == "vgg-mini")
    target = replace(target, winograd=False)
    whole, cut = (
        [call for call in calls_of(forward(network, target, 1, alone)) if call.operations]
        for alone in (False, True)
    )
    assert [call.kernel for call in cut] == [call.kernel for call in whole]
    assert max(call.bands for call in cut) > 1
    for one, other in zip(whole, cut, strict=True):
        # A tile of a band may be another one, and meet the border more often or more rarely.
        assert other.operations == pytest.approx(one.operations, rel=0.15)
        assert one.bands == 1


@each_processor
@pytest.mark.parametrize("alone", [False, True])
def test_convolutions_after_winograd_say_how_they_are_cut(target, alone):
    network = next(each for each in NETWORKS if each.name == "vgg-mini")
    calls = [call for call in calls_of(forward(network, target, 1, alone)) if call.winograd]
    assert {call.kernel for call in calls} - {"WinogradRows"} == {
        "WinogradAlone" if alone else "Winograd"
    }
    second = next(call for call in calls if call.layers == ("conv2d_2", "max_pooling2d_1"))
    assert (second.winograd.filtering, second.winograd.tiles) == ("F(4×4, 3×3)", 64)
    assert second.winograd.at_once % 8 == 0
    assert (second.rectified, second.pooled, second.tile) == (True, True, None)
    # a tile has 36 products instead of 144, of each of 32 channels and filters
    assert second.operations == 64 * 36 * 32 * 32


@each_processor
@pytest.mark.parametrize("alone", [False, True])
def test_convolutions_along_rows_say_how_they_are_cut(target, alone):
    network = next(each for each in NETWORKS if each.name == "simple")
    (call,) = [call for call in calls_of(forward(network, target, 1, alone)) if call.winograd]
    assert (call.kernel, call.rectified, call.pooled) == ("WinogradRows", True, True)
    # 24 rows of 6 tiles of 4 sums; if it is cut, into bands of fewer rows
    assert (call.winograd.filtering, call.bands * call.winograd.tiles) == ("F(4, 5)", 144)
    assert call.winograd.at_once <= 24 / call.bands
    # a tile has 5 rows of 8 products instead of 4 · 25, of each of 32 filters
    assert call.operations == 144 * 40 * 32
