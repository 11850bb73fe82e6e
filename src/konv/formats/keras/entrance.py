"""Where the pictures come in: their shape, and what is done to their pixels first."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from konv.data.preprocessing import Preprocessing
from konv.errors import KonvError
from konv.formats.exchange.imported import Note
from konv.formats.exchange.refusals import Refusals
from konv.formats.keras.config import Item
from konv.formats.keras.flows import Flow
from konv.formats.keras.layers import translated
from konv.formats.keras.rescaling import preprocessing_of
from konv.language import translate as _
from konv.layers import Input
from konv.layers.base import Shape, shape_text
from konv.network.graph import Network

__all__ = ["Entrance"]

# Where the shape may stand -> whether the batch comes first in it.
_SHAPES = {"batch_shape": 1, "batch_input_shape": 1, "shape": 0, "input_shape": 0}


@dataclass
class Entrance:
    """The input of a network in the making.

    Args:
        notes, refused: what is written differently or not supported is added here.
        start: konv's input, once it is made.
    """

    notes: list[Note]
    refused: Refusals
    start: Input | None = None
    _rescaling: Mapping[str, Any] | None = None
    _rescaled_at: str = ""
    _raw_at: str = ""

    def make(self, item: Item, name: str, place: str) -> Flow | None:
        """The pictures, as an InputLayer, or the first layer of a row, says that they are."""
        if item.kind == "InputLayer":
            config = {**item.config, "name": name}
        else:
            config = {word: item.config[word] for word in _SHAPES if word in item.config}
        if not any(word in config for word in _SHAPES):
            what = _("the shape of its input is not known: build it, then save it")
            self.refused.add(place, what)
            return None
        shape = self._with_channel(config, place)
        made = translated("InputLayer", config, place, self.notes, self.refused)
        if not made or not isinstance(made[0], Input):
            return None
        self.start = made[0]
        return Flow(self.start.tensor, shape or self.start.shape, raw=True)

    def _with_channel(self, config: dict[str, Any], place: str) -> Shape | None:
        """An input of (28, 28) becomes one of (28, 28, 1); returns what it was, if it was that."""
        for word, batch in _SHAPES.items():
            sizes = config.get(word)
            if isinstance(sizes, list) and len(sizes) == batch + 2 and None not in sizes[batch:]:
                config[word] = [*sizes, 1]
                text = _(
                    "its pictures {shape} have one channel here",
                    shape=str(tuple(sizes[batch:]))[:40],
                )
                self.notes.append(Note(place, text))
                return tuple(sizes[batch:])
        return None

    def reshaped(self, item: Item, flow: Flow, place: str) -> Flow | None:
        """A Reshape of the pictures: they come in the shape that it makes; None if it is not so."""
        target = item.config.get("target_shape")
        if not flow.raw or self.start is None or not isinstance(target, (list, tuple)):
            return None
        if tuple(target) == self.start.shape:
            return replace(flow, shape=self.start.shape)
        try:
            start = Input(shape=tuple(target), name=self.start.name)
        except KonvError:
            return None
        if math.prod(start.shape) != math.prod(flow.shape) or len(start.shape) == 1:
            return None
        text = _("the pictures come as {shape}, not reshaped", shape=shape_text(start.shape))
        self.notes.append(Note(place, text))
        self.start = start
        return Flow(start.tensor, start.shape, raw=True)

    def rescaled(self, item: Item, flow: Flow | None, place: str) -> Flow | None:
        """A Rescaling of the pictures becomes preprocessing; elsewhere it is refused."""
        if flow is None:
            return None
        if not flow.raw or self._rescaling is not None:
            self.refused.add(place, _("Rescaling elsewhere than in front of all layers"))
            return None
        self._rescaling, self._rescaled_at = item.config, place
        return replace(flow, raw=False)

    def used_by(self, place: str) -> None:
        """Remember that a layer takes the pictures as they are."""
        self._raw_at = place

    def preprocessing(self, network: Network, where: str) -> Preprocessing | None:
        """What a Rescaling in front means for pictures.

        Raises:
            FormatError: K410, konv's preprocessing cannot say that.
        """
        if self._rescaling is None:
            return None
        if self._raw_at:
            self.refused.add(self._raw_at, _("pixels beside those that Rescaling has made"))
        place = self._rescaled_at
        found = preprocessing_of(self._rescaling, network, place, self.notes, self.refused)
        self.refused.check_import(where)
        return found
