"""Pictures for a command: loaded while a person watches, and laid out as a network takes them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from konv.cli.terminal import Terminal
from konv.data import Dataset, Split, load
from konv.data.digits import Digits
from konv.data.names import written
from konv.data.options import LoadOptions
from konv.language import translate as _
from konv.network.graph import Network

__all__ = ["absolute_source", "load_pictures", "network_inputs", "source_name", "split_labels"]


def load_pictures(
    source: str, options: LoadOptions, terminal: Terminal, *, cache: bool = True
) -> Dataset:
    """A data set; while it is decoded, a terminal shows how far that is."""
    fields = {name: getattr(options, name) for name in options.constraints()}
    with terminal.bar(_("reading pictures")) as progress:
        return load(source, **fields, cache=cache, progress=progress)


def absolute_source(source: str) -> str:
    """A source as another working folder would call it."""
    return source if source == Digits.name else os.path.abspath(source)


def source_name(source: str) -> str:
    """What a source is called in a model file, which others may see: no path."""
    return written(Path(absolute_source(source)).name)


def network_inputs(images: npt.NDArray[Any], network: Network) -> npt.NDArray[Any]:
    """Pictures [N, height, width, channels] as the network takes them.

    Example:
        >>> from konv.layers import Dense, Input
        >>> from konv.network.graph import sequential
        >>> flat = sequential([Input((12,)), Dense(2)])
        >>> network_inputs(np.zeros((5, 2, 2, 3), np.uint8), flat).shape
        (5, 12)
    """
    if len(network.input_shape) == 1:
        return images.reshape(len(images), -1)
    if network.data_format == "channels_first":
        return np.moveaxis(images, -1, 1)
    return images


def split_labels(split: Split, names: tuple[str, ...]) -> npt.NDArray[np.str_]:
    """The class of each picture by its name."""
    return np.array(names)[split.labels]
