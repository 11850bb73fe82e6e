"""A run folder: all that a training run leaves on disk.

::

    run.json                what was asked for: data, network, settings
    checkpoint.safetensors  where training stands, for --resume
    best.konv               the model of the best epoch
    last.konv               the model of the last epoch
    log.csv                 the history
    findings.json           what the doctor found, if it found anything

Every file is replaced whole (see :mod:`konv.files`), so a run may be killed at any moment.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any

from konv.errors import FormatError, TrainingError
from konv.files import write_atomically
from konv.formats.contents import ModelContents
from konv.formats.json_text import read_json
from konv.formats.konv_file import write_model
from konv.language import translate as _
from konv.limits import MAX_MODEL_HEADER_BYTES
from konv.network.weights import Weights
from konv.training.callbacks import BestWeights, Callback
from konv.training.checkpoints import load_checkpoint, save_checkpoint
from konv.training.state import Row

__all__ = ["RunCheckpoint", "RunFolder"]


class RunFolder:
    """The folder of one run, held by one process at a time.

    Args:
        path: the folder.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        self._lock: int | None = None

    @property
    def checkpoint(self) -> Path:
        """Where training stands."""
        return self.path / "checkpoint.safetensors"

    @property
    def best(self) -> Path:
        """The model of the best epoch."""
        return self.path / "best.konv"

    @property
    def last(self) -> Path:
        """The model of the last epoch."""
        return self.path / "last.konv"

    @property
    def log(self) -> Path:
        """The history."""
        return self.path / "log.csv"

    @property
    def findings(self) -> Path:
        """What kept the network from learning."""
        return self.path / "findings.json"

    @property
    def description(self) -> Path:
        """What was asked for."""
        return self.path / "run.json"

    def create(self, description: dict[str, Any]) -> None:
        """Begin a run: hold the folder and write down what was asked for.

        Raises:
            TrainingError: K804, the folder holds a run already, or another process holds it.
            FormatError: K405, it cannot be written.
        """
        self._hold(make=True)
        self.require_free()
        write_atomically(self.description, _json_bytes(description))

    def require_free(self) -> None:
        """Refuse a folder in which a new run would replace something.

        Raises:
            TrainingError: K804, it holds a run, or files that are called like those of a run.
        """
        if self.description.exists():
            raise self._taken(
                _("there is a run in this folder already"),
                _(
                    "konv train --resume {folder} goes on with it; another --out begins a new one",
                    folder=self.path,
                ),
            )
        for file in self._results:
            if file.exists():
                raise self._taken(
                    _("{file} would be replaced", file=file.name),
                    _("choose another folder with --out"),
                )

    def forget_if_empty(self) -> None:
        """Take a run away that never got anywhere, so that another one can begin here."""
        if not any(file.exists() for file in self._results if file != self.findings):
            self.findings.unlink(missing_ok=True)
            self.description.unlink(missing_ok=True)
            self._lock_file.unlink(missing_ok=True)
            with suppress(OSError):  # it holds something else
                self.path.rmdir()

    @property
    def _results(self) -> tuple[Path, ...]:
        return self.checkpoint, self.best, self.last, self.log, self.findings

    @property
    def _lock_file(self) -> Path:
        return self.path / ".lock"

    def _taken(self, what: str, fix: str) -> TrainingError:
        return TrainingError(what, code="K804", where=str(self.path), fix=fix)

    def open(self) -> dict[str, Any]:
        """Go on with a run: hold the folder and read what was asked for.

        Raises:
            TrainingError: K803, there is no run; K804, another process holds it.
            FormatError: K401, run.json is damaged.
        """
        if not self.description.is_file():
            raise TrainingError(
                _("there is no run in this folder"),
                code="K803",
                where=str(self.path),
                fix=_("konv train DATA --out {folder} begins one", folder=self.path),
            )
        self._hold(make=False)
        for half_written in self.path.glob(".*.part"):  # left by a process that was killed
            half_written.unlink(missing_ok=True)
        with open(self.description, "rb") as file:
            raw = file.read(MAX_MODEL_HEADER_BYTES + 1)
        description = read_json(raw, where=str(self.description), part=_("description of the run"))
        if not isinstance(description, dict):
            raise FormatError(
                _("it holds no object"),
                code="K401",
                where=str(self.description),
                fix=_("begin a new run; best.konv and last.konv in the folder are still good"),
            )
        return description

    def close(self) -> None:
        """Let go of the folder."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _hold(self, *, make: bool) -> None:
        """Take the lock, which the system lets go when the process ends, however it ends."""
        try:
            if make:
                self.path.mkdir(parents=True, exist_ok=True)
            self._lock = os.open(self._lock_file, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise FormatError(
                _("cannot be written: {reason}", reason=error.strerror or error),
                code="K405",
                where=str(self.path),
                fix=_("choose a folder that can be written"),
            ) from error
        if not _locked(self._lock):
            self.close()
            raise TrainingError(
                _("another process is training in this folder"),
                code="K804",
                where=str(self.path),
                fix=_("wait for it, or choose another folder with --out"),
            )
        for left_over in self.path.glob(".*.part"):  # of a process that was killed while it wrote
            left_over.unlink(missing_ok=True)


def _locked(descriptor: int) -> bool:
    try:
        import fcntl
    except ImportError:  # not on Windows, where two runs in one folder are not noticed
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _json_bytes(value: Any) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=2) + "\n").encode()


class RunCheckpoint(Callback):
    """Keeps a run folder up to date. Stands behind all other callbacks, whose state it saves.

    Args:
        folder: where to.
        contents: weights -> what a model file holds.
        best: tells which epoch was the best.
        identity: what the run is made of; see :func:`save_checkpoint`.
        resume: whether to go on from the folder's checkpoint, if there is one.
        every_s: how many seconds lie at most between two checkpoints within an epoch.
    """

    def __init__(
        self,
        folder: RunFolder,
        contents: Callable[[Weights], ModelContents],
        best: BestWeights,
        *,
        identity: dict[str, Any],
        resume: bool = False,
        every_s: float = 30.0,
    ) -> None:
        self._folder = folder
        self._contents = contents
        self._best = best
        self._identity = sha256(_json_bytes(identity)).hexdigest()
        self._resume = resume
        self._every_s = every_s
        self._saved_at_s = time.monotonic()

    def on_train_begin(self) -> None:
        if self._resume and self._folder.checkpoint.exists():
            load_checkpoint(
                self._folder.checkpoint, self.training.state, self._saved_callbacks, self._identity
            )

    def on_batch_end(self, batch: int) -> None:
        if time.monotonic() - self._saved_at_s >= self._every_s:
            self._save()

    def on_interrupt(self) -> None:
        self._save()

    def on_epoch_end(self, epoch: int, logs: Row) -> None:
        weights = self.training.state.weights
        if self._best.epoch == epoch + 1:
            write_model(self._folder.best, self._contents(weights))
        write_model(self._folder.last, self._contents(weights))
        self._save()

    def _save(self) -> None:
        save_checkpoint(
            self._folder.checkpoint, self.training.state, self._saved_callbacks, self._identity
        )
        self._saved_at_s = time.monotonic()

    @property
    def _saved_callbacks(self) -> tuple[Callback, ...]:
        """Those before this one: what stands behind it has no state to keep."""
        return self.training.callbacks[: self.training.callbacks.index(self)]
