"""The same for layers that may not fit: then the first that does not is what is found."""

from __future__ import annotations

import os
from functools import partial

from konv.design.checking import check
from konv.design.draft import Draft
from konv.design.findings import Finding, Findings, Fixed
from konv.design.repairing import repaired_draft
from konv.errors import KonvError, NetworkError, ShapeError
from konv.language import translate as _
from konv.network.reading import read_tree
from konv.network.understanding import network_parts

__all__ = ["examined", "read_draft"]


def read_draft(path: str | os.PathLike[str]) -> Draft:
    """The layers that a network file describes, whether they fit or not.

    Raises:
        FormatError, LimitError: it cannot be read, or is no network file.
        NetworkError: K303, K305: names that are taken, or do not exist.
        ParameterError: a field is missing, or holds what it cannot.
    """
    name, parts = network_parts(read_tree(path), str(path))
    return Draft(parts, name)


def examined(draft: Draft, *, strict: bool = False, classes: int | None = None) -> Findings:
    """What is wrong with layers that need not fit.

    Args:
        draft: they.
        strict, classes: as of :func:`~konv.design.checking.check`.

    Example:
        >>> from konv.layers import Conv2D, Input
        >>> from konv.network import Part
        >>> parts = Part("a", Input((4, 4, 1))), Part("b", Conv2D(2, 5), ("a",))
        >>> [finding] = examined(Draft(parts))
        >>> finding.code, finding.layer, finding.fixed().change
        ('K104', 'b', 'kernel_size=4 in b')
    """
    nodes, error = draft.fitting
    unused = _unused(draft)
    if error is None and not unused:
        return check(draft.network(), strict=strict, classes=classes)
    index, layer = len(nodes), ""
    if error is None:
        layer = unused[0]
        index = next(i for i, part in enumerate(draft.parts) if part.name == layer)
        error = _nothing_uses(layer)
    elif isinstance(error, (NetworkError, ShapeError)):
        layer = draft.parts[index].name
    return Findings(draft.name, (_of_error(error, index, layer, draft),))


def _of_error(error: KonvError, index: int, layer: str, draft: Draft) -> Finding:
    return Finding(
        code=error.code,
        severity="error",
        layer=layer,
        index=index,
        what=error.what,
        details=(*error.details, *error.trail),
        why=_("The network cannot be built, so nothing behind this layer was looked at."),
        fix=error.fix,
        fixed=partial(_mended, draft),
    )


def _mended(draft: Draft) -> Fixed | None:
    repair = repaired_draft(draft)
    return None if repair is None else Fixed(repair.network, "; ".join(repair.changes))


def _unused(draft: Draft) -> list[str]:
    names = {part.name for part in draft.pruned().parts}
    return [part.name for part in draft.parts if part.name not in names]


def _nothing_uses(name: str) -> NetworkError:
    return NetworkError(
        _("nothing uses what {name} makes", name=name),
        code="K302",
        fix=_("name it in the inputs of a layer below, or leave it out"),
    )
