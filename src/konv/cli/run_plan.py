"""What a training run is made of: all that decides its bits, and how run.json tells it.

::

    {"form": 1,
     "data": {"source": "/home/…/photos", "fingerprint": "9f…", "size": [32, 32], …},
     "network": {…}, "preprocessing": {…},
     "optimizer": {…}, "augmentations": […],
     "training": {"epochs": 10, …}}
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes

from konv.cli.presets import PRESET_NAMES
from konv.constraints import Choice, Integer, Optional
from konv.data.options import LoadOptions
from konv.data.preprocessing import Preprocessing
from konv.engines import DEFAULT_ENGINE, ENGINE_NAMES
from konv.errors import FormatError, KonvError
from konv.language import translate as _
from konv.limits import MAX_BATCH_SIZE, MAX_EPOCHS
from konv.network.description import from_config, to_config
from konv.network.graph import Network
from konv.optimizers import Optimizer, optimizer_config, optimizer_from_config
from konv.parameters import Checked, parameter
from konv.training.augmentation import (
    Augmentation,
    augmentation_config,
    augmentation_from_config,
)

__all__ = ["DataPlan", "RunPlan", "TrainingOptions", "all_fields"]

_FORM = 1
_URI = "file://"


@dataclass(frozen=True, repr=False)
class TrainingOptions(Checked):
    """How to train.

    Args:
        epochs: how often all pictures are seen at most.
        batch_size: how many pictures make one update.
        seed: of the first weights, the order of the pictures, Dropout and augmentation.
        patience: how many epochs without a better one end the training; None: none do.
        class_weight: "balanced": pictures of rare classes count more; None: all the same.
        engine: how the network runs.
        preset: where the choices come from that nobody made; they are written out all the same.
    """

    epochs: int = parameter(Integer(1, MAX_EPOCHS), default=10, keyword=True)
    batch_size: int = parameter(Integer(1, MAX_BATCH_SIZE), default=32, keyword=True)
    seed: int = parameter(Integer(0, 2**63 - 1), default=0, keyword=True)
    patience: int | None = parameter(Optional(Integer(1, MAX_EPOCHS)), default=None, keyword=True)
    class_weight: str | None = parameter(
        Optional(Choice(("balanced",))), default=None, keyword=True
    )
    engine: str = parameter(Choice(ENGINE_NAMES), default=DEFAULT_ENGINE, keyword=True)
    preset: str | None = parameter(Optional(Choice(PRESET_NAMES)), default=None, keyword=True)


@dataclass(frozen=True)
class DataPlan:
    """Which pictures.

    Args:
        source: an absolute path, or the word ``digits``: a run is resumed from anywhere.
        options: how they are loaded.
        fingerprint: what they were when the run began.
    """

    source: str
    options: LoadOptions
    fingerprint: str


@dataclass(frozen=True)
class RunPlan:
    """All that decides the bits of a training run."""

    data: DataPlan
    network: Network
    preprocessing: Preprocessing
    optimizer: Optimizer
    augmentations: tuple[Augmentation, ...]
    training: TrainingOptions

    def to_config(self) -> dict[str, Any]:
        """As plain data for run.json."""
        return {
            "form": _FORM,
            "data": {
                "source": _as_text(self.data.source),
                "fingerprint": self.data.fingerprint,
                **all_fields(self.data.options),
            },
            "network": to_config(self.network),
            "preprocessing": all_fields(self.preprocessing),
            "optimizer": optimizer_config(self.optimizer),
            "augmentations": [augmentation_config(one) for one in self.augmentations],
            "training": all_fields(self.training),
        }

    @property
    def identity(self) -> dict[str, Any]:
        """What makes the run this one: all but where its pictures lie."""
        config = self.to_config()
        del config["data"]["source"]
        return config

    @classmethod
    def from_config(cls, config: Mapping[str, Any], where: str) -> RunPlan:
        """What :meth:`to_config` wrote, checked again field by field; errors call it ``where``.

        Raises:
            FormatError: K401, it is damaged; K403, a newer konv wrote it.
        """
        try:
            if config["form"] != _FORM:
                raise _newer(config["form"], where)
            data = dict(config["data"])
            source, fingerprint = _as_path(data.pop("source")), str(data.pop("fingerprint"))
            return cls(
                data=DataPlan(source, LoadOptions.from_config(data), fingerprint),
                network=from_config(config["network"]),
                preprocessing=Preprocessing.from_config(config["preprocessing"]),
                optimizer=optimizer_from_config(config["optimizer"]),
                augmentations=tuple(map(augmentation_from_config, config["augmentations"])),
                training=TrainingOptions.from_config(config["training"]),
            )
        except FormatError as error:
            raise error.located(where) from None
        except (KonvError, KeyError, TypeError, ValueError, AttributeError) as error:
            reason = error.what if isinstance(error, KonvError) else repr(error)
            raise FormatError(
                _("it is damaged: {reason}", reason=reason),
                code="K401",
                where=where,
                fix=_("begin a new run; best.konv and last.konv in the folder are still good"),
            ) from error


def _as_text(source: str) -> str:
    """A source as JSON can hold it: a path that is no Unicode, as Linux allows, as a URI."""
    try:
        source.encode()
    except UnicodeEncodeError:
        return Path(source).as_uri()
    return source


def _as_path(source: Any) -> str:
    text = str(source)
    if not text.startswith(_URI):
        return text
    return os.fsdecode(unquote_to_bytes(text.removeprefix(_URI)))


def all_fields(fields: Checked) -> dict[str, Any]:
    """All fields as plain data, those at their defaults too: a later konv may have others."""
    return {
        name: constraint.plain(getattr(fields, name))
        for name, constraint in fields.constraints().items()
    }


def _newer(form: Any, where: str) -> FormatError:
    return FormatError(
        _("written by a newer konv, in form {form}", form=repr(form)[:40]),
        code="K403",
        where=where,
        fix=_("use a newer konv"),
    )
