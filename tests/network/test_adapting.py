import pytest

from konv.errors import NetworkError, ParameterError
from konv.layers import (
    Activation,
    Add,
    Conv2D,
    Dense,
    DepthwiseConv2D,
    Dropout,
    Flatten,
    GlobalAveragePooling2D,
    Input,
    MaxPooling2D,
    ReLU,
    ZeroPadding2D,
)
from konv.network import adapted, functional, sequential


def chain(*layers, shape=(28, 28, 1)):
    return sequential([Input(shape), *layers])


PLAIN = chain(Conv2D(4, 5), MaxPooling2D(2), Flatten(), Dense(10))


def test_other_pictures_change_what_depends_on_their_size():
    changed = adapted(PLAIN, (32, 20, 3))
    assert changed.input_shape == (32, 20, 3)
    assert [node.name for node in changed.nodes] == [node.name for node in PLAIN.nodes]
    assert changed.parameters == (5 * 5 * 3 * 4 + 4) + (14 * 8 * 4 * 10 + 10)


def test_nothing_asked_is_nothing_changed():
    assert adapted(PLAIN) == PLAIN
    assert adapted(PLAIN, (28, 28, 1), 10) == PLAIN


@pytest.mark.parametrize(
    "layers",
    [
        [Flatten(), Dense(10)],
        [Flatten(), Dense(10, activation="softmax")],
        [Flatten(), Dense(10), Activation("softmax")],
        [Flatten(), Dense(8), Dense(10), Dropout(0.5)],
        [GlobalAveragePooling2D(), Dense(10)],
        [Conv2D(10, 3), GlobalAveragePooling2D()],
        [Conv2D(10, 1), ReLU(), GlobalAveragePooling2D(), Activation("softmax")],
        [Conv2D(10, 28), Flatten()],
    ],
)
def test_classes_are_decided_by_the_last_dense_or_convolution(layers):
    changed = adapted(chain(*layers), classes=3)
    assert changed.output_shape == (3,)
    assert len(changed.nodes) == len(layers) + 1


def test_a_shared_last_layer_changes_wherever_it_stands():
    start = Input((6,))
    shared = Dense(6)
    network = functional(start, Add()(shared(start), shared(ReLU()(start))))
    with pytest.raises(NetworkError) as caught:
        adapted(network, classes=3)
    assert caught.value.code == "K308"
    row = functional(start, shared(shared(start)))
    with pytest.raises(NetworkError):
        adapted(row, classes=3)
    assert adapted(row, classes=6) == row


NOT_ADAPTABLE = [
    chain(ZeroPadding2D(1), Flatten()),
    chain(DepthwiseConv2D(3), GlobalAveragePooling2D()),
    chain(Conv2D(10, 3), MaxPooling2D(2)),
    chain(Conv2D(10, 3), Flatten()),
    chain(Conv2D(4, 3), DepthwiseConv2D(3, depth_multiplier=2), GlobalAveragePooling2D()),
    chain(Conv2D(4, 3, groups=2), GlobalAveragePooling2D(), shape=(8, 8, 2)),
]


@pytest.mark.parametrize("network", NOT_ADAPTABLE)
def test_a_network_that_makes_no_class_scores_is_not_adapted(network):
    with pytest.raises(NetworkError) as caught:
        adapted(network, classes=5)
    assert caught.value.code == "K308"
    assert caught.value.fix


TOO_SMALL = [
    # network, picture, the smallest that fits
    (PLAIN, (4, 4, 1), (6, 6, 1)),
    (PLAIN, (28, 5, 3), (6, 6, 3)),
    (chain(Conv2D(4, (7, 3)), MaxPooling2D((1, 4)), Flatten(), Dense(2)), (6, 28, 1), (7, 6, 1)),
    (chain(MaxPooling2D(2), MaxPooling2D(2), MaxPooling2D(2), Flatten()), (7, 8, 1), (8, 8, 1)),
]


@pytest.mark.parametrize(("network", "picture", "smallest"), TOO_SMALL)
def test_a_picture_that_is_too_small_is_told_the_smallest(network, picture, smallest):
    with pytest.raises(NetworkError) as caught:
        adapted(network, picture)
    assert caught.value.code == "K308"
    assert str(picture) in caught.value.what
    assert (("smallest picture"), str(smallest)) in caught.value.details
    adapted(network, smallest)
    for place in (0, 1):
        smaller = tuple(size - (index == place) for index, size in enumerate(smallest))
        with pytest.raises((NetworkError, ParameterError)):
            adapted(network, smaller)


def test_channels_first_pictures_are_told_the_smallest():
    first = {"data_format": "channels_first"}
    network = chain(Conv2D(4, (7, 5), **first), Flatten(**first), Dense(2), shape=(1, 28, 28))
    with pytest.raises(NetworkError) as caught:
        adapted(network, (3, 6, 28))
    assert ("smallest picture", "(3, 7, 5)") in caught.value.details


def test_a_picture_that_is_too_large_is_told_why():
    with pytest.raises(NetworkError) as caught:
        adapted(PLAIN, (16_384, 16_384, 1))
    assert caught.value.code == "K308"
    assert "numbers" in str(caught.value)


def test_pictures_of_another_rank_are_refused():
    with pytest.raises(NetworkError) as caught:
        adapted(PLAIN, (784,))
    assert caught.value.code == "K308"


@pytest.mark.parametrize("shape", [(28, 28), (0, 28, 1), 28, "28", (1.5, 2, 3)])
def test_what_is_no_shape_is_refused(shape):
    with pytest.raises(ParameterError):
        adapted(PLAIN, shape)
