"""Networks as modules of PyTorch. The one file that is written in PyTorch: imported when needed."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
import torch.fx
from torch import Tensor, nn
from torch.nn import functional

from konv.formats.json_text import write_json
from konv.formats.pytorch.program import ModuleSpec, Program, Step
from konv.network.description import to_config

Array = np.ndarray[Any, np.dtype[Any]]

__all__ = ["DESCRIPTION", "NetworkModule", "build_empty", "build_module", "run_state_dict"]

# The attribute of a module that holds the network it was made of, as JSON.
DESCRIPTION = "konv_network"


class NetworkModule(nn.Module):
    """A network whose layers branch, or that needs more than PyTorch's own modules.

    Its submodules are called as konv's layers; ``forward`` walks through the steps.
    """

    def __init__(
        self,
        modules: Mapping[str, nn.Module],
        program: Program,
    ) -> None:
        super().__init__()
        for name, module in modules.items():
            self.add_module(name, module)
        self._input, self._output = program.input, program.output
        self._program_steps = program.steps
        last = program.last_uses()
        self._done_with = tuple(
            tuple(name for name in dict.fromkeys(step.inputs) if last[name] == index)
            for index, step in enumerate(program.steps)
        )

    def forward(self, x: Tensor) -> Tensor:
        """What the network makes of a batch: maps are (N, channels, height, width)."""
        values = {self._input: x}
        for step, done_with in zip(self._program_steps, self._done_with, strict=True):
            values[step.value] = self._computed(step, [values[name] for name in step.inputs])
            for name in done_with:
                if name != self._output:
                    del values[name]
        return values[self._output]

    def _computed(self, step: Step, inputs: list[Tensor]) -> Tensor:
        if step.module:
            made: Tensor = self.get_submodule(step.module)(*inputs)
            return made
        return _FUNCTIONS[step.function](inputs, *step.arguments)


def build_module(program: Program, weights: Mapping[str, Array]) -> nn.Module:
    """The module, with these weights, in eval mode.

    An ``nn.Sequential`` of PyTorch's own modules where the program is a row of them; else a
    :class:`NetworkModule`. Its attribute ``konv_network`` says which network it is.

    Raises:
        FormatError: K409, the network holds a layer that no file can name.
    """
    module = _loaded(program, program.state_dict(weights))
    setattr(module, DESCRIPTION, write_json(to_config(program.network)))
    return module


def run_state_dict(program: Program, arrays: Mapping[str, Array], inputs: Array) -> Array:
    """What the module with these tensors makes of a batch, in PyTorch's layouts."""
    with torch.no_grad():
        made: Array = _loaded(program, arrays)(torch.from_numpy(inputs)).numpy()
    return made


def _loaded(program: Program, arrays: Mapping[str, Array]) -> nn.Module:
    network = build_empty(program)
    network.load_state_dict({name: _tensor(array) for name, array in arrays.items()})
    return network.eval()


def build_empty(program: Program) -> nn.Module:
    """The same with the first weights that PyTorch gives."""
    # Modules draw them; nobody else's random numbers change by that.
    with torch.random.fork_rng(devices=[]):
        modules = OrderedDict((name, _built(spec)) for name, spec in program.modules.items())
    _tie(modules, program.modules)
    return nn.Sequential(modules) if program.is_row else NetworkModule(modules, program)


def _built(spec: ModuleSpec) -> nn.Module:
    module: nn.Module = getattr(nn, spec.kind)(*spec.arguments, **spec.options)
    return module


def _tie(modules: Mapping[str, nn.Module], specs: Mapping[str, ModuleSpec]) -> None:
    """Let modules of shared weights hold the same tensors."""
    for name, spec in specs.items():
        if spec.tied_to:
            for tensor in spec.tensors:
                setattr(modules[name], tensor.name, getattr(modules[spec.tied_to], tensor.name))


def _tensor(array: Array) -> Tensor:
    # from_numpy takes no scalars, and shares memory; the copy is the module's.
    return torch.from_numpy(np.array(array)) if array.ndim else torch.tensor(array.item())


def _average_pool(
    inputs: list[Tensor], pool: Any, strides: Any, sides: tuple[int, int, int, int]
) -> Tensor:
    """The mean of every window; the zeros around the map are not counted."""

    def total(maps: Tensor) -> Tensor:
        padded = functional.pad(maps, sides)
        return functional.avg_pool2d(padded, pool, strides, divisor_override=1)

    (x,) = inputs
    return total(x) / total(torch.ones_like(x[:1, :1]))


def _rectifier(
    inputs: list[Tensor], max_value: float | None, negative_slope: float, threshold: float
) -> Tensor:
    """min(x, max_value) above the threshold, negative_slope · (x − threshold) below."""
    (x,) = inputs
    above = x if max_value is None else x.clamp(max=max_value)
    # Not 0 · (x − threshold): that is not a number at −∞.
    below = negative_slope * (x - threshold) if negative_slope else torch.zeros_like(x)
    return torch.where(x <= threshold, below, above)


def _add(inputs: list[Tensor]) -> Tensor:
    total = inputs[0]
    for x in inputs[1:]:
        total = total + x
    return total


# Whoever traces a network sees these as one operation each.
for _name in ("_add", "_average_pool", "_rectifier"):
    torch.fx.wrap(_name)

# By a name that is looked up when it is called, which is how a tracer finds it.
_FUNCTIONS: dict[str, Any] = {
    "permute": lambda inputs, *axes: inputs[0].permute(axes),
    "negate": lambda inputs: -inputs[0],
    "add": lambda inputs: _add(inputs),
    "cat": lambda inputs, dim: torch.cat(inputs, dim=dim),
    "average_pool": lambda inputs, *arguments: _average_pool(inputs, *arguments),
    "rectifier": lambda inputs, *arguments: _rectifier(inputs, *arguments),
}
