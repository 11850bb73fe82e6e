"""Explaining one number: the engine runs up to its layer, and the layer's steps are laid open."""

from __future__ import annotations

from typing import Any

import numpy as np

from konv.constraints import Choice as OneOf
from konv.errors import ParameterError
from konv.language import translate as _
from konv.layers.convolution import ConvolutionLayer
from konv.layers.windowed import WindowedLayer
from konv.network.graph import Node
from konv.parameters import check_value
from konv.values.explanation import Explanation, Scene
from konv.values.layer_steps import steps_of
from konv.values.participation import counts
from konv.values.positions import checked_place
from konv.values.running import Subject
from konv.values.seen import seen_from
from konv.values.spot import Spot, axis_words
from konv.values.steps import Choice, Step, Sum
from konv.values.window import coordinates, window_at

__all__ = ["HOW", "explain_value"]

HOW = ("loops", "im2col", "true")
_HOW = OneOf(HOW)


def explain_value(subject: Subject, layer: str, at: Any, *, how: str = "loops") -> Explanation:
    """One number of a layer's output, and the sum that it is.

    Args:
        subject: the network, its weights and the picture.
        layer: the name of the layer.
        at: which number of its output, such as (3, 4, 0).
        how: in which way a convolution is computed: "loops" (channel by channel), "im2col" (a row
            of the matrix times the filter as a column), "true" (a true convolution).

    Raises:
        NetworkError: K305, there is no such layer; K311, it has no such place.
        ParameterError: K201, ``how`` or ``at`` is nothing that it can be; K205, only convolutions
            are computed in several ways.
    """
    node = subject.network.node(layer)
    how = check_value("how", how, _HOW, where="explain")
    if how != HOW[0] and not isinstance(node.layer, ConvolutionLayer):
        raise _no_convolution(subject, node, how)
    data_format = getattr(node.layer, "data_format", subject.network.data_format)
    words = axis_words(len(node.output_shape), data_format)
    place = checked_place("at", at, node.output_shape, words, node.name)
    inputs = subject.inputs(node)
    spot = Spot(
        node,
        place,
        # A picture stays what it is: its kind of number says how it is normalised.
        tuple(i.astype(np.float64) for i in inputs) if node.inputs else inputs,
        subject.weights_of(node),
        subject.network.data_format,
        how,
        subject.pixels,
    )
    steps = steps_of(node.layer, spot)
    return Explanation(
        network=subject.network.name,
        layer=node.name,
        kind=type(node.layer).__name__,
        at=place,
        place=spot.text(place),
        shape=node.output_shape,
        sources=dict(zip(node.inputs, node.input_shapes, strict=True)),
        steps=steps,
        value=float(subject.output(node.name)[place]),
        engine=subject.engine.name,
        seen=seen_from(subject.network, node, place),
        scene=_scene(spot, steps[0]),
    )


def _scene(spot: Spot, step: Step) -> Scene | None:
    layer = spot.node.layer
    if not isinstance(layer, WindowedLayer):
        return None
    assert isinstance(step, (Choice, Sum))
    part = step.part if isinstance(step, Choice) else step.parts[0]
    channel = int(part.places[0][0 if layer.channels_first else 2])
    row, column, _channel = coordinates(layer, spot.at)
    window = window_at(layer, spot, row, column)
    rows, columns = (
        (int(places[0]), int(places[-1]) + 1) for places in (window.rows, window.columns)
    )
    axes = layer.axes(*spot.node.input_shapes)
    return Scene(window.maps, channel, rows, columns, counts(axes))


def _no_convolution(subject: Subject, node: Node, how: str) -> ParameterError:
    names = [
        other.name for other in subject.network.nodes if isinstance(other.layer, ConvolutionLayer)
    ]
    fix = _("how=loops")
    if names:
        fix += _(", or one of {names}", names=", ".join(names[:20]))
    return ParameterError(
        _(
            "how={how} is a way to compute a convolution, and {layer} is {kind}",
            how=how,
            layer=node.name,
            kind=type(node.layer).__name__,
        ),
        code="K205",
        where="explain",
        fix=fix,
    )
