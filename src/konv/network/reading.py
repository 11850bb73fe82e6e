"""Networks from text and files."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from konv.errors import FormatError, LimitError
from konv.files import why_no_file
from konv.language import translate as _
from konv.limits import MAX_NETWORK_FILE_BYTES
from konv.network.json_tree import json_tree
from konv.network.tree import Tree, malformed
from konv.network.understanding import NetworkFile, network_file
from konv.network.yaml_tree import yaml_tree

__all__ = ["network_from_json", "network_from_yaml", "read_network", "read_tree"]


def network_from_yaml(text: str, source: str = "") -> NetworkFile:
    """What a text in YAML describes; ``source`` is what errors call it."""
    return network_file(_sized(text, yaml_tree, source), source)


def network_from_json(text: str, source: str = "") -> NetworkFile:
    """What a text in JSON describes; ``source`` is what errors call it."""
    return network_file(_sized(text, json_tree, source), source)


def read_network(path: str | os.PathLike[str]) -> NetworkFile:
    """What a file describes, by its ending .yaml, .yml or .json.

    Raises:
        FormatError: K401, K402, K403, K404, K407, K408: it is not what it should be.
        LimitError: K602, it is too large.
        NetworkError, ParameterError, ShapeError: what it describes cannot be built.
    """
    return network_file(read_tree(path), str(path))


def read_tree(path: str | os.PathLike[str]) -> Tree:
    """The values that a file holds, whether a network can be made of them or not.

    Raises:
        FormatError: K401, K404, K407: it cannot be read, or is not well-formed.
        LimitError: K602, it is too large.
    """
    path = Path(path)
    reader = {".yaml": yaml_tree, ".yml": yaml_tree, ".json": json_tree}
    if path.suffix.lower() not in reader:
        raise unknown_ending(path)
    text = _text(_bytes(path), str(path))
    return _sized(text, reader[path.suffix.lower()], str(path))


def unknown_ending(path: Path) -> FormatError:
    """What is raised for a file that is neither YAML nor JSON."""
    return FormatError(
        _("{ending} is no ending of a network file", ending=repr(path.suffix)[:60]),
        code="K404",
        where=str(path),
        fix=_(".yaml, .yml or .json"),
    )


def too_large(source: str) -> LimitError:
    """What is raised for a text or a file beyond the limit."""
    return LimitError(
        _("larger than {most} bytes", most=f"{MAX_NETWORK_FILE_BYTES:,}"),
        code="K602",
        where=source,
        fix=_("a network of fewer layers"),
    )


def _sized(text: Any, reader: Callable[[str, str], Tree], source: str) -> Tree:
    if not isinstance(text, str):
        what = _("{kind} where a text is needed", kind=type(text).__name__)
        raise malformed(
            what, source, 0, _("decode bytes first; for a file: Network.from_file(path)")
        )
    if len(text) > MAX_NETWORK_FILE_BYTES:
        raise too_large(source)
    return reader(text, source)


def _bytes(path: Path) -> bytes:
    if not path.is_file():
        raise FormatError(why_no_file(path), code="K404", where=str(path), fix=_("check the path"))
    try:
        with open(path, "rb") as file:
            content = file.read(MAX_NETWORK_FILE_BYTES + 1)
    except OSError as error:
        raise FormatError(
            _("cannot be read: {reason}", reason=error.strerror or error),
            code="K404",
            where=str(path),
            fix=_("a file that you may read"),
        ) from None
    if len(content) > MAX_NETWORK_FILE_BYTES:
        raise too_large(str(path))
    return content


def _text(content: bytes, source: str) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise malformed(_("no UTF-8"), source, line, _("save it as UTF-8")) from None
