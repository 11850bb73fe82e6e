"""The pictures of a set that each channel of a layer answers to most.

The answer of a map to a picture is its largest number, at the first place in reading order that
holds it; that of a unit its only number. Of equal answers that of the earlier picture comes first.

Source: Zeiler and Fergus, "Visualizing and understanding convolutional networks", ECCV 2014,
section 3 (there with a deconvolution of each; here with the receptive field).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from konv.errors import DataError
from konv.language import translate as _
from konv.layers.base import Array
from konv.maps.choosing import activated_node, has_convolution, last_maps
from konv.maps.feature_maps import channels_last
from konv.network.graph import Network, Node
from konv.network.receptive_field import receptive_fields
from konv.values.running import Subject

__all__ = ["MostActivating", "layer_of_channels", "most_activating"]

_AT_ONCE = 2**22  # numbers of a layer's output in memory
_MOST_AT_ONCE = 256  # pictures


@dataclass(frozen=True, eq=False)
class MostActivating:
    """The pictures that each channel answers to most; see :meth:`konv.Model.most_activating`.

    With C channels and n pictures of each, the largest answer first:

    Args:
        network: its name.
        layer: whose channels.
        shape: (height, width, maps) of the layer's output; or (units,).
        values: [C, n] the answers, in float32.
        pictures: [C, n] the place of each picture in the set.
        places: [C, n, 2] row and column of the map that hold the answer; 0 where there is no map.
        windows: [C, n, 4] rows and columns of the picture that it depends on: first row, stop row,
            first column, stop column; the whole picture where the input is none.
        seen: how many pictures were looked at.
    """

    network: str
    layer: str
    shape: tuple[int, ...]
    values: Array
    pictures: Array
    places: Array
    windows: Array
    seen: int

    @property
    def channels(self) -> int:
        """How many channels."""
        return len(self.values)

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain data for JSON."""
        return {
            "layer": self.layer,
            "shape": list(self.shape),
            "seen": self.seen,
            "values": self.values.tolist(),
            "pictures": self.pictures.tolist(),
            "places": self.places.tolist(),
            "windows": self.windows.tolist(),
        }


def layer_of_channels(network: Network) -> Node:
    """The layer whose channels are shown unless another is asked for.

    The maps of the last convolution, as they leave its block; without one, the last but one layer
    with weights, or the last of all.
    """
    if has_convolution(network):
        return last_maps(network)
    weighty = [node for node in network.nodes if node.weight_specs]
    return activated_node(network, weighty[-2]) if len(weighty) > 1 else network.nodes[-1]


def most_activating(
    subject: Subject,
    pictures: Array,
    layer: str | None,
    top: int,
    progress: Callable[[int, int], None] | None = None,
) -> MostActivating:
    """The pictures that each channel of a layer answers to most, as the engine computes it.

    The maps of a few pictures at a time are in memory.

    Args:
        subject: the network and its weights; its own picture is not looked at.
        pictures: [N, *input shape], as the engine takes them.
        layer: its name; None: see :func:`layer_of_channels`.
        top: pictures of each channel.
        progress: is told (done, total).

    Raises:
        NetworkError: K305, there is no such layer.
    """
    network = subject.network
    node = layer_of_channels(network) if layer is None else network.node(layer)
    beginning = subject.beginning(node.name)
    count = max(1, min(_MOST_AT_ONCE, _AT_ONCE // math.prod(node.output_shape)))
    best: _Best | None = None
    for first in range(0, len(pictures), count):
        outputs = channels_last(network, node, beginning.outputs(pictures[first : first + count]))
        answers = _answers(outputs, first)
        best = (answers if best is None else best.beside(answers)).largest(top)
        if progress is not None:
            progress(min(first + count, len(pictures)), len(pictures))
    if best is None:
        raise DataError(
            _("no pictures to look at"), code="K501", fix=_("give at least one picture")
        )
    shape = channels_last(network, node, np.empty(node.output_shape, bool)).shape
    width = shape[1] if len(shape) == 3 else 1
    places = np.stack([best.places // width, best.places % width], axis=-1)
    return MostActivating(
        network=network.name,
        layer=node.name,
        shape=shape,
        values=best.values,
        pictures=best.pictures,
        places=places,
        windows=_windows(network, node, places),
        seen=len(pictures),
    )


@dataclass(frozen=True)
class _Best:
    """The largest answers so far, [channels, n] each: themselves, their pictures, their places."""

    values: Array
    pictures: Array
    places: Array

    def beside(self, others: _Best) -> _Best:
        """Both, those of the earlier pictures first."""
        pairs = zip(self._arrays, others._arrays, strict=True)
        return _Best(*(np.concatenate(pair, axis=1) for pair in pairs))

    def largest(self, top: int) -> _Best:
        """The largest of them: of equal ones, those that stand first."""
        # NaN is no answer: it comes last.
        order = np.argsort(-self.values, axis=1, kind="stable")[:, :top]
        return _Best(*(np.take_along_axis(part, order, axis=1) for part in self._arrays))

    @property
    def _arrays(self) -> tuple[Array, Array, Array]:
        return self.values, self.pictures, self.places


def _answers(outputs: Array, first: int) -> _Best:
    """What each channel answers to these pictures, [channels, N]; the first has this number."""
    count, channels = len(outputs), outputs.shape[-1]
    by_place = outputs.reshape(count, -1, channels)
    places = np.where(np.isnan(by_place), -np.inf, by_place).argmax(axis=1)
    values = np.take_along_axis(by_place, places[:, np.newaxis], axis=1)[:, 0]
    pictures = np.broadcast_to(np.arange(first, first + count), (channels, count))
    return _Best(values.T, pictures, places.T)


def _windows(network: Network, node: Node, places: Array) -> Array:
    """[…, 4] the rows and columns of the picture that numbers at these places depend on."""
    windows = np.zeros((*places.shape[:-1], 4), np.int64)
    fields = receptive_fields(network)
    if not fields:
        windows[..., 1::2] = 1, network.input_shape[0]
        return windows
    for axis, field in enumerate((fields[node.name].rows, fields[node.name].columns)):
        first = field.start + places[..., axis] * field.jump
        windows[..., 2 * axis] = np.maximum(first, field.low)
        windows[..., 2 * axis + 1] = np.minimum(first + field.size, field.high)
    return windows
