"""The fixes that a ShapeError offers: each one is tried, and offered only if it works."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from konv.errors import KonvError
from konv.language import translate as _
from konv.layers.base import Layer, Shape, shape_text

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
        chain: the layers before it, from the input on, as far as they form a chain.
    """
    if not chain:
        return []
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
    height, width, channels = (*chain[0].shape, 0, 0, 0)[:3]
    if getattr(layer, "data_format", "channels_last") == "channels_first":
        return
    if chain[0].name.startswith("input") and height in (1, 3, 4) and min(width, channels) > 4:
        yield _(
            "did you mean channels first? {shape} was read as height {height}, width {width}, "
            'channels {channels}: write Input({turned}), or data_format="channels_first" in '
            "every layer",
            shape=shape_text(chain[0].shape),
            height=height,
            width=width,
            channels=channels,
            turned=shape_text((width, channels, height)),
        )


def _smaller_window(layer: Layer, shape: Shape) -> Iterator[str]:
    """The largest window not larger than the one asked for that fits."""
    if not layer.window_field:
        return
    asked = getattr(layer, layer.window_field)
    rows, columns = (_largest(layer, shape, axis, asked) for axis in (0, 1))
    if rows and columns:
        square = min(rows, columns)
        size: Any = square if asked[0] == asked[1] else (rows, columns)
        if size != asked and _fits(_changed(layer, **{layer.window_field: size}), shape):
            yield f"{layer.window_field}={size}"


def _largest(layer: Layer, shape: Shape, axis: int, asked: tuple[int, int]) -> int:
    """The largest window on one axis that fits, found by halving the interval."""
    low, high = 0, asked[axis]
    while low < high:
        middle = (low + high + 1) // 2
        window = (middle, 1) if axis == 0 else (1, middle)
        if _fits(_changed(layer, **{layer.window_field: window}), shape):
            low = middle
        else:
            high = middle - 1
    return low


def _same_padding(layer: Layer, shape: Shape) -> Iterator[str]:
    if getattr(layer, "padding", "same") == "same" or not layer.window_field:
        return
    if _fits(_changed(layer, padding="same"), shape):
        yield 'padding="same"'


def _without_a_pool(layer: Layer, chain: list[Step]) -> Iterator[str]:
    """Leaving out the nearest layer that made the map smaller by a stride."""
    for position in range(len(chain) - 1, 0, -1):
        step = chain[position]
        axes = step.layer.axes(chain[position - 1].shape)
        if axes is None or max(axis.stride for axis in axes) == 1 or _has_weights(step, chain):
            continue
        shape: Shape | None = chain[position - 1].shape
        for later in chain[position + 1 :]:
            shape = _shape_after(later.layer, shape)
        if shape is not None and _fits(layer, shape):
            yield _("remove {name} before it", name=step.name)
        return


def _has_weights(step: Step, chain: list[Step]) -> bool:
    position = chain.index(step)
    return bool(step.layer.weight_specs(chain[position - 1].shape))


def _shape_after(layer: Layer, shape: Shape | None) -> Shape | None:
    if shape is None:
        return None
    try:
        return layer.output_shape(shape)
    except KonvError:
        return None
