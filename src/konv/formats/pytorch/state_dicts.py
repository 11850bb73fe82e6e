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
from dataclasses import dataclass
from typing import Any

import numpy as np

from konv.data.names import written
from konv.errors import FormatError
from konv.formats.exchange.imported import Note
from konv.formats.pytorch.lowering.lowering import program_of
from konv.formats.pytorch.pickles import is_pickle, refuse_pickle
from konv.formats.pytorch.placement import Placement
from konv.formats.pytorch.program import ModuleSpec
from konv.formats.pytorch.reading.reader import as_array
from konv.formats.tensor_file import read_tensors
from konv.formats.texts import printable
from konv.language import translate as _
from konv.layers import BatchNormalization
from konv.layers.base import shape_text
from konv.network.graph import Network

__all__ = ["read_state_dict"]

Array = np.ndarray[Any, np.dtype[Any]]
Signature = tuple[tuple[str, tuple[int, ...]], ...]
_COUNTER = "num_batches_tracked"  # which only a mean over all batches needs
_DTYPES = ("F64", "F32", "F16", "I64")
_TORCH_EPSILON = 1e-5


@dataclass(frozen=True, eq=False)
class _Part:
    """The tensors of one module of a state dict."""

    name: str
    tensors: Mapping[str, Array]

    @property
    def signature(self) -> Signature:
        return tuple(sorted((name, array.shape) for name, array in self.tensors.items()))


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
    where = _("the state dict") if isinstance(source, Mapping) else written(source)
    arrays = _arrays(source)
    wanted = [spec for spec in program_of(network).modules.values() if spec.tensors]
    pairs = _matched(wanted, _parts(arrays), dict(names or {}), where, isinstance(source, Mapping))
    weights: dict[str, Array] = {}
    for spec, part in pairs:
        for tensor in spec.tensors:
            if isinstance(tensor, Placement):
                with np.errstate(over="ignore"):  # what is too large becomes infinite, and refused
                    array = tensor.from_torch(part.tensors[tensor.name]).astype(np.float32)
                _check(array, f"{part.name}.{tensor.name}", where)
                _take(weights, tensor.weight, array, where)
    return weights, tuple(_notes(network, pairs))


def _arrays(source: str | os.PathLike[str] | Mapping[str, Any]) -> dict[str, Array]:
    if isinstance(source, Mapping):
        return {
            str(name): as_array(value) if hasattr(value, "detach") else np.asarray(value)
            for name, value in source.items()
        }
    if is_pickle(source):
        refuse_pickle(source)
    arrays = read_tensors(source, dtypes=_DTYPES)[0]
    return {name: arrays[name] for name in sorted(arrays, key=_natural)}


def _natural(name: str) -> list[tuple[int, str]]:
    """The name as a key by which 2 comes before 10."""
    return [(int(text) if text.isdigit() else 0, text) for text in re.split(r"([0-9]+)", name)]


def _parts(arrays: Mapping[str, Array]) -> list[_Part]:
    found: dict[str, dict[str, Array]] = {}
    for name, array in arrays.items():
        module, _dot, tensor = name.rpartition(".")
        if tensor != _COUNTER:
            found.setdefault(module, {})[tensor] = array
    return [_Part(name, tensors) for name, tensors in found.items()]


def _signature(spec: ModuleSpec) -> Signature:
    return tuple(
        sorted((tensor.name, tensor.shape) for tensor in spec.tensors if tensor.name != _COUNTER)
    )


def _matched(
    wanted: list[ModuleSpec],
    parts: list[_Part],
    names: dict[str, str],
    where: str,
    ordered: bool,
) -> list[tuple[ModuleSpec, _Part]]:
    """The part of the state dict for each module."""
    by_name = {part.name: part for part in parts}
    if not names and {spec.name for spec in wanted} == by_name.keys():
        names = {spec.name: spec.name for spec in wanted}
    problems: list[tuple[str, str]] = []
    pairs: dict[str, _Part] = {}
    for spec in wanted:
        given = names.get(spec.name, names.get(spec.layer))
        if given is not None:
            problems += _misfits(spec, given, by_name.get(given))
            pairs[spec.name] = by_name.get(given, _Part(given, {}))
    taken = {part.name for part in pairs.values()}
    left = [spec for spec in wanted if spec.name not in pairs and not spec.tied_to]
    free = [part for part in parts if part.name not in taken]
    for signature in dict.fromkeys([_signature(spec) for spec in left]):
        specs = [spec for spec in left if _signature(spec) == signature]
        fitting = [part for part in free if part.signature == signature]
        if len(specs) != len(fitting):
            problems += _unequal(specs, fitting, signature)
        elif len(specs) > 1 and not (ordered or _numbered(fitting)):
            problems.append((_names(specs), _("which of {names}?", names=_names(fitting))))
        pairs.update(zip((spec.name for spec in specs), fitting, strict=False))
    known = {_signature(spec) for spec in left}
    problems += [
        (_shown(part.name), _("no layer takes {shapes}", shapes=_text(part.signature)))
        for part in free
        if part.signature not in known
    ]
    if problems:
        raise FormatError(
            _("its weights do not belong to this network"),
            code="K406",
            where=where,
            details=problems,
            fix=_("the state dict of the same network; names= says which module a layer is"),
        )
    return [(spec, pairs[spec.tied_to if spec.name not in pairs else spec.name]) for spec in wanted]


def _misfits(spec: ModuleSpec, given: str, part: _Part | None) -> list[tuple[str, str]]:
    if part is None:
        return [(spec.name, _("there is no {name}", name=_shown(given)))]
    if part.signature == _signature(spec):
        return []
    what = _(
        "{name} has {given}, not {needed}",
        name=_shown(given),
        given=_text(part.signature),
        needed=_text(_signature(spec)),
    )
    return [(spec.name, what)]


def _unequal(
    specs: list[ModuleSpec], parts: list[_Part], signature: Signature
) -> list[tuple[str, str]]:
    if not parts:
        return [(_names(specs), _("missing: {shapes}", shapes=_text(signature)))]
    what = _(
        "{shapes}: {given} of them in {names}, {needed} are needed",
        shapes=_text(signature),
        given=len(parts),
        names=_names(parts),
        needed=len(specs),
    )
    return [(_names(specs), what)]


def _numbered(parts: list[_Part]) -> bool:
    """Whether the names differ in nothing but their numbers."""
    return len({re.sub("[0-9]+", "0", part.name) for part in parts}) == 1


def _names(items: list[ModuleSpec] | list[_Part]) -> str:
    return ", ".join(_shown(item.name) for item in items)


def _shown(name: str) -> str:
    return printable(name)[:100]


def _text(signature: Signature) -> str:
    return ", ".join(f"{_shown(name)} {shape_text(shape)}" for name, shape in signature)


def _check(array: Array, name: str, where: str) -> None:
    if not np.isfinite(array).all():
        raise FormatError(
            _("{name} holds numbers that are not finite in float32", name=_shown(name)),
            code="K407",
            where=where,
            fix=_("weights of finite numbers: train again with a smaller learning rate"),
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


def _notes(network: Network, pairs: list[tuple[ModuleSpec, _Part]]) -> list[Note]:
    notes = [
        Note(spec.layer, _("takes the weights of {name}", name=_shown(part.name)))
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
