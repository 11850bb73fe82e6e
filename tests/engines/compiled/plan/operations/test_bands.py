"""One picture shared by several threads: the same bits as by one."""

import math
from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from konv.engines.compiled.engine import CompiledEngine
from konv.engines.compiled.kernels.banding import Banded
from konv.engines.compiled.kernels.base import MapLayout
from konv.engines.compiled.kernels.convolution import Convolution, Window
from konv.engines.compiled.plan.operations.bands import cut, pays_to_share, saved_by_sharing
from konv.engines.compiled.plan.planning import forward_plan
from konv.engines.compiled.runtime.guarded import guarded_bytes
from konv.engines.compiled.target import Sharing, host_target
from konv.engines.contract import Pixels
from konv.engines.threads import get_threads, set_threads
from konv.network.named import named_network
from konv.network.weights import new_weights
from oracles.random_networks import random_network


@pytest.fixture(autouse=True)
def former_threads():
    before = get_threads()
    yield
    set_threads(before)


def outputs(program, network, threads, pictures):
    weights = new_weights(network, 3)
    images = np.random.default_rng(0).random((3, *network.input_shape), np.float32)
    set_threads(threads)
    return program.forward(weights, images[:pictures])[0]


def banded_kernels(program):
    plan = program.prediction("float32").alone.plan
    return [call.kernel for call in plan.calls if isinstance(call.kernel, Banded)]


@pytest.mark.parametrize("name", ["tutorial-120x60", "vgg-mini", "resnet8"])
def test_a_picture_that_threads_share_has_the_bits_of_one_in_a_batch(name):
    network = named_network(name).network
    program = CompiledEngine(replace(host_target(), winograd=False)).compile(network)
    in_batch = outputs(program, network, 1, 3)
    for threads in (1, 2, 3):
        np.testing.assert_array_equal(outputs(program, network, threads, 1), in_batch)
    assert banded_kernels(program)


def test_bands_of_any_network_stay_between_their_guards():
    always = replace(host_target(), sharing=Sharing(waiting=-math.inf, fewest_saved=0))
    cut_kernels = 0
    for seed in range(40):
        network = random_network(seed, exact=bool(seed % 2))
        allocate = partial(guarded_bytes, from_start=bool(seed % 4 < 2))
        program = CompiledEngine(always, allocate).compile(network)
        alone, in_batch = outputs(program, network, 2, 1), outputs(program, network, 1, 3)
        np.testing.assert_array_equal(alone, in_batch, err_msg=f"seed {seed}")
        cut_kernels += len(banded_kernels(program))
    assert cut_kernels > 25


def test_a_map_is_cut_into_bands_that_overlap_where_windows_reach():
    kernel = Convolution(
        MapLayout(16, 8, 64, 1, 1, 1, 1), MapLayout(16, 8, 64), Window((3, 3), padding=(1, 1))
    )
    found = cut(kernel, host_target())
    assert found.count == 4
    # 4 rows of windows of 3 rows meet 6 rows, the first of them in the border above the map
    assert (found.input.height, found.output.height) == (6, 4)
    assert found.offsets == (0, 0)
    row_bytes = (8 + 2) * 64 * 4
    assert found.strides == (4 * row_bytes, 4 * 8 * 64 * 4)


@pytest.mark.parametrize(
    ("height", "channels"),
    [
        (7, 64),  # no number of bands divides 7 rows
        (16, 1),  # too little work
    ],
)
def test_a_map_stays_whole_where_bands_do_not_fit_or_pay(height, channels):
    layout = MapLayout(height, 8, channels)
    assert cut(Convolution(layout, layout, Window((1, 1))), host_target()) is None


@pytest.mark.parametrize(
    ("channels", "pays"),
    [
        (1, False),  # 1,152 multiply-adds
        (64, True),  # 4.7 million, for 79 KiB of maps
    ],
)
def test_a_layer_is_shared_if_that_saves_more_than_waiting_and_moving_costs(channels, pays):
    layout = MapLayout(16, 8, channels, 1, 1, 1, 1)
    kernel = Convolution(layout, MapLayout(16, 8, channels), Window((3, 3), padding=(1, 1)))
    assert pays_to_share(kernel, (kernel.input, kernel.output), host_target()) is pays


def test_a_picture_is_shared_only_if_all_its_layers_together_are_worth_it():
    network = named_network("tutorial-39x31").network

    def phases_that_are_shared(fewest):
        target = replace(host_target(), sharing=Sharing(fewest_saved=fewest))
        plan = forward_plan(network, "uint8", Pixels(), target, alone=True)
        return [phase for phase in plan.phases if phase.items > phase.block and not phase.parts]

    saved = saved_by_sharing(phases_that_are_shared(0), host_target())
    assert saved > 0
    assert phases_that_are_shared(saved)
    assert not phases_that_are_shared(saved + 1)


@pytest.mark.parametrize(("more", "pays"), [(-1, True), (1, False)])
def test_what_waiting_and_moving_cost_belongs_to_the_processor(more, pays):
    layout = MapLayout(16, 8, 16)
    kernel, maps = Convolution(layout, layout, Window((1, 1))), (layout, layout)
    saved = kernel.cycles(host_target()) / 2
    waits = replace(host_target(), sharing=Sharing(saved + more, math.inf))
    moves = replace(host_target(), sharing=Sharing(0, 4 * layout.size / (saved + more)))
    assert pays_to_share(kernel, maps, waits) is pays
    assert pays_to_share(kernel, maps, moves) is pays
