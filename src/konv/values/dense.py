"""Dense and Add: the sum over all inputs of an output, and the sum of several tensors."""

from __future__ import annotations

import numpy as np

from konv.language import translate as _
from konv.layers.dense import Dense
from konv.layers.merging import Add
from konv.values.functions import activation_steps
from konv.values.parts import Part
from konv.values.spot import Spot, steps_of
from konv.values.steps import Step, Sum

__all__: list[str] = []


@steps_of.register
def _dense(layer: Dense, spot: Spot) -> tuple[Step, ...]:
    *outer, unit = spot.at
    kernel = spot.weights["kernel"]
    count = len(kernel)
    along = np.arange(count)
    places = np.stack([*(np.full(count, i) for i in outer), along], axis=-1)
    part = Part(
        numbers=spot.inputs[0][tuple(outer)],
        places=places,
        inside=np.ones(count, bool),
        weights=kernel[:, unit],
        weight_places=np.stack([along, np.full(count, unit)], axis=-1),
    )
    bias = spot.weights.get("bias")
    title = _(
        "all {count} numbers of {source}; unit {unit}", count=count, source=spot.source, unit=unit
    )
    if outer:
        title = _(
            "the {count} channels of {source} at this place; unit {unit}",
            count=count,
            source=spot.source,
            unit=unit,
        )
    total = Sum(title, (part,), bias=None if bias is None else float(bias[unit]))
    return (total, *activation_steps(layer, spot, total.value))


@steps_of.register
def _add(layer: Add, spot: Spot) -> tuple[Step, ...]:
    count = len(spot.inputs)
    part = Part(
        numbers=np.array([numbers[spot.at] for numbers in spot.inputs]),
        places=np.array([spot.at] * count),
        inside=np.ones(count, bool),
    )
    sources = " + ".join(spot.node.inputs)
    return (Sum(_("{place} of {source}", place=spot.text(spot.at), source=sources), (part,)),)
