"""The rules of the folder doctor on names, and on what lies where it is not used."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

from konv.data.findings import Case, Finding, found
from konv.data.folders import ClassFolders
from konv.data.names import written
from konv.language import translate as _

__all__ = ["folder_findings"]


def folder_findings(source: ClassFolders) -> Iterator[Finding]:
    """What the names of folders and files tell, without a look at the pictures."""
    yield from _class_names(source)
    folders = source.folders
    yield from found(
        "warning",
        "empty_folder",
        _("class folders without a picture"),
        _("put pictures in, or take them away"),
        _at(source, (folder.path for folder in folders if not folder.pictures)),
    )
    yield from found(
        "warning",
        "inner_folder",
        _("folders inside class folders are not looked into"),
        _("move their pictures up into the class folder"),
        _at(source, (path for folder in folders for path in folder.inner)),
    )
    yield from found(
        "warning",
        "beside_classes",
        _("what lies beside the class folders belongs to no class"),
        _("move pictures into class folders"),
        _at(source, source.beside),
    )
    yield from _left_out(source)


def _left_out(source: ClassFolders) -> Iterator[Finding]:
    beside = set(source.beside)
    others = [path for path in source.outside if path not in beside]
    others += [path for folder in source.folders for path in folder.others]
    yield from found(
        "note",
        "no_picture",
        _("files that do not end like a picture are left out"),
        _("save them as {formats}, if they are pictures", formats="JPEG, PNG, …"),
        _at(source, others),
    )
    hidden = [*source.hidden, *(path for folder in source.folders for path in folder.hidden)]
    what = _("hidden files and folders are left out")
    yield from found("note", "hidden", what, "", _at(source, hidden))


def _class_names(source: ClassFolders) -> Iterator[Finding]:
    for split, names in source.strangers().items():
        yield from found(
            "error",
            "unknown_class",
            _("the {split} split has classes that the training split lacks", split=split),
            _("give a class the same folder name in every split"),
            (Case(detail=name) for name in names),
        )
    alike = defaultdict(list)
    for name in source.class_names:
        alike["".join(name.casefold().split())].append(name)
    yield from found(
        "warning",
        "similar_names",
        _("class names differ in case or spaces alone"),
        _("join them if they are one class"),
        (Case(detail=" / ".join(names)) for names in alike.values() if len(names) > 1),
    )
    yield from found(
        "note",
        "name_not_nfc",
        _("folder names are not in Unicode's composed form (NFC), as macOS writes Hangul"),
        _("nothing to do: konv composes them"),
        _at(source, (f.path for f in source.folders if f.path.name != f.name)),
    )


def _at(source: ClassFolders, paths: Iterable[Path]) -> Iterator[Case]:
    return (Case((written(path.relative_to(source.root)),)) for path in paths)
