"""What a word on the command line names: a network of konv's, a network file, or a model file."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from konv.errors import NetworkError
from konv.language import translate as _

if TYPE_CHECKING:
    from konv.network.graph import Network

__all__ = ["network_of"]

_FILE_ENDINGS = (".yaml", ".yml", ".json", ".konv")


def network_of(word: str) -> Network:
    """The network that a word names.

    Args:
        word: a name of ``konv networks``; the path of a .yaml, .yml or .json; or of a model file.

    Raises:
        NetworkError: K309, there is none of that name.
        FormatError, LimitError, ShapeError, …: what is in the file.
    """
    from konv.network import named_network
    from konv.network.named import NETWORK_NAMES

    if word not in NETWORK_NAMES and (os.path.exists(word) or _ending(word) in _FILE_ENDINGS):
        return _in_file(word)
    try:
        return named_network(word).network
    except NetworkError as error:
        error.fix += _("; or a .yaml, .json or .konv file that exists")
        raise


def _in_file(path: str) -> Network:
    from konv.formats.konv_file import read_model
    from konv.network import Network

    if _ending(path) in (".yaml", ".yml", ".json"):
        return Network.from_file(path)
    return read_model(path).network


def _ending(path: str) -> str:
    return Path(path).suffix.lower()
