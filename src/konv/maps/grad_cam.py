"""Grad-CAM: which places of a layer's maps speak for a class.

With A (h, w, k) the maps of a layer and y the score of the class before softmax::

    α[k] = 1/(h·w) Σ_{i, j} ∂y/∂A[i, j, k]          L[i, j] = max(0, Σ_k α[k] · A[i, j, k])

For a network that ends in this layer, GlobalAveragePooling2D and Dense with weights w (k, classes),
∂y/∂A[i, j, k] is w[k, c]/(h·w): then L is the class activation map of Zhou et al. 2016, divided by
h·w, without its negative part.

Source: Selvaraju et al., "Grad-CAM: visual explanations from deep networks via gradient-based
localization", ICCV 2017, section 3.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from konv.layers.base import Array
from konv.maps.choosing import last_maps, node_with_maps
from konv.maps.feature_maps import channels_last
from konv.maps.heat import GradCam, spread
from konv.maps.scores import before_activation, check_classes, class_scores, unit_of
from konv.network.ending import split_ending
from konv.network.graph import Node
from konv.network.receptive_field import receptive_fields
from konv.values.backward import gradients_of, passage_of
from konv.values.running import Subject

__all__ = ["grad_cam"]


def grad_cam(subject: Subject, index: int, label: Any, layer: str | None = None) -> GradCam:
    """Which places of a layer's maps speak for a class, in float64.

    Args:
        subject: the network, its weights and the picture.
        index: of the class.
        label: the class.
        layer: whose maps; None: those of the last convolution, as they leave its block.

    Raises:
        DataError: K505, the outputs are no classes.
        NetworkError: K305, there is no such layer; K310, there is no convolution.
        ParameterError: K201, the layer makes no maps.
    """
    network = subject.network
    check_classes(network)
    node = last_maps(network) if layer is None else node_with_maps(network, layer, where="grad_cam")
    maps, gradients, score = _maps_and_gradients(subject, node, index)
    weights = gradients.mean(axis=(0, 1))
    with np.errstate(over="ignore", invalid="ignore"):
        signed = maps @ weights
    values = np.maximum(signed, 0)
    height, width, _channels = network.picture_size
    return GradCam(
        network=network.name,
        label=label,
        class_index=index,
        values=values,
        on_picture=spread(values, receptive_fields(network)[node.name], (height, width)),
        score=score,
        unit=unit_of(network),
        layer=node.name,
        weights=weights,
        signed=signed,
    )


def _maps_and_gradients(subject: Subject, node: Node, index: int) -> tuple[Array, Array, float]:
    """(h, w, k) the maps, the gradients of the class's score by them, and what is said of it."""
    network = subject.network
    body, ending = split_ending(network)
    passage = passage_of(subject, body)
    z = passage.outputs[body.nodes[-1].name]
    gradients = gradients_of(passage, before_activation(z.shape[1], index), back_to=node.name)
    maps, gradient = (
        channels_last(network, node, found[node.name][0]) for found in (passage.outputs, gradients)
    )
    return maps, gradient, float(class_scores(network, ending.forward(z), index)[0])
