"""The fixes that a ShapeError offers: each one is tried, and offered only if it works."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from konv.errors import KonvError
from konv.language import translate as _
from konv.layers.base import Layer, Shape, shape_text
from konv.layers.fields import axis_paddings
from konv.layers.size import window_axis
from konv.layers.windowed import WindowedLayer

__all__ = ["Step", "working_fixes"]


@dataclass(frozen=True)
class Step:
    """One layer before the failing one."""

    name: str
    layer: Layer
    shape: Shape


def working_fixes(layer: Layer, chain: list[Step]) -> list[str]:
    """Changes after which ``layer`` fits, the simplest first.

    Args:
        layer: the one that does not fit.
        chain: the layers before it, at least one, from the input on as far as they form a chain.
    """
    shape = chain[-1].shape
    return list(_channels_first(layer, chain)) or [
        *_smaller_window(layer, shape),
        *_same_padding(layer, shape),
        *_without_a_pool(layer, chain),
    ]


def _fits(layer: Layer, shape: Shape) -> bool:
    try:
        layer.output_shape(shape)
    except KonvError:
        return False
    return True


def _changed(layer: Layer, **fields: Any) -> Layer:
    return replace(layer, **fields)


def _channels_first(layer: Layer, chain: list[Step]) -> Iterator[str]:
    """(1, 28, 28) read as channels last has a height of 1 and 28 channels."""
    start = chain[0]
    is_input = start.layer.input_count == 0
    if not is_input or getattr(layer, "data_format", "channels_last") == "channels_first":
        return
    height, width, channels = start.shape
    turned = (width, channels, height)
    if height in (1, 3, 4) and min(width, channels) > 4 and _fits_after(layer, chain[1:], turned):
        yield _(
            "did you mean channels first? {shape} was read as height {height}, width {width}, "
            'channels {channels}: write Input({turned}), or data_format="channels_first" in '
            "every layer",
            shape=shape_text(start.shape),
            height=height,
            width=width,
            channels=channels,
            turned=shape_text(turned),
        )


def _smaller_window(layer: Layer, shape: Shape) -> Iterator[str]:
    """The largest window not larger than the one asked for that fits."""
    if not isinstance(layer, WindowedLayer):
        return
    asked, _stride, paddings, dilations = layer.window
    sizes = layer.map_size(shape)[:2]
    rows, columns = (
        min(window, window_axis(size, 1, padding=padding).room // dilation + 1)
        for window, size, padding, dilation in zip(
            asked, sizes, axis_paddings(paddings), dilations, strict=True
        )
    )
    square = asked[0] == asked[1]
    size: Any = min(rows, columns) if square else (rows, columns)
    smaller = (rows, columns) != asked
    if smaller and _fits(_changed(layer, **{layer.window_field: size}), shape):
        yield f"{layer.window_field}={size}"


def _same_padding(layer: Layer, shape: Shape) -> Iterator[str]:
    if getattr(layer, "padding", "same") == "same" or not layer.window_field:
        return
    if _fits(_changed(layer, padding="same"), shape):
        yield 'padding="same"'


def _without_a_pool(layer: Layer, chain: list[Step]) -> Iterator[str]:
    """Leaving out the nearest layer that made the map smaller by a stride."""
    for position in range(len(chain) - 1, 0, -1):
        step, before = chain[position], chain[position - 1].shape
        axes = step.layer.axes(before)
        if axes is None or max(axis.stride for axis in axes) == 1:
            continue
        if step.layer.weight_specs(before):
            continue
        if _fits_after(layer, chain[position + 1 :], before):
            yield _("remove {name} before it", name=step.name)
        return


def _fits_after(layer: Layer, steps: list[Step], shape: Shape) -> bool:
    """Whether ``layer`` fits behind ``steps`` when these begin with another shape."""
    try:
        for step in steps:
            shape = step.layer.output_shape(shape)
    except KonvError:
        return False
    return _fits(layer, shape)
