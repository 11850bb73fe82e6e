"""What Keras itself makes of a file."""

from __future__ import annotations

import json
import os
from importlib.util import find_spec

from konv.formats.exchange.apart import ApartError, run_apart
from konv.formats.exchange.target import Array, NoRunnerError
from konv.language import translate as _

__all__ = ["run_keras"]

_BACKENDS = ("jax", "torch", "tensorflow")
# Keras chooses its backend when it is imported, once for a process: so it gets one of its own.
_PROGRAM = """
import json, sys
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
    try:
        outputs, printed = run_apart(
            _PROGRAM, [path], inputs, environment={"KERAS_BACKEND": backend}
        )
    except ApartError as reason:
        raise NoRunnerError(_("Keras does not load it: {reason}", reason=reason)) from None
    version, used = json.loads(printed.splitlines()[-1])
    return f"Keras {version} ({used})", outputs


def _backend() -> str:
    """One of those that Keras can compute with here."""
    found = [name for name in _BACKENDS if find_spec(name)]
    if not found or not find_spec("keras"):
        raise NoRunnerError(
            _("Keras and one of its backends are not installed: pip install keras jax")
        )
    return found[0]
