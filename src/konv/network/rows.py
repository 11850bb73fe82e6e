"""What a report says of one layer."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from konv.layers.base import Shape
from konv.layers.windowed import WindowedLayer
from konv.layers.windows import Axes
from konv.network.assembly import Node
from konv.network.receptive_field import ReceptiveField

__all__ = ["BYTES_PER_NUMBER", "Row", "row_of", "times"]

BYTES_PER_NUMBER = 4  # float32
Pair = tuple[int, int]


@dataclass(frozen=True)
class Row:
    """One layer of a network. Pairs are (rows, columns); None: the layer has no such thing.

    Args:
        index: its place, from 0.
        name: what it is called.
        layer: the name of its class.
        inputs: the layers it takes its input from.
        input_shapes, output_shape: for one picture.
        kernel, stride, dilation: of its windows.
        padding: zeros added, ((top, bottom), (left, right)).
        dropped: rows and columns of its input that no window reaches.
        weights: numbers that are multiplied, and trained.
        biases: numbers that are added, and trained.
        non_trainable: numbers that are measured, such as moving means.
        shares: the layer whose weights it uses; they are counted there, and here as 0.
        macs: multiply-adds for one picture.
        activation_bytes: memory of its output for one picture, in float32.
        receptive_field: rows and columns of the picture that one output sees.
    """

    index: int
    name: str
    layer: str
    inputs: tuple[str, ...]
    input_shapes: tuple[Shape, ...]
    output_shape: Shape
    kernel: Pair | None
    stride: Pair | None
    dilation: Pair | None
    padding: tuple[Pair, Pair] | None
    dropped: Pair
    weights: int
    biases: int
    non_trainable: int
    shares: str | None
    macs: int
    activation_bytes: int
    receptive_field: Pair | None

    @property
    def parameters(self) -> int:
        """All its numbers."""
        return self.weights + self.biases + self.non_trainable

    def to_dict(self) -> dict[str, Any]:
        """As plain data for JSON."""
        return {name: _plain(getattr(self, name)) for name in self.__dataclass_fields__}

    def to_record(self) -> dict[str, Any]:
        """As one flat row of a table: numbers and texts only."""
        top_bottom, left_right = self.padding or (None, None)
        return {
            "index": self.index,
            "name": self.name,
            "layer": self.layer,
            "inputs": ", ".join(self.inputs),
            "input_shape": ", ".join(map(times, self.input_shapes)),
            "output_shape": times(self.output_shape),
            **_two("kernel", self.kernel),
            **_two("stride", self.stride),
            **_two("dilation", self.dilation),
            **_two("padding", top_bottom, ("top", "bottom")),
            **_two("padding", left_right, ("left", "right")),
            **_two("dropped", self.dropped),
            "weights": self.weights,
            "biases": self.biases,
            "non_trainable": self.non_trainable,
            "shares": self.shares,
            "macs": self.macs,
            "activation_bytes": self.activation_bytes,
            **_two("receptive_field", self.receptive_field),
        }


def row_of(node: Node, index: int, field: ReceptiveField | None) -> Row:
    """The row of a node."""
    axes = node.layer.axes(*node.input_shapes)
    windowed = isinstance(node.layer, WindowedLayer)
    own = () if node.shares else node.weight_specs
    trained = [spec for spec in own if spec.trainable]
    return Row(
        index=index,
        name=node.name,
        layer=type(node.layer).__name__,
        inputs=node.inputs,
        input_shapes=node.input_shapes,
        output_shape=node.output_shape,
        kernel=(axes[0].kernel, axes[1].kernel) if axes and windowed else None,
        stride=(axes[0].stride, axes[1].stride) if axes and windowed else None,
        dilation=(axes[0].dilation, axes[1].dilation) if axes and windowed else None,
        padding=_padding(axes),
        dropped=(axes[0].unseen, axes[1].unseen) if axes else (0, 0),
        weights=sum(spec.size for spec in trained if not spec.bias),
        biases=sum(spec.size for spec in trained if spec.bias),
        non_trainable=sum(spec.size for spec in own if not spec.trainable),
        shares=node.weights_of if node.shares else None,
        macs=node.macs,
        activation_bytes=BYTES_PER_NUMBER * math.prod(node.output_shape),
        receptive_field=None if field is None else field.size,
    )


def _padding(axes: Axes | None) -> tuple[Pair, Pair] | None:
    if axes is None:
        return None
    rows, columns = axes
    return (rows.before, rows.after), (columns.before, columns.after)


def _plain(value: Any) -> Any:
    return [_plain(item) for item in value] if isinstance(value, tuple) else value


def times(shape: Iterable[int]) -> str:
    """``28×28×1``."""
    return "×".join(map(str, shape))


def _two(
    name: str, pair: Pair | None, ends: tuple[str, str] = ("rows", "columns")
) -> dict[str, int | None]:
    first, second = pair or (None, None)
    return {f"{name}_{ends[0]}": first, f"{name}_{ends[1]}": second}
