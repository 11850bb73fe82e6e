"""Which module of a state dict is which module of a network."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from konv.errors import FormatError
from konv.formats.pytorch.program import ModuleSpec
from konv.formats.texts import printable
from konv.language import translate as _
from konv.layers.base import shape_text

__all__ = ["COUNTER", "Part", "matched", "shown"]

Array = np.ndarray[Any, np.dtype[Any]]
Signature = tuple[tuple[str, tuple[int, ...]], ...]
Problems = list[tuple[str, str]]
COUNTER = "num_batches_tracked"  # which only a mean over all batches needs
_SHOWN_PROBLEMS = 100
_SHOWN_NAMES = 20


@dataclass(frozen=True, eq=False)
class Part:
    """The tensors of one module of a state dict."""

    name: str
    tensors: Mapping[str, Array]

    @property
    def signature(self) -> Signature:
        return tuple(sorted((name, array.shape) for name, array in self.tensors.items()))


def _signature(spec: ModuleSpec) -> Signature:
    return tuple(
        sorted((tensor.name, tensor.shape) for tensor in spec.tensors if tensor.name != COUNTER)
    )


def matched(
    wanted: list[ModuleSpec],
    parts: list[Part],
    names: Mapping[str, str],
    where: str,
    ordered: bool,
) -> list[tuple[ModuleSpec, Part]]:
    """The part of the state dict for each module.

    Args:
        wanted: the modules that have tensors.
        parts: what the state dict holds.
        names: the name of a layer or module -> that of its part.
        where: what errors call the state dict.
        ordered: whether parts that are alike come in the order of the modules.

    Raises:
        FormatError: K406, they do not belong together, with all that is in the way.
    """
    if not names and {spec.name for spec in wanted} == {part.name for part in parts}:
        names = {spec.name: spec.name for spec in wanted}
    pairs, problems = _by_name(wanted, parts, names)
    taken = {part.name for part in pairs.values()}
    left = [spec for spec in wanted if spec.name not in pairs and not spec.tied_to]
    free = [part for part in parts if part.name not in taken]
    problems += _by_signature(left, free, pairs, ordered)
    if problems:
        raise FormatError(
            _("its weights do not belong to this network"),
            code="K406",
            where=where,
            details=_most_of(problems),
            fix=_("the state dict of the same network; names= says which module a layer is"),
        )
    return [(spec, pairs[spec.name if spec.name in pairs else spec.tied_to]) for spec in wanted]


def _by_name(
    wanted: list[ModuleSpec], parts: list[Part], names: Mapping[str, str]
) -> tuple[dict[str, Part], Problems]:
    """The pairs that names make, and what is wrong with them."""
    part_of = {part.name: part for part in parts}
    pairs: dict[str, Part] = {}
    known = {name for spec in wanted for name in (spec.name, spec.layer)}
    problems = [
        (shown(name), _("there is no layer of that name with weights"))
        for name in names
        if name not in known
    ]
    for spec in wanted:
        given = names.get(spec.name, names.get(spec.layer))
        if given is not None:
            problems += _misfits(spec, given, part_of.get(given))
            pairs[spec.name] = part_of.get(given, Part(given, {}))
    return pairs, problems


def _by_signature(
    left: list[ModuleSpec], free: list[Part], pairs: dict[str, Part], ordered: bool
) -> Problems:
    """Add the pairs that kinds and shapes of tensors make; what is in the way of that."""
    specs_of: dict[Signature, list[ModuleSpec]] = {}
    parts_of: dict[Signature, list[Part]] = {}
    for spec in left:
        specs_of.setdefault(_signature(spec), []).append(spec)
    for part in free:
        parts_of.setdefault(part.signature, []).append(part)
    problems: Problems = []
    for signature, specs in specs_of.items():
        fitting = parts_of.pop(signature, [])
        if len(specs) != len(fitting):
            problems += _unequal(specs, fitting, signature)
        elif len(specs) > 1 and not (ordered or _numbered(fitting)):
            problems.append((_names(specs), _("which of {names}?", names=_names(fitting))))
        pairs.update(zip((spec.name for spec in specs), fitting, strict=False))
    return problems + [
        (shown(part.name), _("no layer takes {shapes}", shapes=_text(signature)))
        for signature, others in parts_of.items()
        for part in others
    ]


def _most_of(problems: Problems) -> Problems:
    more = len(problems) - _SHOWN_PROBLEMS
    rest = [("…", _("{count} more", count=f"{more:,}"))] if more > 0 else []
    return [*problems[:_SHOWN_PROBLEMS], *rest]


def _misfits(spec: ModuleSpec, given: str, part: Part | None) -> Problems:
    if part is None:
        return [(spec.name, _("there is no {name}", name=shown(given)))]
    if part.signature == _signature(spec):
        return []
    what = _(
        "{name} has {given}, not {needed}",
        name=shown(given),
        given=_text(part.signature),
        needed=_text(_signature(spec)),
    )
    return [(spec.name, what)]


def _unequal(specs: list[ModuleSpec], parts: list[Part], signature: Signature) -> Problems:
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


def _numbered(parts: list[Part]) -> bool:
    """Whether the names differ in nothing but their numbers."""
    return len({re.sub("[0-9]+", "0", part.name) for part in parts}) == 1


def _names(items: list[ModuleSpec] | list[Part]) -> str:
    more = ", …" if len(items) > _SHOWN_NAMES else ""
    return ", ".join(shown(item.name) for item in items[:_SHOWN_NAMES]) + more


def shown(name: str) -> str:
    return printable(name)[:100]


def _text(signature: Signature) -> str:
    return ", ".join(f"{shown(name)} {shape_text(shape)}" for name, shape in signature)
