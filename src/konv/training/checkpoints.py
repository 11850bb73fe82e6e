"""Checkpoints: a training state on disk, so that a run goes on with the same bits.

One safetensors file holds everything: the weights, the optimizer's slots, the arrays and the data
of the callbacks, the counters, the sums of the epoch under way and the history. The order of the
pictures, Dropout and augmentation need no state: they are functions of the seed and the counters.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from konv.engines.contract import Array
from konv.errors import KonvError, TrainingError
from konv.files import write_atomically
from konv.formats.json_text import check_extent
from konv.formats.tensor_file import read_tensors, tensor_bytes
from konv.language import translate as _
from konv.training.callbacks import Callback
from konv.training.state import TrainingState

__all__ = ["load_checkpoint", "save_checkpoint"]

_FORM = 1
_COUNTERS = ("epoch", "batch", "iteration", "sums", "history", "stop_reason")


def save_checkpoint(
    path: Path, state: TrainingState, callbacks: Sequence[Callback], identity: str
) -> None:
    """Write the state, or leave the file as it was.

    Args:
        path: the file.
        state: between two updates.
        callbacks: in the order in which they will be restored.
        identity: what the run is: a checkpoint is only loaded into the run that wrote it.
    """
    arrays: dict[str, Array] = {}
    _put(arrays, "weights", state.weights)
    _put(arrays, "slots", state.slots)
    remembered = []
    for number, callback in enumerate(callbacks):
        data, own_arrays = callback.get_state()
        remembered.append({"kind": type(callback).__name__, "data": data})
        _put(arrays, f"callback {number}", own_arrays)
    facts = {
        "form": _FORM,
        "identity": identity,
        "state": {name: getattr(state, name) for name in _COUNTERS},
        "callbacks": remembered,
    }
    metadata = {"format": "konv checkpoint", "facts": json.dumps(facts)}
    write_atomically(path, tensor_bytes(arrays, metadata))


def load_checkpoint(
    path: Path, state: TrainingState, callbacks: Sequence[Callback], identity: str
) -> None:
    """Bring ``state`` and ``callbacks``, made anew, to where the checkpoint stands.

    Raises:
        TrainingError: K803, it belongs to another run.
        FormatError, LimitError: it is damaged.
    """
    arrays, metadata = read_tensors(path)
    try:
        facts = _read_facts(path, metadata["facts"])
        kinds = [entry["kind"] for entry in facts["callbacks"]]
        if facts["identity"] != identity or kinds != [type(item).__name__ for item in callbacks]:
            raise _another_run(path)
        _restore(state.weights, _get(arrays, "weights"))
        _restore(state.slots, _get(arrays, "slots"))
        for name in _COUNTERS:
            setattr(state, name, facts["state"][name])
        for number, callback in enumerate(callbacks):
            data = facts["callbacks"][number]["data"]
            callback.set_state(data, _get(arrays, f"callback {number}"))
    except KonvError:
        raise
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _another_run(path) from error


def _read_facts(path: Path, text: str) -> Any:
    """The facts as plain data. They may hold NaN: a metric of the user's may have been one."""
    check_extent(text.encode(), where=str(path), part=_("state"))
    return json.loads(text)


def _put(arrays: dict[str, Array], group: str, values: Mapping[str, Array]) -> None:
    for name, value in values.items():
        arrays[f"{group}/{name}"] = value


def _get(arrays: Mapping[str, Array], group: str) -> dict[str, Array]:
    start = f"{group}/"
    return {
        name.removeprefix(start): value for name, value in arrays.items() if name.startswith(start)
    }


def _restore(into: dict[str, Array] | dict[str, Any], values: Mapping[str, Array]) -> None:
    """Overwrite arrays in place: others hold them too."""
    if set(into) != set(values):
        raise KeyError(", ".join(sorted(set(into) ^ set(values))))
    for name, value in values.items():
        if into[name].shape != value.shape:
            raise ValueError(name)
        np.copyto(into[name], value)


def _another_run(path: Path) -> TrainingError:
    return TrainingError(
        _("the checkpoint belongs to another run, or to other data or settings"),
        code="K803",
        where=str(path),
        fix=_("resume with the data as they were, or start anew in another folder with --out"),
    )
