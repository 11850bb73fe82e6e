"""C files that konv writes, built by a real C compiler and run: many networks in one program."""

from __future__ import annotations

import math
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from konv.engines.reference.program import ReferenceEngine
from konv.formats.c.lowering import lowered
from konv.formats.c.writing import c_text
from konv.formats.contents import ModelContents

__all__ = ["COMPILERS", "Answer", "answers", "built", "needs_c", "outputs_in_float64", "text_of"]

COMPILERS = [name for name in ("gcc", "clang") if shutil.which(name)]
needs_c = pytest.mark.skipif(not COMPILERS, reason="there is no C compiler on this machine")

STRICT = ("-std=c99", "-Wall", "-Wextra", "-Werror", "-pedantic")
STRICTER = (*STRICT, "-Wconversion", "-Wshadow", "-Wdouble-promotion", "-Wmissing-prototypes")
_OWN = ("konv_predict", "konv_prepare", "konv_class_names")


@dataclass(frozen=True, eq=False)
class Answer:
    """What a network in C made of some pictures: [N], and [N, …]."""

    classes: np.ndarray
    outputs: np.ndarray


def text_of(contents: ModelContents) -> str:
    return c_text(contents, lowered(contents, "C"))


def built(
    folder: Path, files: Sequence[Path], *, flags: Sequence[str] = STRICTER, compiler: str = ""
) -> Path:
    """A program of C files; what the compiler has to say fails the test."""
    program = folder / "program"
    command = [compiler or COMPILERS[0], *flags, *map(str, files), "-o", str(program), "-lm"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr[:2000]
    return program


def answers(
    models: Sequence[tuple[ModelContents, np.ndarray]],
    folder: Path,
    *,
    flags: Sequence[str] = (),
    compiler: str = "",
) -> list[Answer]:
    """Build one program of all these networks, and give each its pictures."""
    files = []
    for number, (contents, _pictures) in enumerate(models):
        files.append(folder / f"network_{number}.c")
        text = text_of(contents)
        for name in _OWN:
            text = text.replace(name, f"{name}_{number}")
        files[-1].write_text(text, "utf-8")
    files.append(folder / "main.c")
    files[-1].write_text(_main(models), "utf-8")
    program = built(folder, files, flags=(*STRICTER, *flags), compiler=compiler)
    given = b"".join(np.ascontiguousarray(x, np.float32).tobytes() for _contents, x in models)
    done = subprocess.run([str(program)], input=given, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b""), done.stderr[:2000]
    return list(_taken_apart(models, done.stdout))


def _main(models: Sequence[tuple[ModelContents, np.ndarray]]) -> str:
    lines = ["#include <stdio.h>"]
    turns = []
    for number, (contents, pictures) in enumerate(models):
        network = contents.network
        sizes = math.prod(network.input_shape), math.prod(network.output_shape)
        lines.append(f"int konv_predict_{number}(const float *in_, float *out_);")
        # Of their very sizes, so that a sanitizer sees what is read or written beyond them.
        lines.append(f"static float in_{number}[{sizes[0]}], out_{number}[{sizes[1]}];")
        turns.append(
            f"for (int i = 0; i < {len(pictures)}; ++i) {{\n"
            f"  if (fread(in_{number}, sizeof in_{number}, 1, stdin) != 1) return 1;\n"
            f"  const int number = konv_predict_{number}(in_{number}, out_{number});\n"
            "  fwrite(&number, sizeof number, 1, stdout);\n"
            f"  fwrite(out_{number}, sizeof out_{number}, 1, stdout);\n"
            "}"
        )
    return "\n".join([*lines, "int main(void) {", *turns, "return 0;", "}", ""])


def _taken_apart(models, content):
    place = 0
    for contents, pictures in models:
        shape = contents.network.output_shape
        record = np.dtype([("number", np.int32), ("outputs", np.float32, shape)])
        rows = np.frombuffer(content, record, len(pictures), place)
        place += rows.nbytes
        yield Answer(rows["number"], rows["outputs"])
    assert place == len(content)


def outputs_in_float64(contents: ModelContents, pictures: np.ndarray) -> np.ndarray:
    """What the reference makes of the same, computed in float64."""
    program = ReferenceEngine(np.float64).compile(contents.network)
    weights = {name: np.float64(weight) for name, weight in contents.weights.items()}
    return program.forward(weights, np.float64(pictures))
