"""A window that does not fit: smaller windows, more padding, or larger maps before it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from konv.design.mends.base import Mend, Misfit
from konv.design.rules.maps import turned_input
from konv.language import translate as _
from konv.layers.base import shape_text
from konv.layers.convolution import ConvolutionLayer
from konv.layers.fields import axis_paddings
from konv.layers.input import Input
from konv.layers.pooling import PoolingLayer
from konv.layers.size import window_axis
from konv.layers.windowed import SpatialLayer, WindowedLayer

__all__ = ["turned_mends", "window_mends"]

_MOST_BEFORE = 8  # layers before it that are looked at


def window_mends(misfit: Misfit) -> Iterator[Mend]:
    """For K104 and K105."""
    layer = misfit.part.layer
    if not isinstance(layer, WindowedLayer):
        return
    yield from turned_mends(misfit)
    if isinstance(layer, PoolingLayer) and layer.map_size(misfit.shapes[0])[:2] == (1, 1):
        yield misfit.left_out(misfit.part, effort=1)  # there is nothing left to pool
    else:
        yield from _other_window(misfit, layer)
    yield from _larger_before(misfit)


def _other_window(misfit: Misfit, layer: WindowedLayer) -> Iterator[Mend]:
    yield from _smaller(misfit, layer)
    yield misfit.with_fields(misfit.part.name, padding="same")
    if layer.window[3] != (1, 1):
        yield misfit.with_fields(misfit.part.name, dilation_rate=1)
    if isinstance(layer, PoolingLayer):
        yield misfit.left_out(misfit.part)


def turned_mends(misfit: Misfit) -> Iterator[Mend]:
    """The channels of the pictures at the other end, if they look as if they belong there."""
    start = misfit.nodes[0]
    formats = (p.layer.data_format for p in misfit.draft.parts if isinstance(p.layer, SpatialLayer))
    turned = turned_input(start.output_shape, next(formats, "channels_last"))
    if turned is not None:
        yield Mend(
            _("Input({shape})", shape=shape_text(turned)),
            misfit.draft.with_layer(start.name, Input(shape=turned)),
            effort=0,  # it is the likely cause, all else are consequences
        )


def _smaller(misfit: Misfit, layer: WindowedLayer) -> Iterator[Mend]:
    """The largest window that fits and is not larger than the one asked for."""
    asked, _stride, paddings, dilations = layer.window
    rows, columns = (
        min(window, max(1, window_axis(size, 1, padding=padding).room // dilation + 1))
        for window, size, padding, dilation in zip(
            asked,
            layer.map_size(misfit.shapes[0])[:2],
            axis_paddings(paddings),
            dilations,
            strict=True,
        )
    )
    square = min(rows, columns), min(rows, columns)
    for size in (
        dict.fromkeys([square, (rows, columns)]) if asked[0] == asked[1] else [(rows, columns)]
    ):
        if size == asked or (size == (1, 1) and isinstance(layer, PoolingLayer)):
            continue
        fields: dict[str, Any] = {layer.window_field: size}
        if isinstance(layer, PoolingLayer) and layer.strides is not None:
            fields["strides"] = min(layer.strides[0], size[0]), min(layer.strides[1], size[1])
        yield misfit.with_fields(misfit.part.name, **fields)


def _larger_before(misfit: Misfit) -> Iterator[Mend]:
    """Layers before it that make the map smaller, the nearest first."""
    for node in list(misfit.before())[:_MOST_BEFORE]:
        axes = node.layer.axes(*node.input_shapes)
        if not isinstance(node.layer, WindowedLayer) or axes is None:
            continue
        if isinstance(node.layer, PoolingLayer):
            yield misfit.left_out(node)
            if node.layer.padding != "same":
                yield misfit.with_fields(node.name, padding="same", effort=2)
        elif isinstance(node.layer, ConvolutionLayer):
            if max(axis.stride for axis in axes) > 1:
                yield misfit.with_fields(node.name, strides=1, effort=2)
            if node.layer.padding != "same":
                yield misfit.with_fields(node.name, padding="same", effort=2)
