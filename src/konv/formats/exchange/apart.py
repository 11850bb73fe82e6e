"""Python in a process of its own: arrays go in and come out as files.

What runs there may choose a backend, run out of memory or never end, and konv goes on.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

import numpy as np

from konv.formats.exchange.target import Array
from konv.formats.texts import printable

__all__ = ["ApartError", "run_apart"]

_MOST_SECONDS = 600
_REASON_CHARACTERS = 300


class ApartError(Exception):
    """The process failed; the message is the end of its complaint."""


def run_apart(
    program: str,
    words: Sequence[str | os.PathLike[str]],
    inputs: Array,
    *,
    environment: Mapping[str, str] = MappingProxyType({}),
) -> tuple[Array, str]:
    """What a program makes of an array, and what it prints.

    Args:
        program: Python; behind ``words`` it is given the ``.npy`` file of the inputs, and the name
            of the one that it is to write.
        words: its first arguments.
        inputs: float32.
        environment: what it is told beside what konv was told.

    Raises:
        ApartError: it fails, or does not end.

    Example:
        >>> twice = "import sys, numpy as n; n.save(sys.argv[2], 2 * n.load(sys.argv[1])); print(1)"
        >>> run_apart(twice, [], np.float32([1, 2]))
        (array([2., 4.], dtype=float32), '1\\n')
    """
    with tempfile.TemporaryDirectory(prefix="konv-") as folder:
        given, made = Path(folder, "inputs.npy"), Path(folder, "outputs.npy")
        np.save(given, np.ascontiguousarray(inputs, np.float32))
        try:
            done = subprocess.run(
                # -P: no module is taken from the folder that one stands in; -B: none is left there.
                [sys.executable, "-P", "-B", "-c", program, *words, given, made],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                encoding="utf-8",
                errors="replace",
                env={
                    **os.environ,
                    "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
                    **environment,
                },
                timeout=_MOST_SECONDS,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise ApartError(str(error)) from error
        if done.returncode:
            lines = done.stderr.strip().splitlines() or [str(done.returncode)]
            raise ApartError(printable(lines[-1])[:_REASON_CHARACTERS])
        return np.load(made), done.stdout
