"""Where a weight of konv stands in a state dict of PyTorch, and how its axes lie there.

::

              konv                                PyTorch
    Conv2D    (rows, columns, in / groups, out)   (out, in / groups, rows, columns)
    depthwise (rows, columns, in, multiplier)     (in · multiplier, 1, rows, columns)
    Dense     (in, out)                           (out, in)

Behind a flattened map the numbers that a dense layer takes come in another order: konv's is (row,
column, channel), PyTorch's (channel, row, column).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = ["Constant", "Placement"]

Array = np.ndarray[Any, np.dtype[Any]]
Shape = tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Placement:
    """One weight of konv in a state dict.

    Args:
        name: PyTorch's name within the module, such as ``"weight"``.
        weight: konv's name, such as ``"conv2d_1/kernel"``.
        konv_shape: konv's.
        shape: PyTorch's.
        axes: konv's axes in PyTorch's order.
        flipped: whether rows and columns run backwards there: true convolutions are turned.
        order: which of konv's numbers along its first axis each of PyTorch's is; None: the same.

    Example:
        >>> placed = Placement("weight", "dense_1/kernel", (3, 2), (2, 3), (1, 0))
        >>> kernel = np.arange(6).reshape(3, 2)
        >>> placed.to_torch({"dense_1/kernel": kernel}).tolist()
        [[0, 2, 4], [1, 3, 5]]
        >>> bool((placed.from_torch(placed.to_torch({"dense_1/kernel": kernel})) == kernel).all())
        True
    """

    name: str
    weight: str
    konv_shape: Shape
    shape: Shape
    axes: tuple[int, ...]
    flipped: bool = False
    order: Array | None = None

    def to_torch(self, weights: Mapping[str, Array]) -> Array:
        """The array of the state dict."""
        array = weights[self.weight]
        if self.flipped:
            array = array[::-1, ::-1]
        if self.order is not None:
            array = array[self.order]
        return np.array(array.transpose(self.axes), order="C").reshape(self.shape)

    def from_torch(self, array: Array) -> Array:
        """The array as konv has it: the inverse."""
        turned = array.reshape([self.konv_shape[axis] for axis in self.axes])
        found = turned.transpose(np.argsort(self.axes))
        if self.order is not None:
            found = found[np.argsort(self.order)]
        if self.flipped:
            found = found[::-1, ::-1]
        return np.array(found, order="C")


@dataclass(frozen=True, eq=False)
class Constant:
    """A tensor that PyTorch keeps and konv does not: the γ of a normalization without scale.

    Args:
        name: PyTorch's name within the module.
        shape: of it.
        value: what all its numbers are.
        dtype: "float32" or "int64".
    """

    name: str
    shape: Shape
    value: float
    dtype: str = "float32"

    def to_torch(self, weights: Mapping[str, Array]) -> Array:
        """The array of the state dict."""
        return np.full(self.shape, self.value, self.dtype)
