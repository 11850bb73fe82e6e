"""A network as the source text of a PyTorch module.

Texts of the network (its name, those of its layers and classes) come into the source as
identifiers that :mod:`konv.formats.pytorch.names` has made, or as literals that ``repr`` has made:
none of them can become anything else.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

from konv.data.preprocessing import Preprocessing
from konv.formats.contents import Label
from konv.formats.pytorch.lowering.lowering import program_of
from konv.formats.pytorch.names import class_name
from konv.formats.pytorch.program import ModuleSpec, Program, Step
from konv.layers.base import shape_text
from konv.network.graph import Network
from konv.version import __version__

__all__ = ["program_code", "torch_code"]

_AVERAGE_POOL = '''\
def average_pool(x, pool, strides, sides):
    """The mean of every window; the zeros around the map are not counted."""

    def total(maps):
        return F.avg_pool2d(F.pad(maps, sides), pool, strides, divisor_override=1)

    return total(x) / total(torch.ones_like(x[:1, :1]))
'''
_RECTIFIER = '''\
def rectifier(x, max_value, negative_slope, threshold):
    """min(x, max_value) above the threshold, negative_slope · (x − threshold) below."""
    above = x if max_value is None else x.clamp(max=max_value)
    below = negative_slope * (x - threshold) if negative_slope else torch.zeros_like(x)
    return torch.where(x <= threshold, below, above)
'''
_HELPERS = {"average_pool": _AVERAGE_POOL, "rectifier": _RECTIFIER}


def torch_code(network: Network) -> str:
    """Python source of an ``nn.Module`` that computes what the network computes.

    The text ends with ``load``, which reads the weights from a ``.safetensors`` file beside it.

    Example:
        >>> from konv.layers import Conv2D, Input, ReLU
        >>> from konv.network.graph import sequential
        >>> text = torch_code(sequential([Input((8, 8, 1)), Conv2D(4, 3), ReLU()], name="edges"))
        >>> print(text[text.index("class") : text.index("def load")].strip())
        class Edges(nn.Module):
            \"\"\"(N, 1, 8, 8) -> (N, 4, 6, 6), in float32.\"\"\"
        <BLANKLINE>
            def __init__(self):
                super().__init__()
                self.conv2d_1 = nn.Conv2d(1, 4, 3)
                self.relu_1 = nn.ReLU()
        <BLANKLINE>
            def forward(self, x):
                x = self.conv2d_1(x)
                x = self.relu_1(x)
                return x
    """
    return program_code(program_of(network))


def program_code(
    program: Program,
    *,
    class_names: Sequence[Label] = (),
    preprocessing: Preprocessing | None = None,
) -> str:
    """The same of a program, with the names of its classes and what makes its input of pixels."""
    functions = {step.function for step in program.steps}
    parts = [
        _head(program.network.name, functional="average_pool" in functions),
        *([f"CLASSES = {tuple(class_names)!r}\n"] if class_names else []),
        *(text for name, text in _HELPERS.items() if name in functions),
        *([_prepare(program, preprocessing)] if preprocessing is not None else []),
        _class(program),
        _load(class_name(program.network.name)),
    ]
    return "\n\n".join(parts)


def _head(name: str, functional: bool) -> str:
    imports = ["import torch", "from torch import nn"]
    if functional:
        imports.insert(1, "import torch.nn.functional as F")
    return "\n".join(
        [
            f'"""A network in PyTorch, written by konv {__version__}."""',
            "",
            "from pathlib import Path",
            "",
            *imports,
            "",
            f"NAME = {name!r}",
            "",
        ]
    )


def _prepare(program: Program, preprocessing: Preprocessing) -> str:
    """The function that makes the network's input of pixels."""
    lines = [
        "def prepare(pixels):",
        f'    """What the network takes, of uint8 pixels (N, {preprocessing.height}, '
        f'{preprocessing.width}, {preprocessing.channels})."""',
        "    x = pixels / 255",
    ]
    if preprocessing.mean is not None:
        lines.append(f"    x = x - torch.tensor({preprocessing.mean!r})")
    if preprocessing.std is not None:
        lines.append(f"    x = x / torch.tensor({preprocessing.std!r})")
    picture = "x.permute(0, 3, 1, 2)" if len(program.input_axes) == 3 else "x.flatten(1)"
    return "\n".join([*lines, f"    return {picture}", ""])


def _class(program: Program) -> str:
    network = program.network
    ends = [
        shape_text(tuple(shape[axis] for axis in axes)).replace("(", "(N, ").replace(",)", ")")
        for shape, axes in (
            (network.input_shape, program.input_axes),
            (network.output_shape, program.output_axes),
        )
    ]
    return "\n".join(
        [
            f"class {class_name(network.name)}(nn.Module):",
            f'    """{ends[0]} -> {ends[1]}, in float32."""',
            "",
            "    def __init__(self):",
            "        super().__init__()",
            *(f"        {line}" for line in _made(program)),
            "",
            "    def forward(self, x):",
            *(f"        {line}" for line in _lines(program)),
            "",
        ]
    )


def _made(program: Program) -> Iterator[str]:
    for name, spec in program.modules.items():
        yield f"self.{name} = nn.{spec.kind}({_arguments(spec)})"
        if spec.tied_to:
            for tensor in spec.tensors:
                yield f"self.{name}.{tensor.name} = self.{spec.tied_to}.{tensor.name}"


def _arguments(spec: ModuleSpec) -> str:
    positional = [_literal(value) for value in spec.arguments]
    return ", ".join([*positional, *(f"{k}={_literal(v)}" for k, v in spec.options.items())])


def _literal(value: Any) -> str:
    return f'float("{value}")' if isinstance(value, float) and math.isinf(value) else repr(value)


def _lines(program: Program) -> Iterator[str]:
    """The lines of ``forward``: what only the next line needs is called x."""
    called = _variables(program)
    if called[program.input] != "x":
        yield f"{called[program.input]} = x"
    for step in program.steps:
        yield f"{called[step.value]} = {_expression(step, [called[name] for name in step.inputs])}"
    yield f"return {called[program.output]}"


def _variables(program: Program) -> dict[str, str]:
    uses: dict[str, set[int]] = {}
    for index, step in enumerate(program.steps):
        for name in step.inputs:
            uses.setdefault(name, set()).add(index)
    uses.setdefault(program.output, set()).add(len(program.steps))
    made = [program.input, *(step.value for step in program.steps)]
    return {
        name: "x" if uses.get(name, set()) <= {index} else name for index, name in enumerate(made)
    }


def _expression(step: Step, inputs: list[str]) -> str:
    arguments = ", ".join(_literal(value) for value in step.arguments)
    if step.module:
        return f"self.{step.module}({', '.join(inputs)})"
    if step.function == "permute":
        return f"{inputs[0]}.permute({arguments})"
    if step.function == "negate":
        return f"-{inputs[0]}"
    if step.function == "add":
        return " + ".join(inputs)
    if step.function == "cat":
        return f"torch.cat(({', '.join(inputs)}), dim={arguments})"
    return f"{step.function}({inputs[0]}, {arguments})"


def _load(name: str) -> str:
    return f'''\
def load(path=Path(__file__).with_suffix(".safetensors")):
    """The network with its weights, ready to predict; .train() makes it ready to train."""
    from safetensors.torch import load_file  # pip install safetensors

    network = {name}()
    network.load_state_dict(load_file(path))
    return network.eval()
'''
