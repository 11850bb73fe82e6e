"""A layer that needs a map and gets a row of numbers: the layer that flattened comes later."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

from konv.design.mends.base import Mend, Misfit
from konv.language import translate as _
from konv.layers.base import shape_text
from konv.layers.dense import Dense
from konv.layers.flatten import Flatten
from konv.layers.global_pooling import GlobalAveragePooling2D, GlobalMaxPooling2D
from konv.layers.input import Input
from konv.network.assembly import Node

__all__ = ["rank_mends"]


def rank_mends(misfit: Misfit) -> Iterator[Mend]:
    """For K102."""
    for node in misfit.before():
        if isinstance(node.layer, Flatten):
            yield from _flattened_later(misfit, node)
            return
        if isinstance(node.layer, (GlobalAveragePooling2D, GlobalMaxPooling2D)):
            yield misfit.left_out(node)
            yield misfit.with_fields(node.name, keepdims=True)
            return
        if isinstance(node.layer, Input):
            yield from _as_map(misfit, node)


def _flattened_later(misfit: Misfit, flatten: Node) -> Iterator[Mend]:
    """Before the next dense layer; where there is none, not at all."""
    bare = misfit.draft.without(flatten.name)
    place = next(i for i, part in enumerate(bare.parts) if part.name == misfit.part.name)
    dense = next((p for p in bare.parts[place:] if isinstance(p.layer, Dense)), None)
    if dense is not None:
        layer = replace(flatten.layer, name=None)
        yield Mend(
            _("{name} before {dense}", name=flatten.name, dense=dense.name),
            bare.with_before(dense.name, layer),
        )
    yield misfit.left_out(flatten)


def _as_map(misfit: Misfit, start: Node) -> Iterator[Mend]:
    """A row of n numbers as a square of them, or as a map of one column."""
    (size,) = start.output_shape if len(start.output_shape) == 1 else (0,)
    side = math.isqrt(size)
    first = getattr(misfit.part.layer, "data_format", "") == "channels_first"
    for height, width in dict.fromkeys([(side, side), (size, 1)]):
        if size and height * width == size:
            shape = (1, height, width) if first else (height, width, 1)
            yield Mend(
                _("Input({shape})", shape=shape_text(shape)),
                misfit.draft.with_layer(start.name, Input(shape=shape)),
                effort=2,
            )
