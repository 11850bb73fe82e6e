"""konv's own files as targets of an export: models, and networks without weights."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from konv.formats.contents import ModelContents
from konv.formats.exchange.imported import Note
from konv.formats.exchange.target import NoRunnerError, Target, Written
from konv.formats.konv_file import model_bytes
from konv.language import marked
from konv.language import translate as _
from konv.network.writing import json_text, yaml_text

__all__ = ["JsonTarget", "KonvTarget", "YamlTarget"]

Array = np.ndarray[Any, np.dtype[np.float32]]


class KonvTarget(Target):
    """A model file."""

    name: ClassVar[str] = "konv"
    ending: ClassVar[str] = ".konv"
    description: ClassVar[str] = marked("a model file of konv")

    def write(self, contents: ModelContents, stem: str) -> Written:
        return Written({stem + self.ending: model_bytes(contents)})

    def run(self, paths: Mapping[str, Path], inputs: Array) -> tuple[str, Array]:
        raise NoRunnerError(_("only konv runs its own files"))


class _NetworkTarget(Target):
    """A network file: layers and how they are wired."""

    def write(self, contents: ModelContents, stem: str) -> Written:
        text = self._text(contents)
        note = Note("", _("it describes the network; the weights are not in it"))
        return Written({stem + self.ending: text.encode()}, (note,))

    def run(self, paths: Mapping[str, Path], inputs: Array) -> tuple[str, Array]:
        raise NoRunnerError(_("a description holds no weights that could be run"))

    @abstractmethod
    def _text(self, contents: ModelContents) -> str:
        """The whole file."""


class YamlTarget(_NetworkTarget):
    """A network file in YAML."""

    name: ClassVar[str] = "yaml"
    ending: ClassVar[str] = ".yaml"
    description: ClassVar[str] = marked("the network in YAML, without weights")

    def _text(self, contents: ModelContents) -> str:
        return yaml_text(contents.network)


class JsonTarget(_NetworkTarget):
    """A network file in JSON."""

    name: ClassVar[str] = "json"
    ending: ClassVar[str] = ".json"
    description: ClassVar[str] = marked("the network in JSON, without weights")

    def _text(self, contents: ModelContents) -> str:
        return json_text(contents.network)
