"""Small signs for what layers do: kernels and windows cell by cell, the curve of an activation."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from konv.explain.drawing.captions import Caption
from konv.explain.drawing.shapes import Box, Polygon, Route, Shape
from konv.layers.activation_layers import FunctionLayer
from konv.layers.activations import ActivationFunction
from konv.layers.convolution import ConvolutionLayer

__all__ = ["HEIGHT", "pictogram"]

HEIGHT = 56
_CELL = 9.0
_SIDE = 42.0  # the longest side of a kernel
_SHEETS = 3  # so many filters are shown at most
_SHIFT = 4.0  # from one filter to the one behind it
_MOST_CELLS = 9  # a kernel with more rows or columns is shown without its cells


def pictogram(caption: Caption, x: float, y: float) -> tuple[Shape, ...]:
    """The sign of a layer.

    Args:
        caption: of the layer.
        x, y: the middle of the sign, which is at most HEIGHT high and 64 wide.
    """
    layer = caption.node.layer
    if caption.row.kernel:
        return tuple(_window(caption, x, y))
    if isinstance(layer, FunctionLayer):
        return tuple(_curve(layer.function, x, y))
    signs = {
        "Input": _pixels,
        "Dense": _connections,
        "Flatten": _flattening,
        "ZeroPadding2D": _border,
        "Add": _sum,
        "Concatenate": _stack,
        "BatchNormalization": _bell,
        "Dropout": _holes,
    }
    sign = signs.get(caption.kind, _one_of_all)
    return tuple(sign(x, y))


def _window(caption: Caption, x: float, y: float) -> Iterator[Shape]:
    """A kernel, a sheet for each of its filters; or the window of a pool, one cell of it chosen."""
    rows, columns = caption.row.kernel or (1, 1)
    is_kernel = isinstance(caption.node.layer, ConvolutionLayer)
    filters = getattr(caption.node.layer, "filters", caption.row.output_shape[-1])
    sheets = min(_SHEETS, filters) if is_kernel else 1
    side = min(_CELL, _SIDE / max(rows, columns))
    height, width = (max(4.0, side * count) for count in (rows, columns))
    left, top = x - width / 2, y - height / 2
    for sheet in reversed(range(sheets)):
        shift = _SHIFT * (sheet - (sheets - 1) / 2)
        yield Box(left + shift, top - shift, width, height, "sheet")
    front = -_SHIFT * (sheets - 1) / 2
    left, top = left + front, top - front
    if max(rows, columns) <= _MOST_CELLS:
        for row in range(1, rows):
            yield _line((left, top + row * side), (left + width, top + row * side))
        for column in range(1, columns):
            yield _line((left + column * side, top), (left + column * side, top + height))
        if not is_kernel:
            yield Box(left + side * (columns - 1), top, side, side, "cell")


def _line(start: tuple[float, float], end: tuple[float, float]) -> Route:
    return Route((start, end), "stroke fine")


def _curve(function: ActivationFunction, x: float, y: float) -> Iterator[Shape]:
    """The graph of a function from −3 to 3; of softmax, which has none, shares of a whole."""
    if function.name == "softmax":
        for index, share in enumerate((0.1, 0.7, 0.2)):
            height = 44 * share
            yield Box(x - 20 + 14 * index, y + 18 - height, 10, height, "cell")
        return
    zs = np.linspace(-3, 3, 31)
    ys = np.clip(function.forward(zs), -1.5, 3)
    scale = 36 / max(2.0, float(ys.max() - ys.min()))
    middle = y + scale * float(ys.max() + min(ys.min(), 0)) / 2
    yield Route(((x - 26, middle), (x + 26, middle)), "line fine")
    points = tuple(
        (x + 8.5 * float(z), middle - scale * float(value)) for z, value in zip(zs, ys, strict=True)
    )
    yield Route(points, "stroke")


def _pixels(x: float, y: float) -> Iterator[Shape]:
    yield Box(x - 18, y - 18, 36, 36, "sheet")
    for row, column in ((0, 1), (1, 2), (1, 1), (2, 0), (2, 3), (3, 2)):
        yield Box(x - 18 + 9 * column, y - 18 + 9 * row, 9, 9, "cell")


def _connections(x: float, y: float) -> Iterator[Shape]:
    """Every number on the left with every one on the right."""
    before, after = ([y - 20 + 40 * i / (n - 1) for i in range(n)] for n in (4, 3))
    yield from (_line((x - 20, start), (x + 20, end)) for start in before for end in after)
    for side, ends in ((-20, before), (20, after)):
        for end in ends:
            yield Box(x + side - 4, end - 4, 8, 8, "cell", 4)


def _flattening(x: float, y: float) -> Iterator[Shape]:
    for row in range(3):
        for column in range(3):
            yield Box(x - 30 + 8 * column, y - 12 + 8 * row, 8, 8, "sheet")
    yield from (Box(x + 18, y - 22.5 + 5 * cell, 5, 5, "sheet") for cell in range(9))
    yield _line((x, y), (x + 8, y))
    yield Polygon(((x + 13, y), (x + 7, y - 3.5), (x + 7, y + 3.5)), "cell")


def _border(x: float, y: float) -> Iterator[Shape]:
    yield Box(x - 22, y - 22, 44, 44, "stroke dashed")
    yield Box(x - 14, y - 14, 28, 28, "sheet")


def _sum(x: float, y: float) -> Iterator[Shape]:
    yield Box(x - 16, y - 16, 32, 32, "sheet", 16)
    yield Route(((x - 9, y), (x + 9, y)), "stroke")
    yield Route(((x, y - 9), (x, y + 9)), "stroke")


def _stack(x: float, y: float) -> Iterator[Shape]:
    for index in range(3):
        yield Box(x - 18, y - 18 + 12 * index, 36, 12, "cell" if index == 1 else "sheet")


def _bell(x: float, y: float) -> Iterator[Shape]:
    yield _line((x - 26, y + 16), (x + 26, y + 16))
    zs = [index / 5 - 3 for index in range(31)]
    yield Route(tuple((x + 8.5 * z, y + 16 - 32 * math.exp(-z * z / 2)) for z in zs), "stroke")


def _holes(x: float, y: float) -> Iterator[Shape]:
    for row in range(3):
        for column in range(4):
            look = "sheet dashed" if (row + 3 * column) % 4 == 1 else "cell"
            yield Box(x - 26 + 14 * column, y - 19 + 14 * row, 10, 10, look, 5)


def _one_of_all(x: float, y: float) -> Iterator[Shape]:
    """A whole map becomes one number."""
    yield Box(x - 30, y - 16, 32, 32, "sheet")
    yield _line((x + 5, y), (x + 14, y))
    yield Polygon(((x + 19, y), (x + 13, y - 3.5), (x + 13, y + 3.5)), "cell")
    yield Box(x + 22, y - 4, 8, 8, "cell")
