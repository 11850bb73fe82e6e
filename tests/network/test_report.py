import csv
import io
import json

import pytest
from hypothesis import given

from konv.errors import ParameterError, ShapeError
from konv.layers import (
    Add,
    BatchNormalization,
    Conv2D,
    Dense,
    DepthwiseConv2D,
    Flatten,
    Input,
    MaxPooling2D,
    ZeroPadding2D,
)
from konv.network import Network, functional, named_network, sequential
from konv.network.report import report, report_up_to
from network.random_networks import networks
from oracles.properties import examples

G12 = named_network("tutorial-120x60").network


def last_row(shape, *layers):
    return report(sequential([Input(shape), *layers])).rows[-1]


def test_a_row_says_what_a_layer_is_and_costs():
    row = last_row((28, 28, 3), Conv2D(8, (5, 3), strides=(2, 1), padding="same", name="first"))
    assert (row.index, row.name, row.layer, row.inputs) == (1, "first", "Conv2D", ("input_1",))
    assert (row.input_shapes, row.output_shape) == (((28, 28, 3),), (14, 28, 8))
    assert (row.kernel, row.stride, row.dilation) == ((5, 3), (2, 1), (1, 1))
    assert row.padding == ((1, 2), (1, 1))
    assert (row.weights, row.biases, row.non_trainable) == (5 * 3 * 3 * 8, 8, 0)
    assert row.macs == 14 * 28 * 5 * 3 * 3 * 8
    assert row.activation_bytes == 4 * 14 * 28 * 8
    assert row.receptive_field == (5, 3)


def test_moving_values_are_apart_from_what_is_trained():
    row = last_row((8, 8, 4), BatchNormalization())
    assert (row.weights, row.biases, row.non_trainable, row.parameters) == (4, 4, 8, 16)
    assert row.macs == 0


def test_a_layer_without_windows_has_none():
    row = last_row((8, 8, 4), Flatten())
    assert (row.kernel, row.stride, row.padding, row.dropped) == (None, None, None, (0, 0))
    assert last_row((8, 8, 4), ZeroPadding2D(2)).padding == ((2, 2), (2, 2))
    assert last_row((8, 8, 4), ZeroPadding2D(2)).kernel is None
    assert last_row((10,), Dense(3)).receptive_field is None


DROPPED = [
    # layer, (rows, columns) that no window reaches on a 9×8 picture
    (MaxPooling2D(2), (1, 0)),
    (MaxPooling2D(2, padding="same"), (0, 0)),
    (MaxPooling2D(4), (1, 0)),
    (MaxPooling2D(5), (4, 3)),
    (Conv2D(1, 2, strides=3), (3, 2)),
    (Conv2D(1, 1, strides=2), (4, 4)),
    (Conv2D(1, 1, strides=3, padding=1), (6, 6)),
    (DepthwiseConv2D(3, strides=2), (0, 1)),
    (Conv2D(1, 3), (0, 0)),
]


@pytest.mark.parametrize(("layer", "dropped"), DROPPED)
def test_rows_and_columns_that_no_window_reaches(layer, dropped):
    assert last_row((9, 8, 1), layer).dropped == dropped


def test_dropped_columns_are_said_and_what_that_means_for_the_picture():
    assert report(G12).notes == (
        "max_pooling2d_3 drops 1 of 9 columns",
        "of the picture's 60 columns, 56 reach the output",
    )


def test_padding_that_is_not_even_is_said():
    network = sequential(
        [Input((8, 9, 1)), Conv2D(1, 2, padding="same"), Conv2D(1, 3, padding="same")]
    )
    assert report(network).notes == (
        'conv2d_1: "same" pads 0 rows above, 1 below, 0 columns to the left, 1 to the right',
    )


def test_shared_weights_are_said():
    start = Input((4,))
    shared = Dense(4)
    assert report(functional(start, shared(shared(start)))).notes == (
        "dense_2 has the weights of dense_1; they are counted once",
    )


@given(networks())
@examples(100)
def test_the_forms_of_a_report_agree(network):
    made = report(network)
    data = json.loads(json.dumps(made.to_dict()))
    assert [layer["name"] for layer in data["layers"]] == [node.name for node in network.nodes]
    assert data["totals"]["macs"] == network.macs == sum(layer["macs"] for layer in data["layers"])
    assert data["totals"]["parameters"] == network.parameters
    read = list(csv.DictReader(io.StringIO(made.to_csv(), newline="")))
    for row, record, layer in zip(read, made.to_records(), data["layers"], strict=True):
        assert row == {key: "" if value is None else str(value) for key, value in record.items()}
        assert record["weights"] == layer["weights"]
        assert record["padding_left"] == (layer["padding"][1][0] if layer["padding"] else None)
        assert record["receptive_field_rows"] == layer["receptive_field"][0]


def test_records_are_flat():
    for record in report(G12).to_records():
        assert all(isinstance(value, int | str | None) for value in record.values())
    assert len({tuple(record) for record in report(G12).to_records()}) == 1


def test_the_data_says_how_it_was_counted():
    data = report(G12).to_dict()
    assert "1 MAC = one multiply-add" in data["conventions"]
    by_hand = [7_200, 77_952, 19_488, 20_736, 5_184, 4_320, 960, 960, 128, 4]
    assert data["totals"] == {
        "weights": 133_612,
        "biases": 180,
        "non_trainable": 0,
        "parameters": 133_792,
        "macs": 9_398_912,
        "flops": 18_797_824,
        "activation_bytes": 4 * sum(by_hand),
        "parameter_bytes": 535_168,
    }


def test_a_shape_error_holds_the_report_so_far():
    start = Input((9, 9, 2))
    shared = Conv2D(2, 3, padding="same", name="twice")
    maps = MaxPooling2D(4)(Add()(shared(start), shared(shared(start))))
    with pytest.raises(ShapeError) as caught:
        Conv2D(4, 5)(maps)
    made = report_up_to(caught.value)
    names = ["input_1", "twice", "twice_2", "twice_3", "add_1", "max_pooling2d_1"]
    assert [row.name for row in made.rows] == names
    assert made.rows[-1].dropped == (1, 1)
    assert made.rows[-2].inputs == ("twice", "twice_3")
    assert made.totals.parameters == 3 * 3 * 2 * 2 + 2


def test_an_error_from_a_file_holds_the_report_so_far():
    text = (
        "konv: 1\nlayers:\n- Input: {shape: [9, 9, 2]}\n"
        "- Conv2D: {filters: 2, kernel_size: 3, padding: same, name: twice}\n"
        "- Conv2D: {shares: twice}\n- Conv2D: {filters: 1, kernel_size: 10}\n"
    )
    with pytest.raises(ShapeError) as caught:
        Network.from_yaml(text)
    made = report_up_to(caught.value)
    assert [row.shares for row in made.rows] == [None, None, "twice"]
    assert made.totals.parameters == 38


def test_an_error_without_layers_before_it_has_no_report():
    with pytest.raises(ShapeError) as caught:
        Conv2D(2, 3).output_shape((2, 2, 1))
    assert report_up_to(caught.value) is None


@pytest.mark.parametrize("width", [0, 39, -80, 10**9, 80.5, "80", True])
def test_a_width_that_cannot_be_is_refused(width):
    with pytest.raises(ParameterError):
        report(G12).text(width)
