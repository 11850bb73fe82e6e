"""Writing a model for another tool: made, proven apart, and only then put in its place."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from konv.errors import ParameterError
from konv.files import write_atomically
from konv.formats.contents import ModelContents
from konv.formats.exchange.agreement import Agreement, agreement
from konv.formats.exchange.imported import Note
from konv.formats.exchange.target import NoRunnerError, Target, Written
from konv.language import translate as _

__all__ = ["BeforeWriting", "Exported", "Trial", "export", "let_replace"]

Array = np.ndarray[Any, np.dtype[Any]]
BeforeWriting = Callable[[Path, bytes], None]


def let_replace(path: Path, content: bytes) -> None:
    """What is there is replaced."""


@dataclass(frozen=True, eq=False)
class Trial:
    """Pictures that an export is tried with.

    Args:
        inputs: [N, *input shape], as the first layer sees them.
        outputs: what konv makes of them.
        class_indices: outputs -> classes; None: they are none.
    """

    inputs: Array
    outputs: Array
    class_indices: Callable[[Array], Array] | None = None


@dataclass(frozen=True, eq=False)
class Exported:
    """What was written, and how well it agrees.

    Args:
        paths: of all files, the one that was asked for first.
        notes: what a person should know.
        agreement: with another program; None: none could be asked.
        unproven: why none could be asked; empty if one was.
    """

    paths: tuple[Path, ...]
    notes: tuple[Note, ...]
    agreement: Agreement | None
    unproven: str = ""

    def to_dict(self) -> dict[str, Any]:
        """The same as data."""
        return {
            "files": [str(path) for path in self.paths],
            "notes": [str(note) for note in self.notes],
            "agreement": None if self.agreement is None else self.agreement.to_dict(),
            "unproven": self.unproven,
        }


def export(
    contents: ModelContents,
    target: Target,
    path: Path,
    trial: Callable[[], Trial],
    *,
    before_writing: BeforeWriting = let_replace,
) -> Exported:
    """Write a model to ``path``, if another program agrees with it or none can be asked.

    Args:
        contents: the model.
        target: the format.
        path: of the first file; others stand beside it.
        trial: makes the pictures to try it with; called once there is a program to ask.
        before_writing: called for each file; what it raises keeps all of them from being written.

    Raises:
        FormatError: K411, the format lacks something; K413, another program computes something
            else. Nothing is written then. K405: a file cannot be written; only files before it are.
        ParameterError: K201, the path is the name of a file that comes beside the first.
    """
    ends = path.name.lower().endswith(target.ending)
    stem = path.name[: -len(target.ending)] if ends else path.stem
    written = target.write(contents, stem)
    paths = _placed(written.files, path, stem + target.ending)
    found, unproven = _proven(target, written, trial, str(path))
    for name, place in paths.items():
        before_writing(place, written.files[name])
    for name, place in paths.items():
        write_atomically(place, written.files[name])
    return Exported(tuple(paths.values()), written.notes, found, unproven)


def _placed(files: Mapping[str, bytes], path: Path, usual: str) -> dict[str, Path]:
    """Where each file goes: the first as it is called by the person, the others beside it."""
    first, *others = files
    if path.name in others:
        raise ParameterError(
            _("{name} is what a file beside it is called", name=path.name),
            code="K201",
            where=str(path),
            fix=_("{name}, or another name", name=usual),
        )
    return {first: path, **{name: path.with_name(name) for name in others}}


def _proven(
    target: Target, written: Written, trial: Callable[[], Trial], where: str
) -> tuple[Agreement | None, str]:
    tried: Trial | None = None
    with tempfile.TemporaryDirectory(prefix="konv-export-") as folder:
        paths = {name: Path(folder, name) for name in written.files}
        for name, place in paths.items():
            write_atomically(place, written.files[name])
        try:
            tried = trial()
            program, outputs = target.run(paths, tried.inputs)
        except NoRunnerError as reason:
            return None, str(reason)
    found = agreement(program, tried.outputs, outputs, tried.class_indices, where=where)
    found.check(where)
    return found, ""
