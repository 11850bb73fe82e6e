"""Keras code in: the network that a program, a page or a notebook describes, and what changed.

The code is read as a syntax tree and never run. What it says of the network is followed as Python
would: names, arithmetic, loops, functions. What only loads data, trains or draws is passed over.
What touches the model and is not understood is refused, with its line.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from konv.errors import FormatError
from konv.files import as_path
from konv.formats.code_reading.building import network_of
from konv.formats.code_reading.choosing import chosen_model
from konv.formats.code_reading.files import listing_of_file
from konv.formats.code_reading.interpreter import Interpreter
from konv.formats.code_reading.listing import Listing
from konv.formats.code_reading.notes import note_what_changed
from konv.formats.code_reading.printed import as_listing
from konv.formats.code_reading.syntax import check_size, syntax_tree
from konv.formats.code_reading.training import TrainingSettings, training_settings
from konv.formats.code_reading.versions import find_dialect
from konv.formats.contents import ModelContents
from konv.formats.exchange.imported import Imported
from konv.language import translate as _
from konv.network.graph import Network
from konv.network.weights import new_weights

__all__ = ["CodeImport", "network_from_keras_code", "read_keras_code"]


@dataclass(frozen=True, eq=False)
class CodeImport(Imported):
    """A network that Keras code describes. Its weights are new: code holds none.

    Args:
        contents: the network; its weights are made (seed 0) when they are looked at.
        source: ``"Keras 1 code"``.
        notes: what changed since the code was written, with lines.
        version: "Keras 1", "Keras 2" or "Keras 3".
        settings: how the code trains it.
    """

    version: str = ""
    settings: TrainingSettings = field(default_factory=TrainingSettings)

    @property
    def network(self) -> Network:
        """The network."""
        return self.contents.network


def read_keras_code(path: str | os.PathLike[str], *, name: str | None = None) -> CodeImport:
    """The network in a file: a program (.py), a notebook (.ipynb), or a page with code in it.

    Args:
        path: the file.
        name: the variable that holds the model, if the code has several.

    Raises:
        FormatError: K401, K404: it cannot be read, or is no Python; K410: it holds what konv does
            not have, or what only running it would tell, with the whole list.
        LimitError: K602, K604: it is too much.
        ShapeError, NetworkError: the layers do not fit; with the line.
    """
    return _imported(listing_of_file(as_path(path, where="read_keras_code")), name)


def network_from_keras_code(text: str, source: str = "", *, name: str | None = None) -> CodeImport:
    """The same from a text: a program, a session with prompts, or a page with code in it.

    Example:
        >>> listing = '''
        ... model = Sequential()
        ... model.add(Convolution2D(32, 5, 5, border_mode="valid", input_shape=(1, 28, 28)))
        ... '''
        >>> found = network_from_keras_code(listing)
        >>> found.version, found.network.output_shape
        ('Keras 1', (24, 24, 32))
        >>> print(found.notes[-1])
        line 3: pictures are (height, width, channels) here: (1, 28, 28) became (28, 28, 1)
    """
    if not isinstance(text, str):
        raise FormatError(
            _("{kind} where a text is needed", kind=type(text).__name__),
            code="K401",
            where=source,
            fix=_("decode bytes first"),
        )
    check_size(text, source)
    return _imported(as_listing(text, source), name)


def _imported(listing: Listing, name: str | None) -> CodeImport:
    run = Interpreter(listing)
    run.execute(syntax_tree(listing).body)
    model = chosen_model(run, name)
    dialect = find_dialect(run.found)
    network = network_of(model, run, dialect)
    settings = training_settings(model, run, dialect.version)
    note_what_changed(run, dialect, network)
    return CodeImport(
        contents=ModelContents(network, _NewWeights(network)),
        source=_("{version} code", version=dialect.label),
        notes=run.all_notes(),
        version=dialect.label,
        settings=settings,
    )


class _NewWeights(Mapping[str, "np.ndarray[Any, np.dtype[np.float32]]"]):
    """Weights that are made when the first is looked at: many who read code never do."""

    def __init__(self, network: Network) -> None:
        self._network = network

    @cached_property
    def _made(self) -> dict[str, np.ndarray[Any, np.dtype[np.float32]]]:
        return new_weights(self._network, 0)

    def __getitem__(self, name: str) -> np.ndarray[Any, np.dtype[np.float32]]:
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._network.weight_specs)

    def __len__(self) -> int:
        return len(self._network.weight_specs)
