"""What konv writes for PyTorch: source text with its weights, or the weights alone."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from konv.formats.contents import ModelContents
from konv.formats.exchange.packages import needed_package
from konv.formats.exchange.target import NoRunnerError, Target, Written
from konv.formats.pytorch.code import program_code
from konv.formats.pytorch.lowering import program_of
from konv.formats.pytorch.program import Program
from konv.formats.tensor_file import read_tensors, tensor_bytes
from konv.language import marked
from konv.language import translate as _
from konv.network.weights import checked_weights

__all__ = ["StateDictTarget", "TorchCodeTarget"]

Array = np.ndarray[Any, np.dtype[np.float32]]
# What PyTorch's programs look for to know whose tensors these are.
_METADATA = {"format": "pt"}
_MOST_SECONDS = 600
# Run by another Python, which knows the written files and nothing of konv.
_RUNNER = """\
import runpy, sys
import numpy, torch
code, weights, inputs, outputs = sys.argv[1:]
network = runpy.run_path(code)["load"](weights)
with torch.no_grad():
    made = network(torch.from_numpy(numpy.load(inputs)))
numpy.save(outputs, made.numpy())
"""


class TorchCodeTarget(Target):
    """Source of a module, and its state dict beside it."""

    name: ClassVar[str] = "torch-code"
    ending: ClassVar[str] = "_torch.py"
    description: ClassVar[str] = marked(
        "Python source of a PyTorch module, with its weights beside it in .safetensors"
    )

    def __init__(self) -> None:
        self._program: Program | None = None

    def write(self, contents: ModelContents, stem: str) -> Written:
        program = self._program = program_of(contents.network)
        text = program_code(
            program, class_names=contents.class_names, preprocessing=contents.preprocessing
        )
        files = {
            stem + self.ending: text.encode(),
            stem + "_torch.safetensors": _state_dict_bytes(program, contents),
        }
        return Written(files, program.notes)

    def run(self, paths: Mapping[str, Path], inputs: Array) -> tuple[str, Array]:
        code, weights = paths.values()
        program = _known(self._program)
        version = _version()
        if importlib.util.find_spec("safetensors") is None:
            raise NoRunnerError(_needed())
        with tempfile.TemporaryDirectory() as folder:
            given, made = Path(folder, "inputs.npy"), Path(folder, "outputs.npy")
            np.save(given, program.to_torch(inputs))
            command = [sys.executable, "-B", "-c", _RUNNER, code, weights, given, made]
            subprocess.run(
                [str(part) for part in command],
                check=True,
                timeout=_MOST_SECONDS,
                capture_output=True,
            )
            return version, program.from_torch(np.load(made))


class StateDictTarget(Target):
    """The weights alone, as PyTorch names and lays them."""

    name: ClassVar[str] = "safetensors"
    ending: ClassVar[str] = ".safetensors"
    description: ClassVar[str] = marked(
        "the weights alone, a PyTorch state dict in .safetensors, for the module of torch-code"
    )

    def __init__(self) -> None:
        self._program: Program | None = None

    def write(self, contents: ModelContents, stem: str) -> Written:
        program = self._program = program_of(contents.network)
        return Written({stem + self.ending: _state_dict_bytes(program, contents)}, program.notes)

    def run(self, paths: Mapping[str, Path], inputs: Array) -> tuple[str, Array]:
        (path,) = paths.values()
        program = _known(self._program)
        version = _version()
        torch = needed_package("torch", "PyTorch")
        from konv.formats.pytorch.network_module import build_empty

        network = build_empty(program)
        arrays = read_tensors(path)[0]
        network.load_state_dict({name: torch.from_numpy(a) for name, a in arrays.items()})
        with torch.no_grad():
            made = network.eval()(torch.from_numpy(program.to_torch(inputs)))
        return version, program.from_torch(made.numpy())


def _state_dict_bytes(program: Program, contents: ModelContents) -> bytes:
    weights = checked_weights(program.network, contents.weights)
    return tensor_bytes(program.state_dict(weights), _METADATA)


def _known(program: Program | None) -> Program:
    if program is None:
        raise NoRunnerError(_("these files were not written by this target"))
    return program


def _version() -> str:
    if importlib.util.find_spec("torch") is None:
        raise NoRunnerError(_needed())
    return f"PyTorch {needed_package('torch', 'PyTorch').__version__}"


def _needed() -> str:
    return _('PyTorch is needed to run it: pip install "konv[torch]"')
