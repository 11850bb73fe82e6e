"""The global pools by hand and by nested loops."""

import numpy as np
import pytest

from konv.errors import ShapeError
from konv.layers import Context, GlobalAveragePooling2D, GlobalMaxPooling2D
from oracles import naive
from oracles.exact import assert_exact
from oracles.problems import WindowProblem

SIZES = [(1, 1), (1, 5), (4, 4), (3, 7)]


def problem_of(size, layout):
    line = f"n=3 h={size[0]} w={size[1]} c=2 k={size[0]}x{size[1]} layout={layout}"
    return WindowProblem.parse(line)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("layout", ["first", "last"])
@pytest.mark.parametrize("keepdims", [False, True])
def test_they_equal_pools_as_large_as_the_picture(size, layout, keepdims):
    problem = problem_of(size, layout)
    times = size[0] * size[1]
    x = problem.integers((3, *size, 2), 1, low=-2, high=2, times=times)
    g = problem.integers((3, 1, 1, 2), 3, times=times)
    for layer, (y, dx) in (
        (GlobalMaxPooling2D, naive.extreme_pool(problem, x, g, largest=True)),
        (GlobalAveragePooling2D, naive.average_pool(problem, x, g)),
    ):
        shaped = (y, g) if keepdims else (y.reshape(3, 2), g.reshape(3, 2))
        assert_exact(
            layer(keepdims=keepdims, data_format=problem.data_format),
            problem,
            given=(x, {}, shaped[1]),
            expected=(shaped[0], dx, {}),
        )


def test_the_gradient_of_a_tie_goes_to_the_first_place():
    layer = GlobalMaxPooling2D()
    x = np.array([[1.0, 7], [7, 7]]).reshape(1, 2, 2, 1)
    _output, saved = layer.forward({}, (x,), Context())
    (flowing,), _weights = layer.backward({}, saved, np.full((1, 1), 5.0))
    assert flowing.ravel().tolist() == [0, 5, 0, 0]


@pytest.mark.parametrize("layer", [GlobalAveragePooling2D(), GlobalMaxPooling2D()], ids=repr)
@pytest.mark.parametrize("shape", [(5,), (5, 5), (2, 2, 2, 2), ()])
def test_only_maps_have_channels(layer, shape):
    with pytest.raises(ShapeError) as caught:
        layer.output_shape(shape)
    assert caught.value.code == "K102"
