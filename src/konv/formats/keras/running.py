"""What Keras itself makes of a file."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from konv.formats.exchange.target import Array, NoRunnerError
from konv.language import translate as _

__all__ = ["run_keras"]

_BACKENDS = ("jax", "torch", "tensorflow")
# Keras chooses its backend when it is imported, once for a process: so it gets one of its own.
_PROGRAM = """
import json, os, sys
import numpy as np
import keras
model = keras.saving.load_model(sys.argv[1], compile=False)
outputs = model.predict(np.load(sys.argv[2]), verbose=0, batch_size=32)
np.save(sys.argv[3], np.asarray(outputs, np.float32))
print(json.dumps([keras.__version__, keras.backend.backend()]))
"""


def run_keras(path: str | os.PathLike[str], inputs: Array) -> tuple[str, Array]:
    """What Keras makes of inputs, and its version.

    Raises:
        NoRunnerError: it is not installed, or does not load the file.
    """
    backend = _backend()
    with tempfile.TemporaryDirectory(prefix="konv-") as folder:
        given, made = Path(folder) / "inputs.npy", Path(folder) / "outputs.npy"
        np.save(given, np.ascontiguousarray(inputs, np.float32))
        done = subprocess.run(
            [sys.executable, "-P", "-c", _PROGRAM, path, given, made],
            capture_output=True,
            text=True,
            env={
                **os.environ,
                "KERAS_BACKEND": backend,
                "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
            },
            check=False,
        )
        if done.returncode:
            reason = done.stderr.strip().splitlines()[-1:] or [""]
            raise NoRunnerError(_("Keras does not load it: {reason}", reason=reason[0][:300]))
        version, used = json.loads(done.stdout.splitlines()[-1])
        return f"Keras {version} ({used})", np.load(made)


def _backend() -> str:
    """One of those that Keras can compute with here."""
    found = [name for name in _BACKENDS if find_spec(name)]
    if not found or not find_spec("keras"):
        raise NoRunnerError(
            _("Keras and one of its backends are not installed: pip install keras jax")
        )
    return found[0]
