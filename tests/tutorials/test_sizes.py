"""The sizes, parameters and costs of the tutorials, corrected: what their table of rows leaves out.

The numbers of layers and networks are in network_rows.py.
"""

import pytest

import konv
from oracles.tutorial_numbers import DENSE_AGAINST_CNN, KERAS_1, NETWORKS
from tutorials.rows import network


@pytest.mark.parametrize(
    ("name", "of", "weights", "with_biases", "macs"), NETWORKS, ids=[row[0] for row in NETWORKS]
)
def test_a_network_counts_as_its_nodes_do(name, of, weights, with_biases, macs):
    built = network(of)
    specs = [spec for node in built.nodes for spec in node.weight_specs]
    assert sum(spec.size for spec in specs if not spec.bias) == weights
    assert sum(spec.size for spec in specs) == built.parameters == with_biases
    assert built.macs == macs


def test_fewer_weights_are_more_work():
    totals = {name: (weights, macs) for name, _of, weights, _biases, macs in NETWORKS}
    (weights, macs), (dense_weights, dense_macs) = totals["G10"], totals["G11"]
    assert (round(dense_weights / weights, 2), round(dense_macs / macs, 2)) == DENSE_AGAINST_CNN
    assert round(macs / dense_macs, 2) == 2.16


def test_g23_channels_first_pictures_read_as_channels_last():
    with pytest.raises(konv.ShapeError) as caught:
        konv.Conv2D(32, 5)(konv.Input((1, 28, 28)))
    text = str(caught.value)
    assert "height 1" in text
    assert "28" in text
    assert "did you mean channels first?" in text


def test_g24_the_third_number_is_not_silently_a_stride():
    with pytest.raises(konv.ParameterError) as caught:
        konv.Conv2D(*KERAS_1[1])
    assert "Keras 1" in str(caught.value)
    assert "kernel_size=(rows, columns)" in str(caught.value)


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
