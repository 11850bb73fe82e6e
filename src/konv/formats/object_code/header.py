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
        f"The object file has {object_bytes:,} bytes.",
        *_linking(missing, platform),
    ]
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


def _linking(missing: Sequence[str], platform: Platform) -> list[str]:
    """What a linker must add, or do."""
    lines = ["It needs no library, not even that of C."]
    if missing:
        lines = [f"It needs {', '.join(missing)}:", "what every C compiler brings (libgcc)."]
    if platform.container == "wasm":
        command = "wasm-ld --no-entry --export=konv_predict --export=konv_prepare"
        lines.append(f"{command} makes a module of it.")
    return lines
