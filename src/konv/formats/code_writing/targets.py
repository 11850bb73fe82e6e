"""Programs as targets of an export: they describe the network, and hold no weights."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from konv.formats.code_writing.keras_code import keras_code
from konv.formats.code_writing.konv_code import konv_code
from konv.formats.contents import ModelContents
from konv.formats.exchange.imported import Note
from konv.formats.exchange.target import NoRunnerError, Target, Written
from konv.language import marked
from konv.language import translate as _
from konv.network.graph import Network

__all__ = ["KerasCodeTarget", "KonvCodeTarget"]


class _CodeTarget(Target):
    """What both have: a program, and the word that nothing of it can be run with weights."""

    @abstractmethod
    def program(self, network: Network) -> str:
        """The program.

        Raises:
            FormatError: K411, it cannot say something.
        """

    def write(self, contents: ModelContents, stem: str) -> Written:
        """One program, without weights, class names and preprocessing."""
        code = self.program(contents.network)
        notes = [Note("", _("the program describes the network; the weights are not in it"))]
        if contents.class_names or contents.preprocessing is not None:
            notes.append(Note("", _("class names and preprocessing are not in it")))
        return Written({f"{stem}{self.ending}": code.encode()}, tuple(notes))

    def run(
        self, paths: Mapping[str, Path], inputs: np.ndarray[Any, np.dtype[np.float32]]
    ) -> tuple[str, np.ndarray[Any, np.dtype[np.float32]]]:
        """Nothing: what a program gives depends on weights that are not in it.

        Raises:
            NoRunnerError: always.
        """
        raise NoRunnerError(
            _("a program holds no weights, so there is nothing that could be compared")
        )


class KerasCodeTarget(_CodeTarget):
    """A program of Keras 3."""

    name = "keras-code"
    ending = "_keras.py"
    description = marked("the network as a program of Keras 3, without weights")

    def program(self, network: Network) -> str:
        return keras_code(network)


class KonvCodeTarget(_CodeTarget):
    """A program of konv."""

    name = "konv-code"
    ending = "_konv.py"
    description = marked("the network as a program of konv, without weights")

    def program(self, network: Network) -> str:
        return konv_code(network)
