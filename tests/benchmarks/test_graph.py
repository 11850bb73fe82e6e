import numpy as np
import pytest
from benchmarks.suite.graph import Graph, Operation, flattened_maps, same_zeros
from benchmarks.suite.lowering import CannotLowerError, lowered
from benchmarks.suite.networks import NETWORKS, make_job, subject
from benchmarks.suite.peers.base import rows_in_map_order

from konv import layers
from konv.network import functional, sequential
from konv.network.weights import new_weights


def graph_of(*middle, shape=(6, 5, 3)):
    network = sequential([layers.Input(shape), *middle])
    return lowered(network, new_weights(network, 0))


def kinds(graph):
    return [operation.kind for operation in graph.operations]


def test_an_activation_becomes_an_operation_of_its_own_and_a_last_softmax_the_ending():
    graph, weights = graph_of(
        layers.Conv2D(4, 3, activation="relu", name="maps"),
        layers.Flatten(),
        layers.Dense(2, activation="softmax", name="classes"),
    )
    assert kinds(graph) == ["input", "convolution", "activation", "flatten", "dense"]
    assert graph.ending == "softmax"
    assert {name: array.shape for name, array in weights.items()} == {
        "maps/kernel": (3, 3, 3, 4),
        "maps/bias": (4,),
        "classes/kernel": (48, 2),
        "classes/bias": (2,),
    }


def test_a_separable_convolution_becomes_two():
    graph, weights = graph_of(layers.SeparableConv2D(7, 3, depth_multiplier=2, name="s"))
    assert kinds(graph) == ["input", "depthwise", "convolution"]
    assert [item.shape for item in graph.operations] == [(6, 5, 3), (4, 3, 6), (4, 3, 7)]
    assert weights["s/kernel"].shape == (1, 1, 6, 7)


def test_a_true_convolution_is_given_with_its_kernel_flipped():
    network = sequential([layers.Input((4, 4, 1)), layers.Conv2D(1, 2, true_convolution=True)])
    kernel = np.arange(4, dtype=np.float32).reshape(2, 2, 1, 1)
    _graph, weights = lowered(
        network, {"conv2d_1/kernel": kernel, "conv2d_1/bias": np.zeros(1, np.float32)}
    )
    assert weights["conv2d_1/kernel"].reshape(-1).tolist() == [3, 2, 1, 0]


def test_an_activation_that_does_nothing_is_left_out_and_what_follows_takes_its_input():
    graph, _weights = graph_of(layers.Activation("linear"), layers.MaxPooling2D(2))
    assert kinds(graph) == ["input", "pool"]
    assert graph.operations[1].inputs == (graph.operations[0].name,)


def test_zeros_are_top_left_bottom_right():
    graph, _weights = graph_of(layers.ZeroPadding2D(((1, 2), (3, 4))))
    assert graph.operations[1].fields["zeros"] == [1, 3, 2, 4]


@pytest.mark.parametrize(
    "layer",
    [
        layers.MinPooling2D(2),
        layers.ReLU(threshold=1.0),
        layers.BatchNormalization(scale=False),
        layers.BatchNormalization(axis=1),
        layers.Conv2D(2, 1, data_format="channels_first"),
    ],
    ids=lambda layer: type(layer).__name__,
)
def test_what_no_peer_is_told_how_to_run_is_refused(layer):
    with pytest.raises(CannotLowerError):
        graph_of(layer)


def test_a_branch_keeps_both_inputs():
    start = layers.Input((4, 4, 2))
    left = layers.Conv2D(2, 1, name="left")(start)
    network = functional(start, layers.Add(name="sum")(left, start))
    graph, _weights = lowered(network, new_weights(network, 0))
    assert graph.operation("sum").inputs == ("left", graph.operations[0].name)


@pytest.mark.parametrize("letter", NETWORKS)
def test_every_measured_network_becomes_a_graph_that_json_holds(letter):
    item = subject(letter)
    job = make_job(item.network, 2)
    assert Graph.from_json(job.graph.to_json()) == job.graph
    assert job.graph.operations[-1].shape == item.network.output_shape
    assert sum(array.size for array in job.weights.values()) == item.network.parameters


def test_the_dense_behind_a_flattened_map_is_found_through_activation_and_dropout():
    graph, _weights = graph_of(
        layers.Flatten(), layers.ReLU(), layers.Dropout(0.5), layers.Dense(2, name="first"),
        layers.Dense(3, name="second"),
    )  # fmt: skip
    assert flattened_maps(graph) == {"first": (6, 5, 3)}


def test_a_flattened_map_of_one_channel_needs_no_other_order():
    graph, _weights = graph_of(layers.Flatten(), layers.Dense(2), shape=(6, 5, 1))
    assert flattened_maps(graph) == {}
    kernel = np.arange(60).reshape(30, 2)
    np.testing.assert_array_equal(rows_in_map_order(kernel, (6, 5, 1)), kernel)


def test_rows_of_a_kernel_follow_the_map_turned_to_channels_first():
    maps = np.random.default_rng(0).normal(size=(3, 2, 4))
    kernel = np.random.default_rng(1).normal(size=(24, 5))
    turned = maps.transpose(2, 0, 1).reshape(-1)
    np.testing.assert_allclose(
        turned @ rows_in_map_order(kernel, maps.shape), maps.reshape(-1) @ kernel
    )


def test_a_flattened_map_that_something_else_takes_is_refused():
    operations = (
        Operation("input", "x", (), (2, 2, 3)),
        Operation("flatten", "f", ("x",), (12,)),
        Operation("batch_normalization", "b", ("f",), (12,)),
    )
    with pytest.raises(ValueError, match="batch_normalization"):
        flattened_maps(Graph(operations, "linear"))
    with pytest.raises(ValueError, match="ends"):
        flattened_maps(Graph(operations[:2], "linear"))


@pytest.mark.parametrize(
    ("size", "window", "strides", "zeros"),
    [
        ((32, 32), (3, 3), (1, 1), (1, 1, 1, 1)),
        ((32, 32), (3, 3), (2, 2), (0, 0, 1, 1)),
        ((5, 6), (2, 4), (1, 3), (0, 0, 1, 1)),
        ((8, 8), (1, 1), (2, 2), (0, 0, 0, 0)),
    ],
)
def test_the_zeros_of_same_put_the_odd_one_behind(size, window, strides, zeros):
    assert same_zeros((*size, 7), window, strides) == zeros
