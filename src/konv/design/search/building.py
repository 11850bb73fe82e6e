"""Networks from what the search has found: the layers of an outline, a variant and a width."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from konv.design.search.outlines import Outline
from konv.design.search.stages import Stage
from konv.design.search.variants import Variant, hidden_units
from konv.layers.activation_layers import ReLU
from konv.layers.base import Layer, Shape
from konv.layers.convolution import Conv2D
from konv.layers.dense import Dense
from konv.layers.dropout import Dropout
from konv.layers.flatten import Flatten
from konv.layers.global_pooling import GlobalAveragePooling2D
from konv.layers.input import Input
from konv.layers.normalization import BatchNormalization
from konv.layers.pooling import MaxPooling2D
from konv.network.graph import Network, sequential

__all__ = ["Candidate", "built"]

_MOMENTUM = 0.9  # means that are right after some dozen updates, as in short training
_DROPPED = 0.25
_INITIALIZER = "he_normal"  # for what a ReLU halves: He et al., 2015


@dataclass(frozen=True)
class Candidate:
    """A network that the search may propose.

    Args:
        outline: its stages.
        variant: what is made of them.
        width: filters of the first stage.
        merit: how promising it is; see :mod:`konv.design.search.merit`.
    """

    outline: Outline
    variant: Variant
    width: int
    merit: float = 0.0

    @property
    def filters(self) -> tuple[int, ...]:
        """Of the convolutions of each stage."""
        count = len(self.outline.stages)
        return tuple(round(self.width * self.variant.factor(stage)) for stage in range(count))


def built(candidate: Candidate, input_shape: Shape, classes: int, *, name: str) -> Network:
    """The network itself, with all its layers checked."""
    layers: list[Layer] = [Input(shape=input_shape)]
    for stage, filters in zip(candidate.outline.stages, candidate.filters, strict=True):
        layers += _stage_layers(stage, filters, normalized=candidate.variant.normalized)
    layers += _head_layers(candidate.variant.head, classes)
    return sequential(layers, name=name)


def _stage_layers(stage: Stage, filters: int, *, normalized: bool) -> Iterator[Layer]:
    for _convolution in range(stage.convolutions):
        yield Conv2D(
            filters=filters,
            kernel_size=stage.kernel,
            padding=stage.padding,
            activation="linear" if normalized else "relu",
            use_bias=not normalized,
            kernel_initializer=_INITIALIZER,
        )
        if normalized:
            yield BatchNormalization(momentum=_MOMENTUM)
            yield ReLU()
    if stage.pools:
        yield MaxPooling2D(pool_size=stage.pool, padding=stage.pool_padding)


def _head_layers(head: str, classes: int) -> Iterator[Layer]:
    if head == "average":
        yield GlobalAveragePooling2D()
    else:
        yield Flatten()
    if head == "hidden":
        units = hidden_units(classes)
        yield Dense(units=units, activation="relu", kernel_initializer=_INITIALIZER)
    if head != "average":
        yield Dropout(rate=_DROPPED)
    yield Dense(units=classes, activation="softmax")
