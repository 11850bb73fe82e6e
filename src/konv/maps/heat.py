"""Heat maps: a number for each place of a picture, that says how much it speaks for a class."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from konv.layers.base import Array
from konv.network.receptive_field import AxisField, ReceptiveField

__all__ = ["GradCam", "HeatMap", "Occlusion", "spread"]


@dataclass(frozen=True, eq=False)
class HeatMap:
    """How much each part of a picture speaks for a class.

    Args:
        network: its name.
        label: the class.
        class_index: its place among the classes.
        values: [rows, columns] as they were computed, in float64.
        on_picture: [height, width] the same at each pixel.
        score: what the network says of the class: ``unit`` says what it is.
        unit: "probability", or "score" where the network gives no probabilities.
    """

    network: str
    label: Any
    class_index: int
    values: Array
    on_picture: Array
    score: float
    unit: str

    @property
    def strongest(self) -> tuple[int, int]:
        """(row, column) of the pixel that speaks most for the class; the first of equal ones."""
        row, column = divmod(int(np.argmax(self.on_picture)), self.on_picture.shape[1])
        return row, column

    def to_dict(self) -> dict[str, Any]:
        """Everything but ``on_picture`` as plain data for JSON."""
        return {
            "label": self.label,
            "class_index": self.class_index,
            self.unit: self.score,
            "values": self.values.tolist(),
        }


@dataclass(frozen=True, eq=False)
class GradCam(HeatMap):
    """A class activation map by gradients; see :meth:`konv.Model.grad_cam`.

    Args:
        layer: whose maps were weighed.
        weights: [maps] the mean gradient of each.
        signed: [rows, columns] the weighted sum of the maps before its negative numbers became 0.
    """

    layer: str
    weights: Array
    signed: Array

    def to_dict(self) -> dict[str, Any]:
        facts = {"method": "grad-cam", "layer": self.layer, **super().to_dict()}
        return {**facts, "weights": self.weights.tolist()}


@dataclass(frozen=True, eq=False)
class Occlusion(HeatMap):
    """What covering a part of the picture costs; see :meth:`konv.Model.occlusion`.

    Args:
        patch: (height, width) of what is covered, in pixels.
        stride: pixels from one patch to the next.
        fill: the number of each channel that it is covered with, as the picture's numbers are.
        rows, columns: where the patches begin.
    """

    patch: tuple[int, int]
    stride: int
    fill: tuple[float, ...]
    rows: tuple[int, ...]
    columns: tuple[int, ...]

    @property
    def predictions(self) -> int:
        """How many covered pictures were looked at."""
        return len(self.rows) * len(self.columns)

    def to_dict(self) -> dict[str, Any]:
        return {
            "method": "occlusion",
            **super().to_dict(),
            "patch": list(self.patch),
            "stride": self.stride,
            "fill": list(self.fill),
            "rows": list(self.rows),
            "columns": list(self.columns),
            "predictions": self.predictions,
        }


def spread(values: Array, field: ReceptiveField, picture: tuple[int, int]) -> Array:
    """Numbers of a map as numbers of the pixels, [height, width].

    Each number stands at the middle of its receptive field, ``start + i·jump + (size − 1)/2``;
    between them it is bilinear, and beyond the outermost it stays as they are. Where all numbers of
    the map see the same, they are laid evenly over the picture.

    Args:
        values: [rows, columns].
        field: of the layer.
        picture: (height, width).
    """
    rows, columns = (
        _shares(count, axis, pixels)
        for count, axis, pixels in zip(
            values.shape, (field.rows, field.columns), picture, strict=True
        )
    )
    return rows @ values @ columns.T


def _shares(count: int, axis: AxisField, pixels: int) -> Array:
    """[pixels, count] how much each number of the map is part of what a pixel gets."""
    if axis.jump:
        middles = axis.start + axis.jump * np.arange(count) + (axis.size - 1) / 2
    else:
        middles = (np.arange(count) + 0.5) * pixels / count - 0.5
    ones = np.eye(count)
    return np.stack([np.interp(np.arange(pixels), middles, one) for one in ones], axis=1)
