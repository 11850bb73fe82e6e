"""What every layer has: a kind for its names, weights that can be counted, a call."""

import pytest

from konv.errors import ShapeError
from konv.layers import LAYERS, Conv2D, Input, WeightSpec
from konv.layers.base import require_map, shape_text

KINDS = {
    "Input": "input",
    "Conv2D": "conv2d",
    "DepthwiseConv2D": "depthwise_conv2d",
    "SeparableConv2D": "separable_conv2d",
    "MaxPooling2D": "max_pooling2d",
    "AveragePooling2D": "average_pooling2d",
    "MinPooling2D": "min_pooling2d",
    "GlobalAveragePooling2D": "global_average_pooling2d",
    "GlobalMaxPooling2D": "global_max_pooling2d",
    "ZeroPadding2D": "zero_padding2d",
    "Flatten": "flatten",
    "Dense": "dense",
    "Activation": "activation",
    "ReLU": "relu",
    "LeakyReLU": "leaky_relu",
    "ELU": "elu",
    "Dropout": "dropout",
    "BatchNormalization": "batch_normalization",
    "Add": "add",
    "Concatenate": "concatenate",
}


def test_the_list_of_layers_is_the_public_one():
    assert set(LAYERS) == set(KINDS)
    assert all(name == layer.__name__ for name, layer in LAYERS.items())


@pytest.mark.parametrize("name", KINDS)
def test_a_kind_is_the_name_in_small_letters(name):
    layer = object.__new__(LAYERS[name])
    assert layer.kind == KINDS[name]


@pytest.mark.parametrize("name", KINDS)
def test_every_layer_says_what_it_is(name):
    first, *_rest = LAYERS[name].__doc__.splitlines()
    assert first.endswith((".", ":")), first
    assert first[0].isupper()


@pytest.mark.parametrize(
    ("shape", "size"),
    [((3, 3, 64, 128), 73_728), ((10,), 10), ((), 1), ((2**40, 2**40), 2**80), ((5, 0), 0)],
)
def test_the_size_of_a_weight_never_overflows(shape, size):
    spec = WeightSpec("kernel", shape, "zeros")
    assert spec.size == size
    assert type(spec.size) is int


@pytest.mark.parametrize(("shape", "text"), [((28, 28, 1), "(28, 28, 1)"), ((10,), "(10,)")])
def test_shapes_are_written_as_python_writes_them(shape, text):
    assert shape_text(shape) == text


@pytest.mark.parametrize("shape", [(), (5,), (5, 5), (1, 5, 5, 1)])
def test_a_map_has_three_sizes(shape):
    with pytest.raises(ShapeError) as caught:
        require_map(Conv2D(1, 1), shape)
    assert (caught.value.code, caught.value.where) == ("K102", "Conv2D")
    assert str(shape) in caught.value.what


def test_calling_a_layer_connects_it():
    start = Input((5, 5, 1))
    layer = Conv2D(2, 3)
    tensor = layer(start)
    assert tensor.layer is layer
    assert tensor.inputs == (start.tensor,)
    assert tensor.shape == (3, 3, 2)
    assert repr(tensor) == "<Conv2D (3, 3, 2)>"
