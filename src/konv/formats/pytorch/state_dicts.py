"""A state dict of PyTorch as the weights of a network that konv has.

A state dict says what its arrays are called and how large they are, and nothing of the network. So
the network comes from konv, and its modules are matched with those of the state dict:

1. by name, where all names are those that konv itself would write;
2. else by the kinds and shapes of their tensors: where only one module fits, it is that one;
3. where several fit, in the order of the state dict. A file has no order; there only names that
   differ in nothing but their numbers ("features.0", "features.3") are taken in the order of those.

All else is refused, with all that is in the way.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from konv.data.names import written
from konv.errors import FormatError, ParameterError
from konv.formats.exchange.imported import Note
from konv.formats.pytorch.lowering.lowering import program_of
from konv.formats.pytorch.matching import COUNTER, Part, matched, shown
from konv.formats.pytorch.pickles import is_pickle, refuse_pickle
from konv.formats.pytorch.placement import Constant
from konv.formats.pytorch.program import ModuleSpec
from konv.formats.pytorch.reading.reader import as_array
from konv.formats.tensor_file import read_tensors
from konv.language import translate as _
from konv.layers import BatchNormalization
from konv.network.graph import Network
from konv.parameters import short_text

__all__ = ["read_state_dict"]

Array = np.ndarray[Any, np.dtype[Any]]
_DTYPES = ("F64", "F32", "F16", "I64")
_TORCH_EPSILON = 1e-5


def read_state_dict(
    network: Network,
    source: str | os.PathLike[str] | Mapping[str, Any],
    *,
    names: Mapping[str, str] | None = None,
) -> tuple[dict[str, Array], tuple[Note, ...]]:
    """The weights for ``network``, and what was taken from where.

    Args:
        network: which weights are needed.
        source: the path of a ``.safetensors`` file, or what ``module.state_dict()`` returns.
        names: the name of a layer -> what its module is called in the state dict, for those that
            nothing else decides.

    Raises:
        FormatError: K406, arrays are missing, surplus, or may be several ones; K404, a pickle;
            K407, they are not finite; others as of any ``.safetensors`` file.
    """
    if not isinstance(source, (str, os.PathLike, Mapping)):
        raise _refused(source)
    _check_names(names)
    where = _("the state dict") if isinstance(source, Mapping) else written(source)
    arrays = _arrays(source)
    wanted = [spec for spec in program_of(network).modules.values() if spec.tensors]
    pairs = matched(wanted, _parts(arrays), dict(names or {}), where, isinstance(source, Mapping))
    weights: dict[str, Array] = {}
    for spec, part in pairs:
        for tensor in spec.tensors:
            if isinstance(tensor, Constant):
                _check_constant(tensor, spec, part, where)
            else:
                with np.errstate(over="ignore"):  # what is too large becomes infinite, and refused
                    array = tensor.from_torch(part.tensors[tensor.name]).astype(np.float32)
                _check(array, f"{part.name}.{tensor.name}", where)
                _take(weights, tensor.weight, array, where)
    return weights, tuple(_notes(network, pairs))


def _arrays(source: str | os.PathLike[str] | Mapping[str, Any]) -> dict[str, Array]:
    if isinstance(source, Mapping):
        return {str(name): _numbers(value) for name, value in source.items()}
    if is_pickle(source):
        refuse_pickle(source)
    arrays = read_tensors(source, dtypes=_DTYPES)[0]
    return {name: arrays[name] for name in sorted(arrays, key=_natural)}


def _numbers(value: Any) -> Array:
    array = as_array(value) if hasattr(value, "detach") else np.asarray(value)
    if array.dtype.kind not in "fiub":
        raise _refused(value)
    return array


def _check_names(names: Any) -> None:
    named = names is None or isinstance(names, Mapping)
    if not named or not all(
        isinstance(name, str) for pair in (names or {}).items() for name in pair
    ):
        raise ParameterError(
            _("names={value}", value=short_text(names)),
            code="K201",
            where="load_torch_weights",
            fix=_("a dict: name of a layer -> name of its module in the state dict"),
        )


def _refused(value: Any) -> ParameterError:
    return ParameterError(
        _("{value} as a state dict, or in one", value=short_text(value)),
        code="K201",
        where="load_torch_weights",
        fix=_("the path of a .safetensors file, or what module.state_dict() returns"),
    )


def _natural(name: str) -> list[tuple[int, str]]:
    """The name as a key by which 2 comes before 10."""
    numbers = re.split("([0-9]+)", name)
    # By the count of digits, and not as an integer: a file may hold a million of them.
    return [(len(text.lstrip("0")) if place % 2 else 0, text) for place, text in enumerate(numbers)]


def _parts(arrays: Mapping[str, Array]) -> list[Part]:
    found: dict[str, dict[str, Array]] = {}
    for name, array in arrays.items():
        module, _dot, tensor = name.rpartition(".")
        if tensor != COUNTER:
            found.setdefault(module, {})[tensor] = array
    return [Part(name, tensors) for name, tensors in found.items()]


def _check(array: Array, name: str, where: str) -> None:
    if not np.isfinite(array).all():
        raise FormatError(
            _("{name} holds numbers that are not finite in float32", name=shown(name)),
            code="K407",
            where=where,
            fix=_("weights of finite numbers: train again with a smaller learning rate"),
        )


def _check_constant(tensor: Constant, spec: ModuleSpec, part: Part, where: str) -> None:
    """What konv's layer does not have must be what it is taken for there, too."""
    if tensor.name != COUNTER and not (part.tensors[tensor.name] == tensor.value).all():
        raise FormatError(
            _("its weights do not belong to this network"),
            code="K406",
            where=where,
            details=[
                (
                    spec.layer,
                    _(
                        "has no {name}, and those of {module} are not all {value}",
                        name=tensor.name,
                        module=shown(part.name),
                        value=tensor.value,
                    ),
                )
            ],
            fix=_("a BatchNormalization with center=True and scale=True"),
        )


def _take(weights: dict[str, Array], name: str, array: Array, where: str) -> None:
    """Two modules may hold the weights of one layer that is used twice: they must be the same."""
    if name in weights and not np.array_equal(weights[name], array):
        raise FormatError(
            _("its weights do not belong to this network"),
            code="K406",
            where=where,
            details=[(name, _("is shared here, and different in two places there"))],
            fix=_("a network whose layers have weights of their own"),
        )
    weights[name] = array


def _notes(network: Network, pairs: list[tuple[ModuleSpec, Part]]) -> list[Note]:
    notes = [
        Note(spec.layer, _("takes the weights of {name}", name=shown(part.name)))
        for spec, part in pairs
    ]
    for node in network.nodes:
        if isinstance(node.layer, BatchNormalization) and node.layer.epsilon != _TORCH_EPSILON:
            what = _(
                "has epsilon {epsilon}; the state dict does not say its own, which is 1e-05 where "
                "nothing else was chosen",
                epsilon=node.layer.epsilon,
            )
            notes.append(Note(node.name, what))
    return notes
