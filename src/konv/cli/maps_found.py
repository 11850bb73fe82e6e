"""What ``konv maps`` was asked for, found out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from konv.cli.models import preprocessing_of
from konv.cli.pictures import load_pictures, network_inputs
from konv.cli.terminal import Terminal
from konv.data.names import written
from konv.data.options import LoadOptions
from konv.explain.maps import Findings
from konv.language import translate as _
from konv.layers.convolution import ConvolutionLayer
from konv.maps.choosing import convolution, convolutions, has_convolution
from konv.maps.heat import HeatMap
from konv.model import Model
from konv.network.graph import Network, Node

if TYPE_CHECKING:
    from konv.maps.most_activating import MostActivating

__all__ = ["Wanted", "found"]


@dataclass(frozen=True)
class Wanted:
    """What a person asked for; the fields are the options of the command."""

    layer: str | None
    filters: bool
    heats: tuple[str, ...]
    label: Any
    patch: tuple[int, int] | None
    stride: int | None
    data: str | None
    top: int
    everything: bool

    @property
    def maps(self) -> bool:
        """Whether feature maps are asked for: by themselves unless something else is."""
        return self.everything or not (self.filters or self.heats or self.data)


def found(
    model: Model, picture: npt.NDArray[Any], name: str, wanted: Wanted, terminal: Terminal
) -> Findings:
    """All that was asked for.

    Raises:
        DataError, NetworkError, ParameterError: the network does not have it, with what it has.
    """
    if wanted.layer is not None:
        model.network.node(wanted.layer)
    most, images = None, np.empty(0)
    names: tuple[str, ...] = ()
    if wanted.data is not None:
        images, names = _pictures(model, wanted.data, terminal)
        most = _most_activating(model, images, wanted, terminal)
    return Findings(
        model,
        picture,
        name,
        maps=model.feature_maps(picture, wanted.layer) if wanted.maps else None,
        filters=_filters(model.network, wanted),
        heats=tuple(_heat(model, picture, method, wanted) for method in _methods(model, wanted)),
        most=most,
        images=images,
        image_names=names,
    )


def _methods(model: Model, wanted: Wanted) -> tuple[str, ...]:
    """The heat maps that are asked for; with --all those that the network can have."""
    methods = dict.fromkeys(wanted.heats)
    network = model.network
    if wanted.everything and len(network.output_shape) == 1 and len(network.input_shape) == 3:
        has_maps = (
            has_convolution(network)
            if wanted.layer is None
            else len(network.node(wanted.layer).output_shape) == 3
        )
        methods |= {"grad-cam": None} if has_maps else {}
        methods |= {"occlusion": None}
    return tuple(methods)


def _heat(model: Model, picture: npt.NDArray[Any], method: str, wanted: Wanted) -> HeatMap:
    if method == "grad-cam":
        return model.grad_cam(picture, wanted.layer, label=wanted.label)
    return model.occlusion(picture, label=wanted.label, patch=wanted.patch, stride=wanted.stride)


def _filters(network: Network, wanted: Wanted) -> tuple[Node, ...]:
    """The convolutions whose filters are shown; with --all those that there are."""
    if wanted.filters:
        if wanted.layer is None:
            return convolutions(network)
        return (convolution(network, wanted.layer, where="maps"),)
    if not wanted.everything:
        return ()
    named = network.nodes if wanted.layer is None else (network.node(wanted.layer),)
    return tuple(node for node in named if isinstance(node.layer, ConvolutionLayer))


def _pictures(
    model: Model, source: str, terminal: Terminal
) -> tuple[npt.NDArray[Any], tuple[str, ...]]:
    """The pictures of a set as the network takes them, and the names of their files."""
    known = preprocessing_of(model)
    options = LoadOptions(
        size=(known.height, known.width),
        channels=known.channels,
        policy=known.policy,
        validation=0,
        test=0,
    )
    split = load_pictures(source, options, terminal).train
    names = tuple(written(Path(*path.parts[-2:])) for path in split.paths or ())
    return network_inputs(split.images, model.network), names


def _most_activating(
    model: Model, images: npt.NDArray[Any], wanted: Wanted, terminal: Terminal
) -> MostActivating:
    with terminal.bar(_("looking at pictures")) as progress:
        return model.most_activating(images, wanted.layer, top=wanted.top, progress=progress)
