"""A model for other tools: the words of ``Model`` for writing it, and for taking their weights."""

from __future__ import annotations

import math
import os
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

import numpy as np

from konv.engines import Engine, Pixels
from konv.errors import DataError
from konv.files import as_path
from konv.formats.contents import ModelContents
from konv.formats.exchange.exporting import BeforeWriting, Exported, Trial, export, let_replace
from konv.formats.exchange.imported import Note
from konv.formats.exchange.target import Target
from konv.formats.targets import target_for, target_named
from konv.language import translate as _
from konv.layers.base import Array
from konv.network.ending import split_ending
from konv.network.graph import Network
from konv.network.weights import Weights
from konv.training.labels import Labels
from konv.training.pictures import as_pictures

__all__ = ["Exporting"]

# What an export is tried with, if nobody gives pictures.
_TRIED_PICTURES = 100
_TRIED_NUMBERS = 2**24


class Exporting(ABC):
    """A model written for another tool, proven by another program; PyTorch's weights."""

    network: Network
    weights: Weights
    engine: Engine
    labels: Labels | None

    @abstractmethod
    def contents(self) -> ModelContents:
        """All that a model file holds."""

    @abstractmethod
    def pixels(self, images: Array) -> Pixels:
        """How the pixels of pictures like these become the numbers that the first layer sees."""

    @abstractmethod
    def class_indices(self, outputs: Array) -> Array:
        """The number of the class that each row of outputs stands for."""

    @abstractmethod
    def set_weights(self, weights: Any) -> None:
        """Take other weights."""

    def export(
        self,
        path: str | os.PathLike[str],
        *,
        to: str | Target | None = None,
        pictures: Any = None,
        before_writing: BeforeWriting = let_replace,
    ) -> Exported:
        """Write the model for another tool, and ask another program whether it computes the same.

        Args:
            path: the file, which is replaced; some formats put others beside it.
            to: the format, as ``konv convert --help`` lists them; None: what the ending says.
            pictures: as of ``predict``, to compare with; None: random ones.
            before_writing: called with each path and its content; what it raises keeps all files
                from being written.

        Returns:
            The files, notes, and the agreement: how many pictures have the same class, and the
            largest difference of any two outputs; or why no program could be asked.

        Raises:
            FormatError: K411, the format lacks what the network holds; K412, a package is missing;
                K413, the other program computes something else. Nothing is written then.

        Example:
            >>> import tempfile
            >>> from konv.layers import Dense, Input
            >>> from konv.model import Sequential
            >>> model = Sequential([Input((4,)), Dense(2)])
            >>> with tempfile.TemporaryDirectory() as folder:
            ...     model.export(f"{folder}/net.yaml").unproven
            'a description holds no weights that could be run'
        """
        where = as_path(path, where="export")
        if isinstance(to, Target):
            target = to
        else:
            target = target_for(str(where)) if to is None else target_named(to)
        return export(
            self.contents(),
            target,
            where,
            lambda: self.trial(pictures),
            before_writing=before_writing,
        )

    def trial(self, pictures: Any = None) -> Trial:
        """Pictures as the first layer sees them, with what the network makes of them.

        Args:
            pictures: as of ``predict``; None: random ones, 100 or as many as take little memory.

        Raises:
            DataError: K504, the network does not take them, or there are none.
        """
        if pictures is None:
            shape = self.network.input_shape
            count = min(_TRIED_PICTURES, max(1, _TRIED_NUMBERS // math.prod(shape)))
            pictures = np.random.default_rng(0).integers(0, 256, (count, *shape), np.uint8)
        images = as_pictures(pictures, self.network)
        if not len(images):
            raise DataError(
                _("no pictures to compare with"),
                code="K504",
                fix=_("one picture or more, or None for random ones"),
            )
        seen = self.pixels(images).numbers(images, self.network, np.float32)
        outputs = self.engine.compile(self.network).forward(self.weights, seen)
        ending = split_ending(self.network)[1].name
        classifies = outputs.ndim == 2 and (
            self.labels is not None or ending in ("softmax", "sigmoid")
        )
        return Trial(seen, outputs, self.class_indices if classifies else None)

    def to_torch(self) -> Any:
        """The same as a PyTorch module with these weights, in eval mode.

        It takes and gives maps as PyTorch does: (N, channels, height, width). A row of layers
        becomes an ``nn.Sequential``. What ``preprocessing`` does to pixels is not in it.

        Raises:
            FormatError: K412, PyTorch is not installed.
        """
        from konv.formats.pytorch.writing import torch_module

        return torch_module(self.network, self.weights)

    def load_torch_weights(
        self,
        source: str | os.PathLike[str] | Mapping[str, Any],
        *,
        names: Mapping[str, str] | None = None,
    ) -> tuple[Note, ...]:
        """Take the weights of a PyTorch module of the same network.

        Args:
            source: a ``.safetensors`` file, or what ``module.state_dict()`` returns.
            names: layer -> module in the state dict, where shapes and order do not decide it.

        Returns:
            Which layer took the weights of which module.

        Raises:
            FormatError: K406, they do not belong to the network, with all that is in the way;
                K404, a pickle (.pt, .pth); others as of any file.
        """
        from konv.formats.pytorch.state_dicts import read_state_dict

        weights, notes = read_state_dict(self.network, source, names=names)
        self.set_weights(weights)
        return notes
