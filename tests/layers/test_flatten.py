"""Flatten: row by row, column by column, channel by channel, for both layouts."""

import numpy as np

from konv.layers import Context, Flatten

MAP = np.arange(2 * 3 * 4 * 5).reshape(2, 3, 4, 5)


def test_it_writes_a_map_as_keras_does():
    output, saved = Flatten().forward({}, (MAP,), Context())
    picture, row, column, channel = 1, 2, 3, 4
    assert output.shape == (2, 60)
    assert output[picture, (row * 4 + column) * 5 + channel] == MAP[picture, row, column, channel]
    assert np.array_equal(output.ravel(), np.arange(120))
    (flowing,), _weights = Flatten().backward({}, saved, output)
    assert np.array_equal(flowing, MAP)


def test_channels_first_is_turned_to_channels_last_as_keras_does():
    layer = Flatten(data_format="channels_first")
    first = MAP.transpose(0, 3, 1, 2)
    output, saved = layer.forward({}, (first,), Context())
    assert np.array_equal(output.ravel(), np.arange(120))
    (flowing,), _weights = layer.backward({}, saved, output)
    assert np.array_equal(flowing, first)


def test_a_row_stays_a_row():
    row = np.arange(6).reshape(2, 3)
    for data_format in ("channels_first", "channels_last"):
        output, _saved = Flatten(data_format=data_format).forward({}, (row,), Context())
        assert np.array_equal(output, row)
        assert Flatten(data_format=data_format).output_shape((3,)) == (3,)
