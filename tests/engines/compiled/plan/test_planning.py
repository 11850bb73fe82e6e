"""Plans as a whole: how many lanes, how large a tile."""

import pytest

from konv.engines.compiled.plan.planning import forward_plan, training_plan
from konv.engines.compiled.target import host_target
from konv.engines.contract import Pixels
from konv.layers import Conv2D, Dense, Flatten, Input
from konv.losses import MeanSquaredError
from konv.network.graph import sequential


def training(*layers):
    network = sequential([*layers, Flatten(), Dense(1)])
    loss = MeanSquaredError()
    return training_plan(network, "uint8", Pixels(), host_target(), loss=loss).plan


@pytest.mark.parametrize(
    ("filters", "lanes"),
    [
        (8, 16),
        # 512 · 512 · 9 numbers are 9.4 MB: 64 MiB hold the sums of 7 lanes
        (512, 7),
        # 2048 · 2048 · 9 numbers are 151 MB: two lanes are the fewest
        (2048, 2),
    ],
)
def test_the_sums_of_all_lanes_take_no_more_than_64_mib_if_they_can(filters, lanes):
    plan = training(Input((3, 3, filters)), Conv2D(filters, 3))
    assert plan.lanes == lanes


@pytest.mark.parametrize(("side", "tile"), [(8, 8), (512, 1)])
def test_a_tile_of_pictures_fits_the_cache(side, tile):
    network = sequential([Input((side, side, 1)), Conv2D(8, 3), Flatten()])
    assert forward_plan(network, "uint8", Pixels(), host_target()).tile == tile
