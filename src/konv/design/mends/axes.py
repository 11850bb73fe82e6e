"""Groups that do not divide, axes that do not exist, maps too large, weights of two shapes."""

from __future__ import annotations

import math
from collections.abc import Iterator

from konv.design.mends.base import Mend, Misfit
from konv.design.mends.windows import turned_mends
from konv.language import translate as _
from konv.layers.convolution import Conv2D
from konv.layers.dense import Dense
from konv.layers.flatten import Flatten
from konv.layers.global_pooling import GlobalAveragePooling2D
from konv.layers.windowed import WindowedLayer

__all__ = ["axis_mends"]


def axis_mends(misfit: Misfit) -> Iterator[Mend]:
    """For K103, K107, K108 and K306."""
    part, code = misfit.part, misfit.error.code
    if code == "K103" and isinstance(part.layer, Conv2D):
        yield from _groups(misfit, part.layer)
    elif code == "K107":
        yield misfit.with_fields(part.name, axis=-1)
    elif code == "K306":
        words = _("weights of its own for {name}", name=part.name)
        yield Mend(words, misfit.draft.with_own_weights(part.name))
    elif code == "K108":
        yield from _smaller(misfit)


def _groups(misfit: Misfit, layer: Conv2D) -> Iterator[Mend]:
    """The number of groups nearest to the one asked for, or filters that can be divided by it."""
    channels = layer.map_size(misfit.shapes[0])[2]
    common = math.gcd(channels, layer.filters)
    possible = (g for g in range(1, common + 1) if common % g == 0)
    nearest = min(possible, key=lambda groups: (abs(groups - layer.groups), groups))
    yield from turned_mends(misfit)
    yield misfit.with_fields(misfit.part.name, groups=nearest)
    if channels % layer.groups == 0:
        filters = -(-layer.filters // layer.groups) * layer.groups
        yield misfit.with_fields(misfit.part.name, filters=filters, effort=2)


def _smaller(misfit: Misfit) -> Iterator[Mend]:
    layer = misfit.part.layer
    if isinstance(layer, WindowedLayer):
        yield misfit.with_fields(misfit.part.name, padding="same")
        yield misfit.with_fields(misfit.part.name, padding="valid")
    flatten = next(misfit.before(), None)
    if flatten is None or not isinstance(flatten.layer, Flatten) or not isinstance(layer, Dense):
        return
    if len(flatten.input_shapes[0]) == 3:
        pool = GlobalAveragePooling2D(data_format=flatten.layer.data_format)
        yield Mend(
            _("GlobalAveragePooling2D in place of {name}", name=flatten.name),
            misfit.draft.with_layer(flatten.name, pool),
            effort=2,
        )
