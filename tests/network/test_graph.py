import time

import numpy as np
import pytest
from hypothesis import given

from konv.errors import KonvError, NetworkError, ParameterError, ShapeError
from konv.layers import (
    Add,
    BatchNormalization,
    Concatenate,
    Conv2D,
    Dense,
    Flatten,
    Input,
    MaxPooling2D,
    ReLU,
)
from konv.network import Network, functional, sequential
from network.random_networks import networks
from oracles.properties import examples


def names(network):
    return [node.name for node in network.nodes]


def small():
    return sequential([Input((8, 8, 1)), Conv2D(4, 3), MaxPooling2D(), Flatten(), Dense(10)])


def test_layers_are_named_by_kind_and_number():
    network = sequential([Input((8, 8, 1)), Conv2D(4, 3), Conv2D(4, 3, name="mine"), Conv2D(4, 3)])
    assert names(network) == ["input_1", "conv2d_1", "mine", "conv2d_2"]
    assert [node.layer.name for node in network.nodes] == names(network)


def test_shapes_are_inferred():
    shapes = [(8, 8, 1), (6, 6, 4), (3, 3, 4), (36,), (10,)]
    assert [node.output_shape for node in small().nodes] == shapes
    assert small().input_shape == (8, 8, 1)
    assert small().output_shape == (10,)


def test_how_a_name_came_about_makes_no_difference():
    made = sequential([Input((4,)), Dense(2)])
    given_ = sequential([Input((4,), name="input_1"), Dense(2, name="dense_1")])
    assert made == given_
    assert hash(made) == hash(given_)


def test_weights_are_listed_once_in_the_order_of_keras():
    start = Input((8, 8, 2))
    shared = Conv2D(2, 3, padding="same")
    first = shared(start)
    end = BatchNormalization()(shared(first))
    network = functional(start, end)
    assert list(network.weight_specs) == [
        "conv2d_1/kernel",
        "conv2d_1/bias",
        "batch_normalization_1/gamma",
        "batch_normalization_1/beta",
        "batch_normalization_1/moving_mean",
        "batch_normalization_1/moving_variance",
    ]
    assert network.parameters == 3 * 3 * 2 * 2 + 2 + 4 * 2
    assert network.macs == 2 * (8 * 8 * 3 * 3 * 2 * 2)
    assert network.nodes[2].weight_names["kernel"] == "conv2d_1/kernel"
    assert network.nodes[2].shares


def test_a_bare_layer_has_its_parameters():
    assert sequential([Input((5,)), Dense(3)]).parameters == 5 * 3 + 3
    assert sequential([Input((5,)), Dense(3, use_bias=False)]).parameters == 15


def test_a_layer_without_weights_may_be_used_twice():
    start = Input((4, 4, 1))
    relu = ReLU()
    network = functional(start, relu(relu(start)))
    assert [node.shares for node in network.nodes] == [False, False, False]


BROKEN = [
    # what is built, code, what its message says
    (lambda: sequential([]), "K302", "without layers"),
    (lambda: sequential([Dense(3)]), "K301", "Input"),
    (lambda: sequential([Input((4,)), 3]), "K304", "3 is not a layer"),
    (lambda: sequential([Input((4,)), Flatten]), "K304", "write Flatten(…)"),
    (lambda: sequential(Input((4,))), "K304", "write the layers in brackets"),
    (lambda: Network([Input((4,)), Flatten()]), "K304", "konv.Sequential(["),
    (lambda: Network((Input((4,)), Flatten())), "K304", "konv.Sequential(["),
    (lambda: Network(()), "K304", "konv.Sequential(["),
    (lambda: Network("simple"), "K304", "konv.Sequential(["),
    (lambda: sequential([Input((4,)), Input((4,))]), "K307", "second Input"),
    (lambda: sequential([Input((4,)), Dense(2, name="a"), Dense(2, name="a")]), "K303", "'a'"),
    (lambda: functional(Dense(3)(Input((4,))), Input((4,))), "K301", "Dense"),
    (lambda: functional(Input((4,)), Input((4,))), "K302", "no path"),
    (lambda: functional([Input((4,))] * 2, Input((4,))), "K307", "2 tensors"),
    (lambda: functional(Input((4,)), 7), "K304", "7"),
    (lambda: small().node("conv2d_9"), "K305", 'did you mean "conv2d_1"'),
    (lambda: small().up_to("nowhere"), "K305", "nowhere"),
    (lambda: small().node(np.ones(3)), "K305", "array"),
    (lambda: small().with_layers({"conv": Dense(2)}), "K305", "conv"),
    (lambda: small().with_layers({"input_1": Flatten()}), "K301", "Input"),
    (lambda: small().with_layers({"dense_1": Input((4,))}), "K307", "second Input"),
]


@pytest.mark.parametrize(("build", "code", "says"), BROKEN)
def test_a_network_that_cannot_be_says_why(build, code, says):
    with pytest.raises(NetworkError) as caught:
        build()
    assert caught.value.code == code
    assert says in str(caught.value)
    assert caught.value.fix


def test_two_inputs_are_refused():
    start, other = Input((4,)), Input((4,))
    with pytest.raises(NetworkError) as caught:
        functional(start, Add()(start, other))
    assert caught.value.code == "K307"


@pytest.mark.parametrize("name", ["", "a\nb", 3, "x" * 200])
def test_a_network_has_a_name_that_can_be_shown(name):
    with pytest.raises(ParameterError):
        sequential([Input((4,)), Dense(2)], name=name)


def test_shared_weights_need_inputs_with_the_same_channels():
    start = Input((4,))
    shared = Dense(3)
    with pytest.raises(NetworkError) as caught:
        functional(start, shared(shared(start)))
    assert caught.value.code == "K306"
    assert "(4,)" in str(caught.value)
    assert "(3,)" in str(caught.value)


def test_too_many_parameters_are_refused_before_any_is_made():
    layers = [Dense(32_000) for _ in range(40)]  # 40 · 32,000² = 4.1e10
    with pytest.raises(NetworkError) as caught:
        sequential([Input((32_000,)), *layers])
    assert caught.value.code == "K108"


def test_other_layers_may_take_the_places():
    changed = small().with_layers({"conv2d_1": Conv2D(7, 5, name="elsewhere")})
    assert names(changed) == names(small())
    assert [node.output_shape for node in changed.nodes[1:3]] == [(4, 4, 7), (2, 2, 7)]
    assert changed.parameters == 5 * 5 * 7 + 7 + 28 * 10 + 10


def test_a_change_that_does_not_fit_names_the_layer_behind_it():
    network = sequential([Input((8, 8, 1)), Conv2D(4, 3), Conv2D(4, 5)])
    with pytest.raises(ShapeError) as caught:
        network.with_layers({"conv2d_1": Conv2D(4, 6)})
    assert caught.value.where == "layer 2 conv2d_2"
    assert "(3 + 2·0 − 5) / 1 + 1 = −1" in str(caught.value)


def test_a_change_that_would_need_too_much_memory_is_refused():
    network = sequential([Input((8, 8, 1)), Conv2D(64, 3, padding="same")])
    with pytest.raises(ShapeError) as caught:
        network.with_layers({"input_1": Input((16_384, 16_384, 1))})
    assert caught.value.code == "K108"


def test_a_part_ends_where_it_is_told_and_keeps_shared_weights():
    start = Input((8, 8, 2))
    shared = Conv2D(2, 3, padding="same", name="shared")
    left = MaxPooling2D(name="left")(shared(start))
    right = shared(ReLU()(start))
    network = functional(start, Concatenate()(left, MaxPooling2D()(right)))
    part = network.up_to("shared_2")
    assert names(part) == ["input_1", "shared", "relu_1", "shared_2"]
    assert part.weight_specs == network.weight_specs
    assert names(network.up_to("left")) == ["input_1", "shared", "left"]


@given(networks())
@examples(100)
def test_a_part_is_a_network_with_the_same_numbers(network):
    for node in network.nodes:
        part = network.up_to(node.name)
        assert part.nodes[-1] == node
        assert set(part.nodes) <= set(network.nodes)
        assert part.weight_specs.items() <= network.weight_specs.items()


@given(networks())
@examples(100)
def test_the_same_layers_give_the_same_network(network):
    assert network.with_layers({}) == network
    assert network.with_layers({node.name: node.layer for node in network.nodes}) == network


def test_data_format_is_that_of_the_first_layer_that_has_one():
    first = {"data_format": "channels_first"}
    assert sequential([Input((1, 8, 8)), ReLU(), Conv2D(2, 3, **first)]).data_format == (
        "channels_first"
    )
    assert small().data_format == "channels_last"
    assert sequential([Input((4,)), Dense(2)]).data_format == "channels_last"


def test_a_deep_network_is_built_in_time():
    start = time.perf_counter()
    layers = [Conv2D(4, 3, padding="same") for _ in range(1_999)]
    network = sequential([Input((16, 16, 4)), *layers])
    assert len(network.up_to("conv2d_1500").nodes) == 1_501
    assert Network.from_yaml(network.to_yaml()) == network
    assert time.perf_counter() - start < 10  # measured: 1 s


def test_too_many_layers_are_refused():
    tensor = Input((4,)).tensor
    start = tensor
    relu = ReLU()
    for _ in range(10_000):
        tensor = relu(tensor)
    with pytest.raises(KonvError) as caught:
        functional(start, tensor)
    assert caught.value.code == "K302"


@pytest.mark.parametrize(
    ("shape", "data_format"), [((4, 5, 3), "channels_last"), ((3, 4, 5), "channels_first")]
)
def test_the_size_of_a_picture_does_not_depend_on_the_data_format(shape, data_format):
    network = sequential([Input(shape), Conv2D(2, 1, data_format=data_format)])
    assert network.picture_size == (4, 5, 3)


def test_moving_values_are_not_among_the_weights_that_are_trained():
    network = sequential([Input((4,)), Dense(2), BatchNormalization()])
    assert network.trained_weights == [
        "dense_1/kernel",
        "dense_1/bias",
        "batch_normalization_1/gamma",
        "batch_normalization_1/beta",
    ]
