"""The rules of the folder doctor on pictures and classes.

Pictures count as the same when all their pixels are; :mod:`konv.data.resemblance` finds those that
are one photograph all the same.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import numpy.typing as npt

from konv.data.colours import GREY_MODES
from konv.data.findings import Case, Finding, found
from konv.data.inspection import Look, Unreadable
from konv.data.resemblance import MOST_COMPARED, pairs
from konv.language import translate as _

__all__ = ["class_findings", "picture_findings"]

_FEW = 10  # pictures of a class
_UNEVEN, _VERY_UNEVEN = 3, 10  # the largest class over the smallest


def picture_findings(
    looks: Sequence[Look], bad: Sequence[Unreadable], names: Sequence[str]
) -> Iterator[Finding]:
    """Files that cannot be read, doubles, pictures that show nothing or lack their colour."""
    yield from found(
        "error",
        "bad_files",
        _("{count:,} files cannot be read", count=len(bad)),
        _("replace them, or take them away; training leaves them out"),
        (Case((file.name,), file.reason) for file in bad),
    )
    yield from _doubles(looks, names)
    yield from _resembling(looks, names)
    flat = [look for look in looks if _is_flat(look)]
    yield from found(
        "warning",
        "single_colour",
        _("{count:,} pictures are of a single colour", count=len(flat)),
        _("take them away, unless they belong to their class"),
        (Case((look.name,), names[look.label]) for look in flat),
    )
    in_colour = sum(look.stored not in GREY_MODES for look in looks)
    if in_colour and all(look.colourless for look in looks):
        what = _("{count:,} pictures are stored in colour but are grey", count=in_colour)
        yield Finding("note", "grey_in_colour", what, _("load them with channels=1"))


def _is_flat(look: Look) -> bool:
    count, first, second = look.moments.T
    # Far below the smallest step, 1/255, squared and spread over the largest picture.
    return bool((second / count - (first / count) ** 2 < 1e-13).all())


def _doubles(looks: Sequence[Look], names: Sequence[str]) -> Iterator[Finding]:
    alike = _grouped((look.digest, look) for look in looks)
    in_classes = [group for group in alike if len({look.label for look in group}) > 1]
    yield from found(
        "error",
        "same_picture_in_classes",
        _("{count:,} pictures lie in more than one class", count=len(in_classes)),
        _("keep each in the class that it shows"),
        (_case(group, names) for group in in_classes),
    )
    in_splits = [group for group in alike if len({look.split for look in group}) > 1]
    yield from found(
        "error",
        "same_picture_in_splits",
        _("{count:,} pictures lie in more than one split", count=len(in_splits)),
        _("take them out of the test and the validation: what was learned is no test"),
        (_case(group, names) for group in in_splits),
    )
    twice = [
        here
        for group in alike
        for here in _grouped(((look.split, look.label), look) for look in group)
    ]
    yield from found(
        "warning",
        "same_picture_twice",
        _("{count:,} pictures lie in their class more than once", count=len(twice)),
        _("keep one of each: the others may end up in the test"),
        (_case(group, names) for group in twice),
    )


def _grouped(keyed: Iterable[tuple[object, Look]]) -> list[list[Look]]:
    """Those that share a key with another, key by key."""
    groups = defaultdict(list)
    for key, look in keyed:
        groups[key].append(look)
    return [group for group in groups.values() if len(group) > 1]


def _case(group: Sequence[Look], names: Sequence[str]) -> Case:
    places = dict.fromkeys(f"{names[look.label]} ({look.split})" for look in group)
    return Case(tuple(look.name for look in group), ", ".join(places))


def _resembling(looks: Sequence[Look], names: Sequence[str]) -> Iterator[Finding]:
    # Of pictures that are the same, one is enough.
    once = {look.digest: look for look in looks if look.thumbnail is not None}
    if len(once) > MOST_COMPARED:
        what = _(
            "copies of another size or colour are looked for among {most:,}", most=MOST_COMPARED
        )
        yield Finding("note", "too_many_to_compare", what, _("check one class at a time"))
        return
    compared = list(once.values())
    thumbnails = [look.thumbnail for look in compared if look.thumbnail is not None]
    cases = [_case([compared[i], compared[j]], names) for i, j in pairs(thumbnails)]
    yield from found(
        "warning",
        "nearly_same_pictures",
        _("{count:,} pairs are nearly the same picture", count=len(cases)),
        _("look at them; of one photograph keep one, in one class and one split"),
        cases,
    )


def class_findings(names: Sequence[str], counts: npt.NDArray[np.int64]) -> Iterator[Finding]:
    """Few classes, few pictures, many more in one class than in another.

    Args:
        names: of the classes.
        counts: how many pictures of each class there are to train on.
    """
    if len(names) < 2:
        what = _("there is only one class: nothing can be told apart")
        yield Finding("error", "one_class", what, _("add a folder for each other class"))
    few = [(name, count) for name, count in zip(names, counts, strict=True) if count < _FEW]
    yield from found(
        "warning",
        "few_pictures",
        _("{count:,} classes have fewer than {few} pictures", count=len(few), few=_FEW),
        _("add pictures, or join classes"),
        (Case(detail=f"{name}: {count}") for name, count in few),
    )
    smallest, largest = int(counts.min()), int(counts.max())
    if largest >= _UNEVEN * smallest > 0 and len(names) > 1:
        yield Finding(
            "warning" if largest >= _VERY_UNEVEN * smallest else "note",
            "imbalance",
            _(
                "the largest class is {ratio:.1f} times the smallest: {many:,} {large}, "
                "{few:,} {small}",
                ratio=largest / smallest,
                many=largest,
                large=names[int(counts.argmax())],
                few=smallest,
                small=names[int(counts.argmin())],
            ),
            _("add pictures to the small classes; accuracy alone will flatter the large ones"),
        )
