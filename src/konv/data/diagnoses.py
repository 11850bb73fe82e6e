"""The rules of the folder doctor.

Pictures count as the same when all their pixels are; :mod:`konv.data.resemblance` finds those that
are one photograph all the same.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import numpy.typing as npt

from konv.data.colours import GREY_MODES
from konv.data.findings import Case, Finding
from konv.data.folders import ClassFolders
from konv.data.inspection import Look, Unreadable
from konv.data.names import natural_key, written
from konv.data.resemblance import MOST_COMPARED, pairs
from konv.language import translate as _

__all__ = ["class_findings", "folder_findings", "picture_findings"]

_FEW = 10  # pictures of a class
_UNEVEN, _VERY_UNEVEN = 3, 10  # the largest class over the smallest


def picture_findings(
    looks: Sequence[Look], bad: Sequence[Unreadable], names: Sequence[str]
) -> Iterator[Finding]:
    """Files that cannot be read, doubles, and pictures that show nothing."""
    if bad:
        yield Finding(
            "error",
            "bad_files",
            _("{count:,} files cannot be read", count=len(bad)),
            _("replace them, or take them away; training leaves them out"),
            tuple(Case((file.name,), file.reason) for file in bad),
        )
    yield from _doubles(looks, names)
    yield from _resembling(looks, names)
    flat = [look for look in looks if _is_flat(look)]
    if flat:
        yield Finding(
            "warning",
            "single_colour",
            _("{count:,} pictures are of a single colour", count=len(flat)),
            _("take them away, unless they belong to their class"),
            tuple(Case((look.name,), names[look.label]) for look in flat),
        )
    in_colour = [look for look in looks if look.stored not in GREY_MODES]
    if in_colour and all(look.colourless for look in looks):
        yield Finding(
            "note",
            "grey_in_colour",
            _("{count:,} pictures are stored in colour but are grey", count=len(in_colour)),
            _("load them with channels=1"),
        )


def _is_flat(look: Look) -> bool:
    count, first, second = look.moments.T
    # Far below the smallest step, 1/255, squared and spread over the largest picture.
    return bool((second / count - (first / count) ** 2 < 1e-13).all())


def _doubles(looks: Sequence[Look], names: Sequence[str]) -> Iterator[Finding]:
    same = defaultdict(list)
    for look in looks:
        same[look.digest].append(look)
    groups = [group for group in same.values() if len(group) > 1]
    conflicts = [group for group in groups if len({look.label for look in group}) > 1]
    leaks = [group for group in groups if len({look.split for look in group}) > 1]
    within = [alike for group in groups for alike in _in_one_place(group)]
    if conflicts:
        yield Finding(
            "error",
            "same_picture_in_classes",
            _("{count:,} pictures lie in more than one class", count=len(conflicts)),
            _("keep each in the class that it shows"),
            tuple(_case(group, lambda look: names[look.label]) for group in conflicts),
        )
    if leaks:
        yield Finding(
            "error",
            "same_picture_in_splits",
            _("{count:,} pictures lie in more than one split", count=len(leaks)),
            _("take them out of the test and the validation: what was learned is no test"),
            tuple(_case(group, lambda look: look.split) for group in leaks),
        )
    if within:
        yield Finding(
            "warning",
            "same_picture_twice",
            _("{count:,} pictures lie in their class more than once", count=len(within)),
            _("keep one of each: the others may end up in the test"),
            tuple(_case(group, lambda look: names[look.label]) for group in within),
        )


def _resembling(looks: Sequence[Look], names: Sequence[str]) -> Iterator[Finding]:
    once = {look.digest: look for look in looks if look.thumbnail is not None}
    compared = list(once.values())
    if len(compared) > MOST_COMPARED:
        yield Finding(
            "note",
            "too_many_to_compare",
            _("copies of other size or colour are looked for among {most:,}", most=MOST_COMPARED),
            _("check one class at a time"),
        )
        return
    found = pairs([look.thumbnail for look in compared if look.thumbnail is not None])
    cases = [
        _case([compared[i], compared[j]], lambda look: f"{names[look.label]} ({look.split})")
        for i, j in found
    ]
    if cases:
        yield Finding(
            "warning",
            "nearly_same_pictures",
            _("{count:,} pairs are nearly the same picture", count=len(cases)),
            _("look at them; of one photograph keep one, in one class and one split"),
            tuple(cases),
        )


def _in_one_place(group: Sequence[Look]) -> list[list[Look]]:
    """Those of the same split and class, if there are several."""
    places = defaultdict(list)
    for look in group:
        places[look.split, look.label].append(look)
    return [alike for alike in places.values() if len(alike) > 1]


def _case(group: Sequence[Look], place: Callable[[Look], str]) -> Case:
    places = dict.fromkeys(place(look) for look in group)
    return Case(tuple(look.name for look in group), ", ".join(places))


def class_findings(names: Sequence[str], counts: npt.NDArray[np.int64]) -> Iterator[Finding]:
    """Few classes, few pictures, many more in one class than in another.

    Args:
        names: of the classes.
        counts: how many pictures of each class there are to train on.
    """
    if len(names) < 2:
        yield Finding(
            "error",
            "one_class",
            _("there is only one class: nothing can be told apart"),
            _("add a folder for each other class"),
        )
    few = [(name, count) for name, count in zip(names, counts, strict=True) if count < _FEW]
    if few:
        yield Finding(
            "warning",
            "few_pictures",
            _("{count:,} classes have fewer than {few} pictures", count=len(few), few=_FEW),
            _("add pictures, or join classes"),
            tuple(Case(detail=f"{name}: {count}") for name, count in few),
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


def folder_findings(source: ClassFolders) -> Iterator[Finding]:
    """Names that differ too little, and what lies where it is not used."""
    yield from _name_findings(source)
    for split, names in source.strangers().items():
        yield Finding(
            "error",
            "unknown_class",
            _("the {split} split has classes that the training split lacks", split=split),
            _("give a class the same folder name in every split"),
            tuple(Case(detail=name) for name in names),
        )
    folders = source.folders
    others = [path for path in source.outside if path not in source.beside]
    others += [path for folder in folders for path in folder.others]
    hidden = [*source.hidden, *(path for folder in folders for path in folder.hidden)]
    for level, kind, what, fix, paths in (
        (
            "warning",
            "empty_folder",
            _("class folders without a picture"),
            _("put pictures in, or take them away"),
            [folder.path for folder in folders if not folder.pictures],
        ),
        (
            "warning",
            "inner_folder",
            _("folders inside class folders are not looked into"),
            _("move their pictures up into the class folder"),
            [path for folder in folders for path in folder.inner],
        ),
        (
            "warning",
            "beside_classes",
            _("what lies beside the class folders belongs to no class"),
            _("move pictures into class folders"),
            source.beside,
        ),
        (
            "note",
            "no_picture",
            _("files that do not end like a picture are left out"),
            _("save them as {formats}, if they are pictures", formats="JPEG, PNG, …"),
            others,
        ),
        ("note", "hidden", _("hidden files and folders are left out"), "", hidden),
    ):
        if paths:
            cases = tuple(Case((written(path.relative_to(source.root)),)) for path in paths)
            yield Finding(level, kind, what, fix, cases)


def _name_findings(source: ClassFolders) -> Iterator[Finding]:
    alike = defaultdict(set)
    for name in source.class_names:
        alike["".join(name.casefold().split())].add(name)
    groups = [sorted(names, key=natural_key) for names in alike.values() if len(names) > 1]
    if groups:
        yield Finding(
            "warning",
            "similar_names",
            _("class names differ in case or spaces alone"),
            _("join them if they are one class"),
            tuple(Case(detail=" / ".join(names)) for names in groups),
        )
    in_pieces = [folder.path for folder in source.folders if folder.path.name != folder.name]
    if in_pieces:
        yield Finding(
            "note",
            "name_not_nfc",
            _("folder names are not in Unicode's composed form (NFC), as macOS writes Hangul"),
            _("nothing to do: konv composes them"),
            tuple(Case((written(path.relative_to(source.root)),)) for path in in_pieces),
        )
