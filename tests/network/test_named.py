"""The networks that ship with konv: every number worked out by hand or published elsewhere."""

from pathlib import Path

import pytest

from konv.errors import NetworkError, ParameterError
from konv.language import using_language
from konv.network import Network, named_network, named_networks
from konv.network import named as named_module
from konv.network.named import NETWORK_NAMES
from konv.network.report import report


def conv(size, kernel, channels, filters):
    """(weights, biases, MACs) of a convolution that makes maps of size × size."""
    weights = kernel * kernel * channels * filters
    return weights, filters, size * size * weights


def dense(inputs, units):
    return inputs * units, units, inputs * units


def without_bias(layer):
    weights, _biases, macs = layer
    return weights, 0, macs


def depthwise(size, channels):
    return 9 * channels, 0, size * size * 9 * channels


def normalized(channels):
    """γ, β; the moving mean and variance are counted apart."""
    return channels, channels, 0


def normalized_conv(size, channels, filters):
    return [without_bias(conv(size, 3, channels, filters)), normalized(filters)]


def residual_block(size, channels, filters):
    layers = [
        without_bias(conv(size, 3, channels, filters)),
        normalized(filters),
        without_bias(conv(size, 3, filters, filters)),
        normalized(filters),
    ]
    return layers + ([conv(size, 1, channels, filters)] if filters != channels else [])


def separable_block(size, channels, filters):
    return [
        depthwise(size, channels),
        normalized(channels),
        without_bias(conv(size, 1, channels, filters)),
        normalized(filters),
    ]


BY_HAND = {
    # name: layers with weights, moving values
    "simple": ([(800, 32, 460_800), dense(4_608, 128), dense(128, 10)], 0),
    "digits-mini": (
        [conv(8, 3, 1, 16), conv(8, 3, 16, 32), dense(512, 64), dense(64, 10)],
        0,
    ),
    "lenet5": (
        [conv(28, 5, 1, 6), conv(10, 5, 6, 16), conv(1, 5, 16, 120), dense(120, 84), dense(84, 10)],
        0,
    ),
    "lenet-relu": (
        [conv(24, 5, 1, 16), conv(8, 5, 16, 32), dense(512, 128), dense(128, 10)],
        0,
    ),
    "vgg-grey": (
        [
            *normalized_conv(28, 1, 16),
            *normalized_conv(28, 16, 16),
            *normalized_conv(14, 16, 32),
            *normalized_conv(14, 32, 32),
            *normalized_conv(7, 32, 64),
            *normalized_conv(7, 64, 64),
            dense(576, 10),
        ],
        2 * (2 * 16 + 2 * 32 + 2 * 64),
    ),
    "vgg-mini": (
        [
            *(conv(32, 3, 3, 32), conv(32, 3, 32, 32)),
            *(conv(16, 3, 32, 64), conv(16, 3, 64, 64)),
            *(conv(8, 3, 64, 128), conv(8, 3, 128, 128)),
            dense(2_048, 10),
        ],
        0,
    ),
    "resnet8": (
        [
            *(without_bias(conv(32, 3, 3, 16)), normalized(16)),
            *residual_block(32, 16, 16),
            *residual_block(16, 16, 32),
            *residual_block(8, 32, 64),
            dense(64, 10),
        ],
        2 * (3 * 16 + 2 * 32 + 2 * 64),
    ),
    "mobile-mini": (
        [
            *(without_bias(conv(32, 3, 3, 16)), normalized(16)),
            *separable_block(32, 16, 32),
            # strides 2: the depthwise maps are half as large
            *separable_block(16, 32, 64),
            *separable_block(16, 64, 64),
            *separable_block(8, 64, 128),
            *separable_block(8, 128, 128),
            dense(128, 10),
        ],
        2 * (16 + (16 + 32) + (32 + 64) + (64 + 64) + (64 + 128) + (128 + 128)),
    ),
    "tutorial-39x31": (
        [
            *((320, 20, 322_560), (7_200, 40, 1_382_400), (21_600, 60, 518_400)),
            *((19_200, 80, 38_400), dense(160, 100)),
        ],
        0,
    ),
    "tutorial-120x60": (
        [
            *((300, 12, 116 * 56 * 300), (4_800, 16, 54 * 24 * 4_800), (5_120, 20, 24 * 9 * 5_120)),
            *(dense(960, 128), dense(128, 4)),
        ],
        0,
    ),
    "tutorial-dense": (
        [dense(*sizes) for sizes in [(1209, 600), (600, 300), (300, 300), (300, 150), (150, 100)]],
        0,
    ),
}

PUBLISHED = [
    # name, weights, parameters, MACs: golden numbers G10 to G12, G22, and other people's
    ("tutorial-39x31", 64_320, 64_620, 2_277_760),
    ("tutorial-120x60", 133_612, 133_792, 9_398_912),
    ("tutorial-dense", 1_055_400, 1_056_850, 1_055_400),
    ("simple", 591_904, 592_074, 1_051_904),
    ("lenet5", 61_470, 61_706, 416_520),
    # MLPerf Tiny's ResNet-8 has 78,666: with the 240 biases that are left out here.
    ("resnet8", None, 78_666 - 240, 12_501_632),
]


@pytest.mark.parametrize("name", NETWORK_NAMES)
def test_numbers_by_hand(name):
    layers, moving = BY_HAND[name]
    weights, biases, macs = map(sum, zip(*layers, strict=True))
    totals = report(named_network(name).network).totals
    assert (totals.weights, totals.biases, totals.macs) == (weights, biases, macs)
    assert totals.non_trainable == moving
    assert totals.parameters == weights + biases + moving


@pytest.mark.parametrize(("name", "weights", "parameters", "macs"), PUBLISHED)
def test_numbers_that_are_published(name, weights, parameters, macs):
    totals = report(named_network(name).network).totals
    assert (totals.parameters, totals.macs) == (parameters, macs)
    assert weights in (None, totals.weights)


def test_all_networks_are_listed_and_nothing_else_ships():
    folder = Path(named_module.__file__).parent / "networks"
    assert sorted(path.stem for path in folder.iterdir()) == sorted(NETWORK_NAMES)
    assert [named.name for named in named_networks()] == list(NETWORK_NAMES)
    assert [named.network.name for named in named_networks()] == list(NETWORK_NAMES)


@pytest.mark.parametrize("named", named_networks(), ids=lambda named: named.name)
def test_each_is_described_in_both_languages(named):
    with using_language("en"):
        english = named.description
    with using_language("ko"):
        korean = named.description
    assert english.isascii() or "×" in english
    assert any("가" <= character <= "힣" for character in korean)


@pytest.mark.parametrize("named", named_networks(), ids=lambda named: named.name)
def test_each_file_is_written_as_konv_writes(named):
    path = Path(named_module.__file__).parent / "networks" / f"{named.name}.yaml"
    layers = path.read_text(encoding="utf-8").split("\nlayers:\n")[1]
    assert layers == named.network.to_yaml().split("\nlayers:\n")[1]
    assert Network.from_file(path) == named.network


@pytest.mark.parametrize("named", named_networks(), ids=lambda named: named.name)
def test_each_ends_in_class_scores(named):
    assert named.network.nodes[-1].layer.activation == "softmax"
    assert len(named.network.output_shape) == 1


@pytest.mark.parametrize("named", named_networks(), ids=lambda named: named.name)
def test_what_may_be_adapted_can_be(named):
    assert named.adapts_classes
    assert named.adapted(classes=7).output_shape == (7,)
    assert named.adapted(named.network.input_shape) == named.network
    if named.adapts_input:
        height, width, _channels = named.network.input_shape
        larger = named.adapted((height + 9, width + 4, 2), 3)
        assert larger.input_shape == (height + 9, width + 4, 2)
        assert larger.output_shape == (3,)
    else:
        with pytest.raises(NetworkError) as caught:
            named.adapted((200, 200, 1))
        assert caught.value.code == "K308"
        assert str(named.network.input_shape) in str(caught.value)


def test_deep_networks_with_relu_begin_as_he_proposed():
    for name in ("lenet-relu", "vgg-grey", "vgg-mini", "resnet8", "mobile-mini"):
        network = named_network(name).network
        kernels = [n.layer for n in network.nodes if type(n.layer).__name__ == "Conv2D"]
        assert {layer.kernel_initializer for layer in kernels} == {"he_normal"}
    for name in ("simple", "lenet5", "tutorial-39x31"):
        for node in named_network(name).network.nodes:
            assert getattr(node.layer, "kernel_initializer", "glorot_uniform") == "glorot_uniform"


@pytest.mark.parametrize(
    ("name", "meant"), [("lenet", "lenet5"), ("resnet-8", "resnet8"), ("Simple", "simple")]
)
def test_a_name_that_is_nearly_right_is_offered(name, meant):
    with pytest.raises(NetworkError) as caught:
        named_network(name)
    assert caught.value.code == "K309"
    assert f'did you mean "{meant}"?' in str(caught.value)


@pytest.mark.parametrize("name", ["", "../named", "networks/simple", None, 3, [], "simple.yaml"])
def test_what_is_no_name_opens_no_file(name):
    with pytest.raises(NetworkError) as caught:
        named_network(name)
    assert caught.value.code == "K309"
    assert "tutorial-dense" in caught.value.fix


@pytest.mark.parametrize("classes", [0, 1, -1, 2**31, 2.5, "10"])
def test_a_number_of_classes_that_cannot_be_is_refused(classes):
    with pytest.raises((ParameterError, NetworkError)):
        named_network("simple").adapted(classes=classes)


def test_the_smallest_map_of_each_is_as_its_description_says():
    assert named_network("digits-mini").adapted((1, 1, 1)).node("flatten_1").output_shape == (32,)
    with pytest.raises(NetworkError) as caught:
        named_network("lenet5").adapted((28, 28, 1))
    assert "(32, 32, 1)" in str(caught.value)
