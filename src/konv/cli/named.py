"""What a word on the command line names: a network of konv's, a file, or Keras code."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from konv.cli.terminal import Terminal
from konv.errors import NetworkError
from konv.language import translate as _
from konv.language.tables import WIDTH, wrapped

if TYPE_CHECKING:
    from konv.network.graph import Network

__all__ = ["network_of"]

_DESCRIPTIONS = (".yaml", ".yml", ".json")
_CODE = (".py", ".ipynb", ".md", ".txt")


def network_of(word: str) -> Network:
    """The network that a word names.

    Args:
        word: a name of ``konv networks``; or the path of a .yaml, .yml or .json, of a model (.konv,
            .keras, .h5, .onnx), or of Keras code (.py, .ipynb, .md, .txt), which is read and never
            run. What changed since it was written, and what is ignored, is noted.

    Raises:
        NetworkError: K309, there is none of that name.
        FormatError, LimitError, ShapeError, …: what is in the file.
    """
    from konv.formats.sources import MODEL_ENDINGS
    from konv.network import named_network
    from konv.network.named import NETWORK_NAMES

    endings = (*_DESCRIPTIONS, *_CODE, *MODEL_ENDINGS)
    if word not in NETWORK_NAMES and (os.path.exists(word) or _ending(word) in endings):
        return _in_file(word)
    try:
        return named_network(word).network
    except NetworkError as error:
        error.fix += _("; or a file that exists")
        raise


def _in_file(path: str) -> Network:
    from konv.formats.code_reading import read_keras_code
    from konv.formats.sources import read_any_model
    from konv.network import Network

    if _ending(path) in _DESCRIPTIONS:
        return Network.from_file(path)
    found = read_keras_code(path) if _ending(path) in _CODE else read_any_model(path)
    context = click.get_current_context(silent=True)
    terminal = Terminal() if context is None else context.ensure_object(Terminal)
    for note in found.notes:
        terminal.note("\n".join(wrapped(str(note), WIDTH, "  ")))
    return found.contents.network


def _ending(path: str) -> str:
    return Path(path).suffix.lower()
