"""What was found out about a model and a picture, before it is drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from konv.layers.base import Array
from konv.maps.feature_maps import FeatureMaps
from konv.maps.heat import HeatMap
from konv.maps.most_activating import MostActivating
from konv.model import Model
from konv.network.graph import Node

__all__ = ["Findings"]


@dataclass(frozen=True, eq=False)
class Findings:
    """What is to be shown.

    Args:
        model: with its weights.
        picture: in the shape of the network's input.
        name: what the picture is called.
        maps: of its layers; None: they are not shown.
        filters: the convolutions whose filters are shown.
        heats: heat maps of the picture.
        most: the pictures of a set that channels answer to most; None: they are not shown.
        images: that set, in the shape of the network's input.
        image_names: what its pictures are called; empty: they have numbers only.
    """

    model: Model
    picture: Array
    name: str
    maps: FeatureMaps | None = None
    filters: tuple[Node, ...] = ()
    heats: tuple[HeatMap, ...] = ()
    most: MostActivating | None = None
    images: Any = ()
    image_names: tuple[str, ...] = ()

    @property
    def channels_first(self) -> bool:
        """Whether pictures are (channels, height, width)."""
        network = self.model.network
        return len(network.input_shape) == 3 and network.data_format == "channels_first"

    def image_name(self, index: int) -> str:
        """What a picture of the set is called."""
        return self.image_names[index] if self.image_names else str(index)
