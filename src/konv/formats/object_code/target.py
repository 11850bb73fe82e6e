"""``--to object --target …``: machine code for another processor, with a header for C."""

from __future__ import annotations

import platform as system
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from konv.constraints import Choice
from konv.formats.c.checking import check_extent, check_names
from konv.formats.c.lowering import lowered
from konv.formats.c.running import output_shape, run_program
from konv.formats.c.writing import code_text, names_of
from konv.formats.contents import ModelContents
from konv.formats.exchange.target import NoRunnerError, Target, Written
from konv.formats.object_code.header import header_text
from konv.formats.object_code.node import run_in_node
from konv.formats.object_code.platforms import PLATFORMS
from konv.formats.object_code.symbols import missing_symbols
from konv.language import marked
from konv.language import translate as _
from konv.parameters import check_value

__all__ = ["OBJECT_TARGET", "ObjectTarget"]

OBJECT_TARGET = Choice(tuple(PLATFORMS))
# What runs here without further ado, by what Python calls this processor.
_OF_MACHINE = {"x86_64": "x86_64", "amd64": "x86_64", "aarch64": "aarch64-linux-gnu"}


class ObjectTarget(Target):
    """An object file and its header.

    The code allocates nothing, starts no threads, and has the same interface as the file of
    :class:`~konv.formats.c.target.CTarget`, of whose functions it is made.

    Args:
        target: one of the names of ``PLATFORMS``.

    Raises:
        ParameterError: K201, there is no such target.
    """

    name: ClassVar[str] = "object"
    ending: ClassVar[str] = ".o"
    description: ClassVar[str] = marked("machine code for another processor, with a header for C")

    def __init__(self, target: str = "x86_64") -> None:
        self.target = check_value("target", target, OBJECT_TARGET, where="ObjectTarget")
        self.platform = PLATFORMS[self.target]

    def write(self, contents: ModelContents, stem: str) -> Written:
        """The object file, and the header.

        Raises:
            FormatError: K411, a layer, a name or a weight that cannot be compiled.
            LimitError: K602, K605: more weights or memory than fits.
        """
        from konv.formats.object_code.compilation import object_file

        check_extent(contents)
        check_names(contents, "C")
        inference = lowered(contents, "C")
        names = names_of(inference)
        code = object_file(
            code_text(contents, inference),
            [(names[constant.name], constant.values) for constant in inference.constants],
            [str(name) for name in contents.class_names],
            self.platform,
        )
        header = header_text(
            contents,
            inference,
            stem,
            self.platform,
            object_bytes=len(code),
            missing=missing_symbols(code),
        )
        return Written({f"{stem}{self.ending}": code, f"{stem}.h": header.encode("utf-8")})

    def run(
        self, paths: Mapping[str, Path], inputs: np.ndarray[Any, np.dtype[np.float32]]
    ) -> tuple[str, np.ndarray[Any, np.dtype[np.float32]]]:
        """What a program makes of the pictures that a C compiler has linked the file into.

        WebAssembly runs in Node.js.

        Raises:
            NoRunnerError: the file is for another processor, or there is no C compiler, or no
                Node.js here.
        """
        by_ending = {Path(name).suffix: path for name, path in paths.items()}
        code, header = by_ending[self.ending], by_ending[".h"]
        if self.platform.container == "wasm":
            done = run_in_node(code, inputs, output_shape(header))
        elif _OF_MACHINE.get(system.machine().lower()) == self.target and sys.platform == "linux":
            done = run_program([code], inputs, output_shape(header))
        else:
            machine = _(self.platform.description)
            raise NoRunnerError(_("this machine is another: it is for {machine}", machine=machine))
        return done.program, done.outputs
