"""The header of an object file: what C must know of it, and what a person must."""

from __future__ import annotations

from collections.abc import Sequence

from konv.formats.c.inference import Inference
from konv.formats.c.names import identifiers, quoted
from konv.formats.c.writing import facts, interface_text
from konv.formats.contents import ModelContents
from konv.formats.object_code.platforms import Platform
from konv.version import __version__

__all__ = ["header_text"]

_MORE = {
    "wasm": "wasm-ld --no-entry --export=konv_predict --export=konv_prepare makes a module of it.",
    "elf32": "These compute floats in software; every C compiler for this processor brings them (libgcc).",
}


def header_text(
    contents: ModelContents,
    inference: Inference,
    stem: str,
    platform: Platform,
    *,
    object_bytes: int,
    missing: Sequence[str],
) -> str:
    """The whole file.

    Args:
        contents, inference: the model, and what it does to a picture.
        stem: the name of the files without their endings.
        platform: what the object file is for.
        object_bytes: its size.
        missing: what is to be linked to it.
    """
    lines = [
        f"{quoted(contents.network.name)}: a network as machine code for {platform.triple},",
        f"written by konv {__version__}.",
        "",
        *facts(contents, inference),
        "",
        f"The object file has {object_bytes:,} bytes. {_linking(missing)}",
    ]
    if platform.container in _MORE:
        lines.append(_MORE[platform.container])
    guard = f"KONV_{identifiers([stem])[stem].upper()}_H"
    return "\n".join(
        [
            "/*",
            *(f" * {line}".rstrip() for line in lines),
            " */",
            f"#ifndef {guard}",
            f"#define {guard}",
            "",
            interface_text(contents, inference),
            "#ifdef __cplusplus\n}\n#endif\n",
            "#endif\n",
        ]
    )


def _linking(missing: Sequence[str]) -> str:
    if not missing:
        return "It needs no library, not even that of C."
    return "It needs " + ", ".join(missing) + "."
