"""The sizes, parameters and costs of the tutorials, corrected, through the public interface.

w / w+b: weights without and with biases; 1 MAC = one multiply-add, bias and pooling not counted.
"""

import pytest

import konv


def one_layer(shape, layer):
    network = konv.Sequential([konv.Input(shape), layer]).network
    return network.nodes[-1]


def weights_and_biases(node):
    weights = sum(spec.size for spec in node.weight_specs if not spec.bias)
    biases = sum(spec.size for spec in node.weight_specs if spec.bias)
    return weights, weights + biases


FIRST = {"data_format": "channels_first"}

LAYERS = [
    # name, input, layer, output, w, w+b, MACs (None: not stated)
    ("G1", (39, 31, 1), konv.Conv2D(20, 4), (36, 28, 20), 320, 340, 322_560),
    ("G2", (36, 28, 20), konv.MaxPooling2D(2), (18, 14, 20), 0, 0, 0),
    ("G3", (18, 14, 20), konv.Conv2D(40, 3), (16, 12, 40), 7_200, 7_240, 1_382_400),
    ("G5", (8, 6, 40), konv.Conv2D(60, 3), (6, 4, 60), 21_600, 21_660, 518_400),
    ("G5b", (8, 6, 40), konv.Conv2D(60, 2), (7, 5, 60), 9_600, 9_660, None),
    ("G5b pool", (7, 5, 60), konv.MaxPooling2D(2), (3, 2, 60), 0, 0, 0),
    ("G7", (3, 2, 60), konv.Conv2D(80, 2), (2, 1, 80), 19_200, 19_280, 38_400),
    ("G9", (160,), konv.Dense(100), (100,), 16_000, 16_100, 16_000),
    ("G13", (32, 32, 3), konv.ZeroPadding2D(2), (36, 36, 3), 0, 0, 0),
    ("G15 valid, 1", (32, 32, 3), konv.Conv2D(1, 5), (28, 28, 1), 75, 76, None),
    ("G15 valid, 3", (32, 32, 3), konv.Conv2D(3, 5), (28, 28, 3), 225, 228, None),
    ("G15 pad 2", (32, 32, 3), konv.Conv2D(1, 5, padding=2), (32, 32, 1), 75, 76, None),
    ("G17", (1, 3, 3), konv.Conv2D(1, 2, **FIRST), (1, 2, 2), 4, 5, None),
    ("G18", (9,), konv.Dense(4), (4,), 36, 40, None),
    ("G19", (1, 3, 3), konv.Conv2D(3, 2, padding="same", **FIRST), (3, 3, 3), 12, 15, None),
    ("G20", (3, 3, 3), konv.Conv2D(1, 2, padding="same", **FIRST), (1, 3, 3), 12, 13, None),
    ("G21", (3, 3, 3), konv.Conv2D(2, 2, padding="same", **FIRST), (2, 3, 3), 24, 26, None),
    ("G27", (7, 7, 1), konv.Conv2D(8, 3, strides=2, padding="same"), (4, 4, 8), 72, 80, None),
]


@pytest.mark.parametrize(
    ("name", "shape", "layer", "output", "weights", "with_biases", "macs"),
    LAYERS,
    ids=[row[0] for row in LAYERS],
)
def test_one_layer(name, shape, layer, output, weights, with_biases, macs):
    node = one_layer(shape, layer)
    assert node.output_shape == output
    assert weights_and_biases(node) == (weights, with_biases)
    if macs is not None:
        assert node.macs == macs


def tutorial_003():
    """The listing of tutorial 003, channels first as it was written for Theano."""
    return konv.Sequential(
        [
            konv.Input((1, 28, 28)),
            konv.Conv2D(32, 5, activation="relu", **FIRST),
            konv.MaxPooling2D(2, **FIRST),
            konv.Flatten(**FIRST),
            konv.Dense(128, activation="relu"),
            konv.Dense(10, activation="softmax"),
        ]
    ).network


NETWORKS = [
    # name, network, w, w+b, MACs
    ("G10", lambda: konv.named_network("tutorial-39x31").network, 64_320, 64_620, 2_277_760),
    ("G11", lambda: konv.named_network("tutorial-dense").network, 1_055_400, 1_056_850, 1_055_400),
    ("G12", lambda: konv.named_network("tutorial-120x60").network, 133_612, 133_792, 9_398_912),
    ("G22", tutorial_003, 591_904, 592_074, 1_051_904),
]


@pytest.mark.parametrize(
    ("name", "build", "weights", "with_biases", "macs"), NETWORKS, ids=[row[0] for row in NETWORKS]
)
def test_a_whole_network(name, build, weights, with_biases, macs):
    network = build()
    totals = [weights_and_biases(node) for node in network.nodes]
    assert (sum(w for w, _ in totals), sum(b for _, b in totals)) == (weights, with_biases)
    assert network.parameters == with_biases
    assert network.macs == macs


def test_g11_against_g10():
    cnn = konv.named_network("tutorial-39x31").network
    dense = konv.named_network("tutorial-dense").network
    assert round(1_055_400 / 64_320, 2) == 16.41
    assert dense.parameters > 16 * cnn.parameters
    assert round(dense.macs / cnn.macs, 2) == 0.46
    assert round(cnn.macs / dense.macs, 2) == 2.16


def test_g12_every_shape_and_the_column_that_is_dropped():
    model = konv.Model.from_network(konv.named_network("tutorial-120x60").network)
    shapes = [node.output_shape for node in model.network.nodes]
    assert shapes == [
        (120, 60, 1),
        (116, 56, 12),
        (58, 28, 12),
        (54, 24, 16),
        (27, 12, 16),
        (24, 9, 20),
        (12, 4, 20),
        (960,),
        (128,),
        (4,),
    ]
    dropped = {row.name: row.dropped for row in model.report().rows if any(row.dropped)}
    assert dropped == {"max_pooling2d_3": (0, 1)}


def test_g23_channels_first_pictures_read_as_channels_last():
    with pytest.raises(konv.ShapeError) as caught:
        konv.Conv2D(32, 5)(konv.Input((1, 28, 28)))
    text = str(caught.value)
    assert "height 1" in text
    assert "28" in text
    assert "did you mean channels first?" in text


def test_g24_the_third_number_is_not_silently_a_stride():
    with pytest.raises(konv.ParameterError) as caught:
        konv.Conv2D(32, 5, 5)
    assert "Keras 1" in str(caught.value)
    assert "kernel_size=(rows, columns)" in str(caught.value)


@pytest.mark.parametrize(
    ("name", "build", "fields"),
    [
        (
            "G10",
            lambda: konv.named_network("tutorial-39x31").network,
            [4, 5, 9, 11, 19, 23, 31],
        ),
        ("G12", lambda: konv.named_network("tutorial-120x60").network, [5, 6, 14, 16, 28, 32]),
        ("G22", tutorial_003, [5, 6]),
    ],
)
def test_g26_receptive_fields(name, build, fields):
    rows = konv.Model.from_network(build()).report().rows
    assert [row.receptive_field for row in rows[1 : len(fields) + 1]] == [(f, f) for f in fields]


@pytest.mark.parametrize(
    ("size", "arguments", "expected"),
    [
        (28, {"kernel": 5, "stride": 1, "padding": 2}, 28),
        (39, {"kernel": 4}, 36),
        (36, {"kernel": 2, "stride": 2}, 18),
        (7, {"kernel": 3, "stride": 2, "padding": "same"}, 4),
        (32, {"kernel": 5, "padding": 2}, 32),
        (4, {"kernel": 3, "padding": "full"}, 6),
    ],
)
def test_size_arithmetic(size, arguments, expected):
    assert konv.output_size(size, **arguments) == expected


def test_what_the_size_formula_drops():
    assert konv.dropped_size(9, kernel=2, stride=2) == 1
    assert konv.dropped_size(28, kernel=5) == 0
