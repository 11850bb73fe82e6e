"""Networks in WebAssembly, run by Node.js."""

from __future__ import annotations

import math
import shutil
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from konv.formats.c.running import Run, finished, run_of, version_of
from konv.formats.exchange.target import NoRunnerError
from konv.formats.object_code.webassembly import with_exports
from konv.language import translate as _

__all__ = ["run_in_node"]

Array = np.ndarray[Any, np.dtype[np.float32]]

_SCRIPT = Path(__file__).with_name("node.js")


def run_in_node(path: Path, inputs: Array, shape: tuple[int, ...]) -> Run:
    """Give pictures to an object file.

    Args:
        path: the object file; it lacks no function.
        inputs: pictures [N, …], as the network takes them.
        shape: that of the output of one.

    Raises:
        NoRunnerError: there is no Node.js, or it fails.
    """
    command = shutil.which("node")
    if command is None:
        raise NoRunnerError(_("no Node.js is here, which runs WebAssembly"))
    sizes = (str(math.prod(inputs.shape[1:])), str(math.prod(shape)))
    with tempfile.TemporaryDirectory(prefix="konv-") as folder:
        module = Path(folder) / "network.wasm"
        module.write_bytes(with_exports(path.read_bytes()))
        given = np.ascontiguousarray(inputs, np.float32).tobytes()
        answer = finished([command, str(_SCRIPT), str(module), *sizes], given)
    return run_of(version_of(command, "Node.js"), answer, len(inputs), shape)
