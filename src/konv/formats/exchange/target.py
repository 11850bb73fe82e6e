"""A format that konv writes for others, and how what it wrote is proven."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from konv.formats.contents import ModelContents
from konv.formats.exchange.imported import Note

__all__ = ["NoRunnerError", "Target", "Written"]

Array = np.ndarray[Any, np.dtype[np.float32]]


class NoRunnerError(Exception):
    """Nothing on this machine can run what was written; the message says what could."""


@dataclass(frozen=True, eq=False)
class Written:
    """The files of an export, before they are saved.

    Args:
        files: name -> bytes; the first is the one that a person asked for.
        notes: what a person should know.
    """

    files: Mapping[str, bytes]
    notes: tuple[Note, ...] = ()


class Target(ABC):
    """A format that konv writes.

    ``name`` is what stands behind ``--to``, ``ending`` that of the first file, ``description`` (a
    marked text) the line in the help.
    """

    name: ClassVar[str]
    ending: ClassVar[str]
    description: ClassVar[str]

    @abstractmethod
    def write(self, contents: ModelContents, stem: str) -> Written:
        """The files, called ``stem`` with their endings.

        Raises:
            FormatError: K411, the format lacks something that the network holds.
        """

    @abstractmethod
    def run(self, paths: Mapping[str, Path], inputs: Array) -> tuple[str, Array]:
        """What another program than konv makes of the written files.

        Args:
            paths: the names of ``write`` -> where each was saved.
            inputs: [N, *input shape of the network], as the first layer sees them (after
                preprocessing, in the network's own data format).

        Returns:
            (the program with its version, outputs [N, *output shape of the network]).

        Raises:
            NoRunnerError: no such program is here.
        """
