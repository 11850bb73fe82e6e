"""What was found as files: a figure for each layer, for each heat map, …"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from konv.explain.figures import (
    feature_maps_figure,
    filters_figure,
    heat_map_figure,
    most_activating_figure,
)
from konv.explain.maps.findings import Findings
from konv.maps.heat import GradCam

__all__ = ["figures_of"]

# A name of 120 letters in Hangul would be longer than a file's name may be.
_MOST_LETTERS = 60
_FORBIDDEN = '\\<>|?*"'

Drawer = Callable[[Path], Path]


def figures_of(findings: Findings) -> dict[str, Drawer]:
    """The name of each file, without an ending -> what draws it to a path.

    Layers are numbered as in the network, so that files stand in their order.
    """
    model, first = findings.model, findings.channels_first
    numbers = {node.name: number for number, node in enumerate(model.network.nodes)}
    digits = len(str(len(numbers) - 1))

    def called(layer: str) -> str:
        return f"{numbers[layer]:0{digits}}-{_as_file_name(layer)}".removesuffix("-")

    figures: dict[str, Drawer] = {}
    for heat in findings.heats:
        name = "grad-cam" if isinstance(heat, GradCam) else "occlusion"
        figures[name] = partial(heat_map_figure, heat, findings.picture, channels_first=first)
    for maps in findings.maps or ():
        figures[called(maps.layer)] = partial(
            feature_maps_figure, model, findings.picture, layer=maps.layer, known=findings.maps
        )
    for node in findings.filters:
        figures[f"filters-{called(node.name)}"] = partial(filters_figure, model, layer=node.name)
    if findings.most is not None:
        figures[f"most-activating-{called(findings.most.layer)}"] = partial(
            most_activating_figure, findings.most, findings.images, channels_first=first
        )
    return figures


def _as_file_name(layer: str) -> str:
    """The name of a layer as every system accepts it within the name of a file."""
    letters = (
        letter if letter.isprintable() and letter not in _FORBIDDEN else "_" for letter in layer
    )
    return "".join(letters)[:_MOST_LETTERS].strip(" .")
