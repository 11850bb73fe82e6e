"""What konv writes for PyTorch: source text with its weights, or the weights alone."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from konv.errors import FormatError
from konv.formats.contents import ModelContents
from konv.formats.exchange.apart import ApartError, run_apart
from konv.formats.exchange.packages import needed_package
from konv.formats.exchange.target import NoRunnerError, Target, Written
from konv.formats.json_text import read_json, write_json
from konv.formats.pytorch.code import program_code
from konv.formats.pytorch.lowering.lowering import program_of
from konv.formats.pytorch.program import Program
from konv.formats.tensor_file import read_tensors, tensor_bytes
from konv.language import marked
from konv.language import translate as _
from konv.network.description import from_config, to_config
from konv.network.weights import checked_weights

__all__ = ["StateDictTarget", "TorchCodeTarget"]

Array = np.ndarray[Any, np.dtype[np.float32]]
_NETWORK = "konv_network"  # in the metadata: which network the weights belong to
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

    def write(self, contents: ModelContents, stem: str) -> Written:
        program = program_of(contents.network)
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
        version = _version("torch", "safetensors")
        program = _read(weights)[0]
        return version, program.from_torch(_run(code, weights, program.to_torch(inputs)))


class StateDictTarget(Target):
    """The weights alone, as PyTorch names and lays them."""

    name: ClassVar[str] = "safetensors"
    ending: ClassVar[str] = ".safetensors"
    description: ClassVar[str] = marked(
        "the weights alone, a PyTorch state dict in .safetensors, for the module of torch-code"
    )

    def write(self, contents: ModelContents, stem: str) -> Written:
        program = program_of(contents.network)
        return Written({stem + self.ending: _state_dict_bytes(program, contents)}, program.notes)

    def run(self, paths: Mapping[str, Path], inputs: Array) -> tuple[str, Array]:
        (path,) = paths.values()
        version = _version("torch")
        from konv.formats.pytorch.network_module import run_state_dict

        program, arrays = _read(path)
        made = run_state_dict(program, arrays, program.to_torch(inputs))
        return version, program.from_torch(made)


def _run(code: Path, weights: Path, inputs: Array) -> Array:
    """What the written text makes of inputs, in another Python.

    Raises:
        FormatError: K413, it fails.
    """
    try:
        return run_apart(_RUNNER, [code, weights], inputs)[0]
    except ApartError as reason:
        raise FormatError(
            _("the written module cannot be run"),
            code="K413",
            where=str(code),
            details=[(_("reason"), str(reason))],
            fix=_("another version of PyTorch; the file is not what it should be"),
        ) from reason


def _state_dict_bytes(program: Program, contents: ModelContents) -> bytes:
    weights = checked_weights(program.network, contents.weights)
    # "pt" says that these are tensors of PyTorch, to programs that ask.
    metadata = {"format": "pt", _NETWORK: write_json(to_config(program.network))}
    return tensor_bytes(program.state_dict(weights), metadata)


def _read(path: Path) -> tuple[Program, dict[str, Array]]:
    """The program that a written state dict belongs to, and its tensors."""
    arrays, metadata = read_tensors(path)
    config = read_json(metadata[_NETWORK], where=str(path), part=_NETWORK)
    return program_of(from_config(config)), arrays


def _version(*packages: str) -> str:
    """Which PyTorch is here.

    Raises:
        NoRunnerError: a package is not.
    """
    if any(importlib.util.find_spec(name) is None for name in packages):
        raise NoRunnerError(_('PyTorch is needed to run it: pip install "konv[torch]"'))
    return f"PyTorch {needed_package('torch', 'PyTorch').__version__}"
