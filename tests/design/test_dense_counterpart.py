"""The dense network beside a CNN."""

import pytest

from konv import Conv2D, Dense, Flatten, Input, NetworkError, dense_counterpart
from konv.engines.reference.program import ReferenceEngine
from konv.losses import SparseCategoricalCrossentropy
from konv.network.graph import sequential
from konv.network.named import named_network, named_networks
from konv.network.report import report


def units(network):
    return [node.output_shape[0] for node in dense_counterpart(network).nodes if node.macs]


def test_that_of_the_tutorial_is_the_tutorials_own():
    network = dense_counterpart(named_network("tutorial-39x31").network)
    tutorial = named_network("tutorial-dense").network
    assert [node.layer for node in network.nodes] == [node.layer for node in tutorial.nodes]
    totals = report(network).totals
    assert (totals.weights, totals.parameters, totals.macs) == (1_055_400, 1_056_850, 1_055_400)


@pytest.mark.parametrize(
    ("layers", "expected"),
    [
        # one layer of weights: nothing is hidden
        ([Flatten(), Dense(10, activation="softmax")], [10]),
        # 784 / 2 = 392, in two digits
        ([Conv2D(4, 5), Flatten(), Dense(10)], [390, 10]),
        # 784 / 2 and 784 / 8 = 98
        ([Conv2D(4, 5), Conv2D(4, 5), Flatten(), Dense(10)], [390, 98, 10]),
        # 392, 784 / 4 = 196 → 200, 98
        ([Conv2D(4, 3), Conv2D(4, 3), Conv2D(4, 3), Flatten(), Dense(10)],
         [390, 200, 98, 10]),
        # never fewer than the outputs
        ([Conv2D(4, 5), Conv2D(4, 5), Flatten(), Dense(300)], [390, 300, 300]),
    ],
)  # fmt: skip
def test_hidden_layers_shrink_evenly_from_a_half_to_an_eighth(layers, expected):
    assert units(sequential([Input((28, 28, 1)), *layers])) == expected


def test_a_layer_whose_weights_are_shared_counts_once():
    network = named_network("resnet8").network
    own = sum(node.macs > 0 and not node.shares for node in network.nodes)
    assert len(units(network)) == own


@pytest.mark.parametrize("named", named_networks(), ids=lambda named: named.name)
def test_each_takes_the_same_pictures_ends_alike_and_can_be_trained(named):
    network, dense = named.network, dense_counterpart(named.network)
    assert dense.input_shape == network.input_shape
    assert dense.output_shape == network.output_shape
    assert dense.nodes[-1].layer.activation == "softmax"
    ReferenceEngine().compile(dense, loss=SparseCategoricalCrossentropy())


def test_outputs_that_are_a_map_have_none():
    with pytest.raises(NetworkError) as caught:
        dense_counterpart(sequential([Input((8, 8, 1)), Conv2D(4, 3)]))
    assert caught.value.code == "K310"
    assert "(6, 6, 4)" in str(caught.value)
