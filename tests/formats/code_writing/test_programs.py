"""Programs: what is run, or read back, is the network that was written."""

import ast

import pytest

import konv
from konv.errors import FormatError, ParameterError
from konv.formats.code_writing.konv_code import konv_code
from konv.formats.code_writing.targets import KerasCodeTarget, KonvCodeTarget
from konv.formats.contents import ModelContents
from konv.formats.exchange.target import NoRunnerError
from konv.layers import (
    Add,
    AveragePooling2D,
    Concatenate,
    Conv2D,
    Dense,
    DepthwiseConv2D,
    Flatten,
    Input,
    MaxPooling2D,
    MinPooling2D,
    SeparableConv2D,
)
from konv.network.graph import Network, functional, sequential
from konv.network.named import NETWORK_NAMES, named_network
from konv.network.weights import new_weights
from oracles.random_networks import random_network

# Networks that come with konv, by name, and random ones, by number.
NETWORKS = (*NETWORK_NAMES, *range(200))


def network_of(which):
    return (
        named_network(which).network
        if isinstance(which, str)
        else random_network(which, exact=False)
    )


def run(code):
    """The network of a program: our own output, so that it may be run."""
    names = {}
    exec(code, names)
    return names["model"].network


def read_back(code):
    return konv.network_from_keras_code(code).network


def parts(network):
    """The nodes by name: branches may come in another order."""
    return {node.name: node for node in network.nodes}


@pytest.mark.parametrize("chunk", range(10))
def test_a_program_of_konv_makes_the_network(chunk):
    for which in NETWORKS[chunk::10]:
        network = network_of(which)
        assert parts(run(konv.konv_code(network))) == parts(network), which


def keras_lacks(network):
    """Whether Keras has no word for something: told by the fields, not by the writer."""
    for node in network.nodes:
        layer = node.layer
        convolution = hasattr(layer, "dilation_rate")
        if getattr(layer, "activation", "") == "gelu_tanh":
            return True
        if isinstance(layer, MinPooling2D) or getattr(layer, "true_convolution", False):
            return True
        if convolution and max(layer.strides) > 1 and max(layer.dilation_rate) > 1:
            return True
        if isinstance(layer, (DepthwiseConv2D, SeparableConv2D)) and len({*layer.strides}) > 1:
            return True
        pool = isinstance(layer, (MaxPooling2D, AveragePooling2D))
        if pool and not isinstance(layer.padding, str) and layer.padding != 0:
            zeros = layer.padding if isinstance(layer.padding, tuple) else ((1, 1),)
            if any(map(any, zeros)):
                return True
        if pool and layer.padding == "full" and max(layer.pool_size) > 1:
            return True
    return False


def is_read_back_as_it_is(network):
    """Keras has all paddings by their names, and no layer that is read as a shorter one."""
    return all(
        type(node.layer).__name__ != "ELU"
        and (
            getattr(node.layer, "padding", "valid") in ("valid", "same")
            or type(node.layer).__name__ == "ZeroPadding2D"
        )
        for node in network.nodes
    )


@pytest.mark.parametrize("chunk", range(10))
def test_a_program_of_keras_is_read_back_as_the_network(chunk):
    for which in NETWORKS[chunk::10]:
        network = network_of(which)
        if keras_lacks(network):
            with pytest.raises(FormatError, match="K411"):
                konv.keras_code(network)
            continue
        found = read_back(konv.keras_code(network))
        if is_read_back_as_it_is(network):
            assert parts(found) == parts(network), which
        else:
            assert found.output_shape == network.output_shape, which
            assert (found.parameters, found.macs) == (network.parameters, network.macs), which


def test_every_random_network_that_keras_has_is_among_them():
    kept = [n for n in range(200) if not keras_lacks(random_network(n, exact=False))]
    assert len(kept) > 100


@pytest.mark.parametrize("write", [konv.konv_code, konv.keras_code])
def test_programs_are_short_lines_of_python(write):
    for name in NETWORK_NAMES:
        code = write(named_network(name).network)
        ast.parse(code)
        assert max(map(len, code.splitlines())) <= 120
        assert "=None" not in code
        assert "bias_initializer" not in code  # what is a default is left out


# (padding, the map that a kernel of 3 and stride 1 makes of 8×8)
PADDINGS = [(1, 8), (2, 10), ("full", 10), (((1, 0), (1, 0)), 7), (0, 6), ("same", 8)]


@pytest.mark.parametrize(("padding", "side"), PADDINGS)
@pytest.mark.parametrize("first", [False, True])
def test_padding_without_a_word_becomes_zeros_before_it(padding, side, first):
    order = "channels_first" if first else "channels_last"
    shape = (2, 8, 8) if first else (8, 8, 2)
    network = sequential([Input(shape), Conv2D(4, 3, padding=padding, data_format=order)])
    code = konv.keras_code(network)
    assert ("ZeroPadding2D" in code) == (padding not in (0, "same"))
    assert read_back(code).output_shape == ((4, side, side) if first else (side, side, 4))


@pytest.mark.parametrize(
    ("layers", "place", "said"),
    [
        ([MinPooling2D()], "min_pooling2d_1", "MinPooling2D"),
        ([Conv2D(3, 3, true_convolution=True)], "conv2d_1", "true_convolution"),
        ([MaxPooling2D(3, padding=1)], "max_pooling2d_1", "padding=1"),
        ([AveragePooling2D(3, padding="full")], "average_pooling2d_1", "full"),
        ([Conv2D(3, 3, strides=2, dilation_rate=2)], "conv2d_1", "dilation_rate"),
        ([DepthwiseConv2D(3, strides=(1, 2))], "depthwise_conv2d_1", "strides"),
    ],
)
def test_what_keras_lacks_is_refused_by_its_layer(layers, place, said):
    with pytest.raises(FormatError) as caught:
        konv.keras_code(sequential([Input((9, 9, 2)), *layers]))
    assert caught.value.code == "K411"
    [(where, what)] = caught.value.details
    assert where == place
    assert said in what


def test_the_whole_list_is_refused_at_once():
    network = sequential([Input((9, 9, 2)), MinPooling2D(), Conv2D(3, 2, true_convolution=True)])
    with pytest.raises(FormatError) as caught:
        konv.keras_code(network)
    assert len(caught.value.details) == 2


@pytest.mark.parametrize("write", [konv.konv_code, konv.keras_code])
def test_layers_that_share_weights_are_one_object(write):
    x = Input((8, 8, 2))
    shared = Conv2D(2, 3, padding="same", name="탑")
    merged = Add()([shared(x), shared(shared(x))])
    network = functional(x, Dense(3)(Flatten()(Concatenate()([merged, x]))), name="함께")
    code = write(network)
    assert code.count('name="탑"') == 1
    found = run(code) if write is konv.konv_code else read_back(code)
    assert parts(found) == parts(network)
    assert found.name == "함께"


@pytest.mark.parametrize("write", [konv.konv_code, konv.keras_code])
def test_weights_with_other_fields_are_refused(write):
    network = Network.from_yaml("""
konv: 1
layers:
  - Input: {shape: [4]}
  - Dense: {units: 4, name: a}
  - Dense: {shares: a, activation: relu}
""")
    with pytest.raises(FormatError, match="K411"):
        write(network)


@pytest.mark.parametrize("write", [konv.konv_code, konv.keras_code])
def test_layers_that_lend_only_their_weights_are_left_out(write):
    x = Input((4,))
    shared = Dense(4, name="shared")
    first = shared(x)
    whole = functional(x, Add()([first, shared(Dense(4)(x))]))
    network = whole.up_to("shared_2")
    code = write(network)
    found = run(code) if write is konv.konv_code else read_back(code)
    assert found.output_shape == (4,)
    assert found.parameters == network.parameters


@pytest.mark.parametrize("write", [konv.konv_code, konv.keras_code])
@pytest.mark.parametrize("name", ["class", "x", "inputs", "a-b", "1", "층 1", 'a"b', "a\\n", "a.b"])
def test_any_name_of_a_layer_is_written(write, name):
    x = Input((4,))
    y = Dense(4, name=name)(x)
    network = functional(x, Add()([y, x, y]), name=name)
    code = write(network)
    found = run(code) if write is konv.konv_code else read_back(code)
    assert parts(found) == parts(network)
    assert found.name == name


@pytest.mark.parametrize("target", [KerasCodeTarget(), KonvCodeTarget()], ids=["keras", "konv"])
def test_targets_write_one_program_and_run_nothing(target):
    network = sequential([Input((4, 4, 1)), Flatten(), Dense(2)])
    contents = ModelContents(network, new_weights(network, 0), class_names=("a", "b"))
    written = target.write(contents, "net")
    [(name, content)] = written.files.items()
    assert name == f"net{target.ending}"
    assert target.ending == f"_{target.name.partition('-')[0]}.py"
    ast.parse(content)
    said = " ".join(note.text for note in written.notes)
    assert "weights are not in it" in said
    assert "class names" in said
    with pytest.raises(NoRunnerError, match="no weights"):
        target.run({}, None)


@pytest.mark.parametrize("write", [konv.keras_code, konv_code])
@pytest.mark.parametrize("given", [None, "lenet5", [Input((3,))], konv.Sequential([Input((3,))])])
def test_what_is_no_network_is_refused(given, write):
    with pytest.raises(ParameterError, match="K201") as caught:
        write(given)
    assert "model.network" in caught.value.fix
