"""The output of every layer for one picture."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from konv.layers.base import Array
from konv.network.graph import Network, Node
from konv.values.backward import passage_of
from konv.values.running import Subject

__all__ = ["FeatureMaps", "LayerMaps", "channels_last", "feature_maps", "rounded"]


@dataclass(frozen=True, eq=False)
class LayerMaps:
    """What one layer makes of a picture.

    Args:
        layer: its name.
        kind: such as ``Conv2D``.
        values: (height, width, maps) in float32, whatever the data format; or (units,).
    """

    layer: str
    kind: str
    values: Array

    @property
    def are_maps(self) -> bool:
        """Whether these are maps, with rows and columns."""
        return self.values.ndim == 3

    @property
    def count(self) -> int:
        """How many maps or units."""
        return int(self.values.shape[-1])

    @property
    def zero_everywhere(self) -> int:
        """How many of them are 0 in all places."""
        return int((~self.values.reshape(-1, self.count).any(axis=0)).sum())

    def facts(self) -> dict[str, Any]:
        """Shape, least, mean, largest: what a table shows of them."""
        finite = self.values[np.isfinite(self.values)]
        least, mean, largest = (
            (finite.min(), finite.mean(dtype=np.float64), finite.max()) if finite.size else (0,) * 3
        )
        return {
            "layer": self.layer,
            "kind": self.kind,
            "shape": list(self.values.shape),
            "least": float(least),
            "mean": float(mean),
            "largest": float(largest),
            "zero_everywhere": self.zero_everywhere,
            "not_finite": int(self.values.size - finite.size),
        }


@dataclass(frozen=True, eq=False)
class FeatureMaps:
    """What layers make of a picture; see :meth:`konv.Model.feature_maps`.

    Iterate over them, or take one by its name: ``maps["conv2d_1"].values``.

    Args:
        network: its name.
        layers: in the order of the network.
    """

    network: str
    layers: tuple[LayerMaps, ...]

    def __iter__(self) -> Iterator[LayerMaps]:
        return iter(self.layers)

    def __len__(self) -> int:
        return len(self.layers)

    def __getitem__(self, layer: str) -> LayerMaps:
        for maps in self.layers:
            if maps.layer == layer:
                return maps
        raise KeyError(layer)

    def __repr__(self) -> str:
        return f"<FeatureMaps of {self.network}: {', '.join(maps.layer for maps in self.layers)}>"


def feature_maps(subject: Subject, layer: str | None = None) -> FeatureMaps:
    """The output of every layer, or of one, by the layers' formulas.

    One pass in float64, rounded to float32 at the end: an engine, which fuses layers, would have to
    be compiled anew for each of them.

    Raises:
        NetworkError: K305, there is no such layer.
    """
    network = subject.network
    part = network if layer is None else network.up_to(layer)
    outputs = passage_of(subject, part).outputs
    shown = part.nodes if layer is None else (network.node(layer),)
    return FeatureMaps(
        network.name,
        tuple(
            LayerMaps(
                node.name,
                type(node.layer).__name__,
                rounded(channels_last(network, node, outputs[node.name][0])),
            )
            for node in shown
        ),
    )


def rounded(values: Array) -> Array:
    """In float32; what is too large for it becomes infinite."""
    with np.errstate(over="ignore"):
        return np.ascontiguousarray(values, np.float32)


def channels_last(network: Network, node: Node, output: Array) -> Array:
    """The output of a node as (height, width, maps); what is no map stays as it is.

    Axes before these, such as that of a batch, stay where they are.
    """
    data_format = getattr(node.layer, "data_format", network.data_format)
    if len(node.output_shape) == 3 and data_format == "channels_first":
        return np.moveaxis(output, -3, -1)
    return output
