"""``--to c``: one file of C99 with everything in it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from konv.formats.c.checking import check_extent, check_names
from konv.formats.c.lowering import lowered
from konv.formats.c.running import output_shape, run_program
from konv.formats.c.writing import c_text
from konv.formats.contents import ModelContents
from konv.formats.exchange.target import Target, Written
from konv.language import marked

__all__ = ["CTarget"]


class CTarget(Target):
    """One file of C99 that needs no library but math.h.

    It has ``int konv_predict(const float *in, float *out)``, allocates nothing, and says how much
    memory it needs. Equal models give equal bytes.
    """

    name: ClassVar[str] = "c"
    ending: ClassVar[str] = ".c"
    description: ClassVar[str] = marked("one file of C99, for microcontrollers and programs in C")

    def write(self, contents: ModelContents, stem: str) -> Written:
        """The file.

        Raises:
            FormatError: K411, a layer, a name or a weight that C cannot say.
            LimitError: K602, more weights than compilers take.
        """
        check_extent(contents)
        check_names(contents, "C")
        text = c_text(contents, lowered(contents, "C"))
        return Written({f"{stem}{self.ending}": text.encode("utf-8")})

    def run(
        self, paths: Mapping[str, Path], inputs: np.ndarray[Any, np.dtype[np.float32]]
    ) -> tuple[str, np.ndarray[Any, np.dtype[np.float32]]]:
        """What a C compiler makes of the file.

        Raises:
            NoRunnerError: there is no C compiler here, or it does not take the file.
        """
        [path] = paths.values()
        done = run_program([path], inputs, output_shape(path))
        return done.program, done.outputs
