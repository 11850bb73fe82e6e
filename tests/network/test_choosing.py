import pytest

from konv.errors import NetworkError, ParameterError
from konv.language import using_language
from konv.network import choose_network

CHOICES = [
    # picture, classes, pictures, network
    ((8, 8, 1), 10, 1_437, "digits-mini"),
    ((1, 1, 1), 2, 10, "digits-mini"),
    ((13, 500, 3), 2, 10**6, "digits-mini"),
    ((14, 14, 1), 10, 500, "simple"),
    ((28, 28, 1), 10, 60_000, "simple"),
    ((48, 48, 1), 3, 50, "simple"),
    ((49, 49, 1), 3, 50, "vgg-mini"),
    ((64, 64, 3), 3, 200, "vgg-mini"),
    ((65, 65, 3), 3, 200, "mobile-mini"),
    ((32, 32, 3), 5, 4_317, "vgg-mini"),
    ((32, 32, 3), 10, 19_999, "vgg-mini"),
    ((32, 32, 3), 10, 20_000, "resnet8"),
    ((14, 300, 4), 10, 50_000, "resnet8"),
    ((224, 224, 3), 1_000, 10**6, "mobile-mini"),
    ((1_000, 1_000, 3), 2, 10, "mobile-mini"),
]


@pytest.mark.parametrize(("shape", "classes", "pictures", "name"), CHOICES)
def test_a_network_is_chosen_by_size_colour_and_count(shape, classes, pictures, name):
    network, reason = choose_network(shape, classes, pictures)
    assert network.name == name
    assert network.input_shape == shape
    assert network.output_shape == (classes,)
    assert name in reason
    assert f"{pictures:,}" in reason
    assert f"{shape[0]}×{shape[1]}" in reason


@pytest.mark.parametrize("height", [*range(1, 60), 96, 128])
@pytest.mark.parametrize("channels", [1, 3])
def test_whatever_the_size_the_choice_fits(height, channels):
    for width in (1, 13, 14, 48, 49, 200):
        for pictures in (100, 100_000):
            network, _reason = choose_network((height, width, channels), 2, pictures)
            assert network.output_shape == (2,)


def test_the_choice_for_tiny_pictures_is_cheap():
    network, _reason = choose_network((8, 8, 1), 10, 1_437)
    assert network.macs < 400_000


def test_the_reason_is_in_the_language_of_the_reader():
    with using_language("en"):
        assert choose_network((32, 32, 3), 5, 100)[1] == (
            "100 colour pictures of 32×32: vgg-mini, since it learns in few epochs"
        )


@pytest.mark.parametrize(
    ("shape", "classes", "pictures"),
    [
        ((28, 28), 10, 100),
        ((0, 28, 1), 10, 100),
        ((28, 28, 1), 1, 100),
        ((28, 28, 1), 10, 0),
        ((28, 28, 1), 10, 2.5),
    ],
)
def test_what_is_no_data_set_is_refused(shape, classes, pictures):
    with pytest.raises(ParameterError):
        choose_network(shape, classes, pictures)


@pytest.mark.parametrize("shape", [(784,), (16_384, 16_384, 1)])
def test_pictures_that_no_network_takes_are_refused(shape):
    with pytest.raises(NetworkError) as caught:
        choose_network(shape, 10, 100)
    assert caught.value.code == "K308"
