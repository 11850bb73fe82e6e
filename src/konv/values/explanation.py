"""Explanation: one number of a network with the steps that it takes; as text, data and HTML."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import Any

import numpy as np

from konv.constraints import Integer
from konv.layers.base import Array, Shape
from konv.parameters import check_value
from konv.values.seen import Seen
from konv.values.steps import Step

__all__ = ["Explained", "Explanation", "GradientExplanation", "Scene"]

_WIDTH = Integer(40, 1_000)
_NARROWEST, _WIDEST = 40, 100  # of the terminal's columns that are used


@dataclass(frozen=True)
class Scene:
    """The map that a window lies on.

    Args:
        maps: (height, width, channels).
        channel: the first of them that takes part.
        rows, columns: from the first to before the last of the window, on the padding, too.
        participation: (height, width) in how many windows each place takes part.
    """

    maps: Array
    channel: int
    rows: tuple[int, int]
    columns: tuple[int, int]
    participation: Array


@dataclass(frozen=True)
class Explained:
    """A number with the steps that it takes.

    ``print`` shows it; ``text(all_terms=True)`` leaves nothing out.

    Args:
        network: its name.
        layer: the name of the layer.
        kind: of the layer, such as ``Conv2D``.
        at: which number of an array.
        place: the same in words.
        shape: of the array.
        steps: what the number is made of, in float64.
        value: the number as the engine computed it, in float32.
        engine: the name of the engine.
    """

    network: str
    layer: str
    kind: str
    at: tuple[int, ...]
    place: str
    shape: Shape
    steps: tuple[Step, ...]
    value: float
    engine: str

    @property
    def sum(self) -> float:
        """The number as the steps give it, in float64."""
        return self.steps[-1].value

    @property
    def same(self) -> bool:
        """Whether the engine's number is that of the steps, rounded to float32."""
        return bool(np.array_equal(self._rounded, np.float32(self.value), equal_nan=True))

    @property
    def last_places(self) -> float:
        """How far the two lie apart, in units of the last place of the engine's float32."""
        if self.same:
            return 0.0
        with np.errstate(all="ignore"):
            return (self.value - self.sum) / float(np.spacing(np.abs(np.float32(self.value))))

    @property
    def _rounded(self) -> np.float32:
        with np.errstate(over="ignore"):
            return np.float32(self.sum)

    def text(self, *, all_terms: bool = False, width: int | None = None) -> str:
        """What a person reads.

        Args:
            all_terms: also what is left out of long sums otherwise.
            width: columns; None: those of the terminal, at most 100.

        Raises:
            ParameterError: K201, a width that is too small.
        """
        from konv.values.text import explanation_text

        if width is None:
            width = min(max(shutil.get_terminal_size().columns, _NARROWEST), _WIDEST)
        checked = check_value("width", width, _WIDTH, where="text")
        return explanation_text(self, checked, all_terms=all_terms)

    def __str__(self) -> str:
        return self.text()

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain data for JSON, no term left out."""
        from konv.values.data import explanation_data

        return explanation_data(self)

    def html(self, *, all_terms: bool = False) -> str:
        """A page that needs no other file and no script: windows, weights, every product.

        Args:
            all_terms: also what is left out of long sums otherwise.
        """
        from konv.values.html import explanation_page

        return explanation_page(self, all_terms=all_terms)

    def _repr_html_(self) -> str:
        from konv.values.html import explanation_part

        return explanation_part(self)


@dataclass(frozen=True)
class Explanation(Explained):
    """One number of a layer's output, and the sum that it is; see :meth:`konv.Model.explain`.

    Args:
        sources: the name of each input -> its shape.
        seen: the pixels that it depends on; None if the input is no picture.
        scene: the map under its window; None for layers without windows.
    """

    sources: dict[str, Shape]
    seen: Seen | None = None
    scene: Scene | None = None


@dataclass(frozen=True)
class GradientExplanation(Explained):
    """The gradient of one weight, as a sum; see :meth:`konv.Model.explain_gradient`.

    Args:
        weight: the name of the weight's array.
        loss: the name of the loss.
        loss_value: of the picture.
        remarks: what training does that a prediction does not.
    """

    weight: str
    loss: str
    loss_value: float
    remarks: tuple[str, ...] = ()
