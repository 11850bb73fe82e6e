"""SlidingWindow: a window at every place of a matrix, with what it makes there."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from konv.constraints import Integer, Optional
from konv.explain.sliding.step import SlidingStep, part_of
from konv.layers.activated import ActivatedLayer
from konv.layers.base import Array, Context
from konv.layers.convolution import Conv2D
from konv.layers.pooling import PoolingLayer
from konv.layers.windows import Axes, pad_map
from konv.network.graph import Node
from konv.parameters import check_value
from konv.values.layer_steps import steps_of
from konv.values.spot import Spot
from konv.values.steps import Sum

__all__ = ["SHOWN_STEPS", "SlidingWindow"]

SHOWN_STEPS = 12  # of a text, unless more are asked for
_MOST_STEPS = Optional(Integer(0, 2**31 - 1))


@dataclass(frozen=True, eq=False)
class SlidingWindow:
    """A kernel or a pool that slides over a matrix; see :func:`konv.convolve`, :func:`konv.pool`.

    A notebook shows the animation, ``print`` the text, ``save`` writes a page or a GIF.

    Args:
        matrix: [rows, columns] what it slides over.
        node: the layer that computes, in its network.
        weights: of the layer.
        pixels: whether the numbers are pixels, from 0 (black) to 255 (white).
    """

    matrix: Array
    node: Node
    weights: Mapping[str, Array]
    pixels: bool = False

    @property
    def layer(self) -> Conv2D | PoolingLayer:
        """What computes."""
        layer = self.node.layer
        assert isinstance(layer, (Conv2D, PoolingLayer))
        return layer

    @property
    def axes(self) -> Axes:
        """How the window slides over rows and over columns."""
        return self.layer.axes(*self.node.input_shapes)

    @property
    def kernel(self) -> Array | None:
        """[rows, columns] as it was given; None: it is a pool."""
        kernel = self.weights.get("kernel")
        return None if kernel is None else kernel[:, :, 0, 0]

    @property
    def met_kernel(self) -> Array | None:
        """The kernel as it meets the window: turned by 180° if it is a true convolution."""
        layer, kernel = self.layer, self.kernel
        return layer.met(kernel) if kernel is not None and isinstance(layer, Conv2D) else kernel

    @property
    def turned(self) -> bool:
        """Whether the kernel meets the window turned by 180°."""
        return isinstance(self.layer, Conv2D) and self.layer.true_convolution

    @property
    def bias(self) -> float | None:
        """What is added to each sum."""
        bias = self.weights.get("bias")
        return None if bias is None else float(bias[0])

    @property
    def activation(self) -> str:
        """The name of the function that each sum goes through."""
        return self.layer.activation if isinstance(self.layer, ActivatedLayer) else "linear"

    @property
    def grid(self) -> tuple[int, int]:
        """(rows, columns) of the window."""
        rows, columns = self.axes
        return rows.kernel, columns.kernel

    @cached_property
    def padded(self) -> Array:
        """[rows, columns] the matrix with the zeros around it."""
        padded: Array = pad_map(self._maps[np.newaxis], self.axes)[0, :, :, 0]
        return padded

    @cached_property
    def output(self) -> Array:
        """[rows, columns] of all windows, as the layer computes it in float64."""
        output, _saved = self.layer.forward(self.weights, (self._maps[np.newaxis],), Context())
        made: Array = output[0, :, :, 0]
        return made

    @property
    def _maps(self) -> Array:
        return self.matrix[:, :, np.newaxis]

    def __len__(self) -> int:
        return self.axes[0].output * self.axes[1].output

    @cached_property
    def steps(self) -> tuple[SlidingStep, ...]:
        """Every step, row by row."""
        return tuple(self.step(number) for number in range(len(self)))

    def step(self, number: int) -> SlidingStep:
        """One step, counted from 0."""
        row, column = divmod(range(len(self))[number], self.axes[1].output)
        spot = Spot(self.node, (row, column, 0), (self._maps,), self.weights)
        arithmetic = steps_of(self.layer, spot)
        first, part, grid = arithmetic[0], part_of(arithmetic[0]), self.grid
        places = part.places.reshape(*grid, 3)
        return SlidingStep(
            number=range(len(self))[number],
            at=(row, column),
            rows=tuple(places[:, 0, 0].tolist()),
            columns=tuple(places[0, :, 1].tolist()),
            window=part.numbers.reshape(grid),
            padding=~part.inside.reshape(grid),
            kernel=None if part.weights is None else part.weights.reshape(grid),
            products=part.products.reshape(grid),
            sum=first.sum if isinstance(first, Sum) else None,
            value=float(self.output[row, column]),
            arithmetic=arithmetic,
        )

    def met(self, step: SlidingStep) -> list[tuple[int, int]]:
        """(row, column) in the padded matrix of each number of a window, row by row."""
        rows, columns = self.axes
        return [(i + rows.before, j + columns.before) for i in step.rows for j in step.columns]

    def to_text(self, *, steps: int | None = SHOWN_STEPS, width: int = 80) -> str:
        """The matrix, the kernel, the output, and the sum of each step as tutorials write it.

        Args:
            steps: how many are shown; None: all.
            width: columns of the text, at least 40.
        """
        from konv.explain.sliding.text import sliding_text

        shown = check_value("steps", steps, _MOST_STEPS, where="to_text")
        columns = check_value("width", width, Integer(40, 1_000), where="to_text")
        return sliding_text(self, shown, columns)

    def to_dict(self, *, steps: int | None = None) -> dict[str, Any]:
        """Everything as plain data for JSON; ``steps``: how many of them, None: all."""
        from konv.explain.sliding.data import sliding_data

        return sliding_data(self, check_value("steps", steps, _MOST_STEPS, where="to_dict"))

    def to_html(self) -> str:
        """The animation as a page that needs no other file; without scripts it shows the result."""
        from konv.explain.sliding.html import sliding_page

        return sliding_page(self)

    def to_gif(self) -> bytes:
        """The animation as a GIF; of very many steps some, evenly."""
        from konv.explain.sliding.gif import sliding_gif

        return sliding_gif(self)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the animation to a file, which is replaced.

        Args:
            path: a .html or a .gif file, or .txt for the text with all steps.

        Returns:
            The path.

        Raises:
            FormatError: K404, another ending; K405, it cannot be written.
        """
        from konv.explain.sliding.saving import saved

        return saved(self, path)

    def __str__(self) -> str:
        return self.to_text()

    def __repr__(self) -> str:
        rows, columns = self.matrix.shape
        high, wide = self.output.shape
        return f"<SlidingWindow {rows}×{columns} → {high}×{wide}: {len(self)} steps>"

    def _repr_html_(self) -> str:
        from konv.explain.sliding.html import sliding_frame

        return sliding_frame(self)
