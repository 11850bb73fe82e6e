"""Networks in C or in machine code, run as a program of their own by way of a C compiler.

It is another process, so whatever it does to its memory, it does not do to konv's.
"""

from __future__ import annotations

import math
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from konv.formats.exchange.target import NoRunnerError
from konv.language import translate as _

__all__ = ["Run", "compiler", "finished", "output_shape", "run_of", "run_program", "version_of"]

Array = np.ndarray[Any, np.dtype[np.float32]]

_COMPILERS = ("cc", "gcc", "clang")
_MAIN = Path(__file__).with_name("main.c")
_FLAGS = ("-std=c99", "-O2")
_MOST_SECONDS = 600
_SHAPE = re.compile(r"#define KONV_OUTPUT_SHAPE \{([0-9, ]+)\}$")


@dataclass(frozen=True, eq=False)
class Run:
    """What a program made of some pictures.

    Args:
        program: what it was built with, or what ran it, with its version.
        classes: what konv_predict returned [N].
        outputs: [N, …].
    """

    program: str
    classes: np.ndarray[Any, np.dtype[np.int32]]
    outputs: Array


def compiler() -> str:
    """The path of a C compiler.

    Raises:
        NoRunnerError: there is none.
    """
    for name in _COMPILERS:
        found = shutil.which(name)
        if found:
            return found
    raise NoRunnerError(_("no C compiler is here: {names}", names=", ".join(_COMPILERS)))


def output_shape(path: Path) -> tuple[int, ...]:
    """The shape of the output, as a file that konv has written says it."""
    with path.open(encoding="utf-8") as file:
        found = (_SHAPE.match(line) for line in file)
        numbers = next(match[1] for match in found if match)
    return tuple(map(int, numbers.split(", ")))


def run_program(
    sources: Sequence[Path],
    inputs: Array,
    shape: tuple[int, ...],
    *,
    flags: Sequence[str] = _FLAGS,
    command: str = "",
) -> Run:
    """Build a program of C files or object files, and give it pictures.

    Args:
        sources: the files that have ``konv_predict``.
        inputs: pictures [N, …], as the network takes them.
        shape: that of the output of one.
        flags: those of the compiler.
        command: the compiler; "": one that is there.

    Raises:
        NoRunnerError: there is no compiler, or it does not take the files, or what it makes of them
            fails.
    """
    command = command or compiler()
    size = math.prod(inputs.shape[1:])
    with tempfile.TemporaryDirectory(prefix="konv-") as folder:
        program = Path(folder) / "program"
        sizes = (f"-DIN_SIZE={size}", f"-DOUT_SIZE={math.prod(shape)}")
        files = (str(path.resolve()) for path in (*sources, _MAIN))
        finished([command, *flags, *sizes, *files, "-o", str(program), "-lm"], temporary=folder)
        given = np.ascontiguousarray(inputs, np.float32).tobytes()
        answer = finished([str(program)], given)
    return run_of(version_of(command), answer, len(inputs), shape)


def run_of(program: str, answer: bytes, count: int, shape: tuple[int, ...]) -> Run:
    """What a program has written: for each picture the class as int32, the outputs as float32.

    Raises:
        NoRunnerError: it has not written all.
    """
    record = np.dtype([("number", np.int32), ("outputs", np.float32, shape)])
    rows = np.frombuffer(answer[: len(answer) // record.itemsize * record.itemsize], record)
    if len(rows) != count:
        raise NoRunnerError(
            _("the program stopped at picture {number} of {all}", number=len(rows), all=count)
        )
    return Run(program, rows["number"].copy(), rows["outputs"].copy())


def finished(command: Sequence[str], given: bytes = b"", *, temporary: str = "") -> bytes:
    """What a command writes.

    Args:
        command: the program and its arguments.
        given: what it reads.
        temporary: the folder for its temporary files, which it leaves behind if it is stopped; "":
            the usual one.

    Raises:
        NoRunnerError: it fails, with the first line of its complaint.
    """
    try:
        done = subprocess.run(
            command,
            input=given,
            capture_output=True,
            check=True,
            timeout=_MOST_SECONDS,
            env={**os.environ, "TMPDIR": temporary} if temporary else None,
        )
    except subprocess.CalledProcessError as error:
        lines = error.stderr.decode("utf-8", "replace").strip().splitlines()
        reason = lines[0] if lines else _("exit code {code}", code=error.returncode)
    except (OSError, subprocess.TimeoutExpired) as error:
        reason = str(error)
    else:
        return done.stdout
    raise NoRunnerError(
        _("{program} fails: {reason}", program=Path(command[0]).name, reason=reason)
    )


def version_of(command: str, name: str = "") -> str:
    """The name of a program and its version, as it says it itself in its first line."""
    line = finished([command, "--version"]).decode("utf-8", "replace").partition("\n")[0]
    return f"{name} {line}".strip()
