"""Every layer, with every option, in every format: it is written, or it is on the list below."""

from contextlib import contextmanager

import pytest

from konv.errors import FormatError, KonvError
from konv.formats.contents import ModelContents
from konv.formats.targets import TARGETS, target_named
from konv.layers import LAYERS, Conv2D, Dense, Input
from konv.layers.activations import ACTIVATIONS
from konv.network.graph import functional, sequential
from konv.network.weights import new_weights
from oracles.samples import SAMPLES

# Format -> what of the samples it has no words for.
REFUSED = {
    # Its pools know no zeros in numbers, and zeros in front of them would be counted.
    "keras": {
        "MaxPooling2D with padding [(2, 2), (1, 1)]",
        "MinPooling2D with padding [(1, 0), (0, 2)]",
    },
    # Of what a Keras file says in several layers, a program says nothing.
    "keras-code": {
        "true_convolution=True",
        "padding='full'",
        "MinPooling2D",
        "activation='gelu_tanh'",
    },
}
SAMPLED = [sample for sample in SAMPLES if sample.kind != "Input"]


def contents_of(sample):
    """A network that ends in the layer; its other inputs are made of the first."""
    first, *others = sample.shapes
    channels_first = getattr(sample.layer, "axis", -1) == 1
    picture = Input(first)
    inputs = [picture]
    for shape in others:
        if shape == first:
            inputs.append(picture)
        elif len(shape) == 1:
            inputs.append(Dense(shape[0])(picture))
        else:
            order, channels = ("first", shape[0]) if channels_first else ("last", shape[-1])
            inputs.append(Conv2D(channels, 1, data_format=f"channels_{order}")(picture))
    network = functional(picture, sample.layer(inputs if others else picture))
    return ModelContents(network, new_weights(network, 0))


@contextmanager
def refusals(found):
    """What is refused within, added to what was found."""
    try:
        yield
    except FormatError as error:
        if error.code != "K411":
            raise
        found |= {what for _where, what in error.details}


@pytest.mark.parametrize("name", TARGETS)
def test_a_format_says_every_layer_or_refuses_it_by_name(name):
    target = target_named(name)
    refused = set()
    for sample in SAMPLED:
        contents = contents_of(sample)
        with refusals(refused):
            files = target.write(contents, "net").files
            assert next(iter(files)) == f"net{target.ending}"
            assert all(files.values()), sample
    assert refused == REFUSED.get(name, set())


@pytest.mark.parametrize("name", TARGETS)
def test_a_layer_of_ones_own_is_refused_even_if_it_is_called_like_one_of_konvs(name):
    network = sequential([Input((4,)), type("Dense", (Dense,), {})(3)])
    with pytest.raises(KonvError, match=r"K409|K411"):
        target_named(name).write(ModelContents(network, new_weights(network, 0)), "net")


def test_the_samples_hold_every_layer_and_every_activation():
    assert {sample.kind for sample in SAMPLED} == {*LAYERS} - {"Input"}
    assert {*ACTIVATIONS} <= {getattr(sample.layer, "activation", "") for sample in SAMPLED}
