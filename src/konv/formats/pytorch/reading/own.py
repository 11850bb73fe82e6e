"""A module that konv made comes back as the network that it was made of. Needs PyTorch.

What PyTorch holds is not all that a network says: a convolution of channels first and one of
channels last are the same module. So ``to_torch`` leaves the network's description on the module.
It is believed only if a module that is built of it anew is the same one, but for the numbers in its
tensors; else the module counts, and is followed like any other.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from torch import nn

from konv.errors import KonvError
from konv.formats.json_text import read_json
from konv.formats.pytorch.lowering.lowering import program_of
from konv.formats.pytorch.matching import COUNTER
from konv.formats.pytorch.network_module import DESCRIPTION, build_empty
from konv.formats.pytorch.placement import Constant
from konv.formats.pytorch.program import Program
from konv.formats.pytorch.reading.reader import as_array
from konv.network.description import from_config

__all__ = ["own_program", "own_weights"]

Array = np.ndarray[Any, np.dtype[Any]]


def own_program(module: nn.Module, input_shape: tuple[int, ...]) -> Program | None:
    """The program that konv made a module of; None: it is not konv's, or no longer."""
    text = vars(module).get(DESCRIPTION)
    if not isinstance(text, str):
        return None
    try:
        program = program_of(from_config(read_json(text, where="from_torch", part=DESCRIPTION)))
    except KonvError:
        return None
    taken = tuple(program.network.input_shape[axis] for axis in program.input_axes)
    built = build_empty(program).eval()
    return program if taken == input_shape and _alike(module, built) else None


def own_weights(module: nn.Module, program: Program) -> dict[str, Array] | None:
    """konv's weights out of a module of konv's; None: it holds what the network has no place for.

    Args:
        module: of which :func:`own_program` gave the program, in float32.
        program: that.
    """
    held = {name: as_array(tensor) for name, tensor in module.state_dict().items()}
    weights: dict[str, Array] = {}
    for spec in program.modules.values():
        for tensor in spec.tensors:
            array = held[f"{spec.name}.{tensor.name}"]
            if isinstance(tensor, Constant):
                if tensor.name != COUNTER and (array != tensor.value).any():
                    return None
                continue
            weight = tensor.from_torch(array)
            # Layers of shared weights may be copies in PyTorch: they must still be equal.
            if not np.array_equal(
                weights.setdefault(tensor.weight, weight), weight, equal_nan=True
            ):
                return None
    return {name: weights[name] for name in program.network.weight_specs}


def _alike(module: nn.Module, built: nn.Module) -> bool:
    """Whether two modules are the same but for the numbers in their tensors."""
    ours, theirs = _parts(built), _parts(module)
    return ours.keys() == theirs.keys() and all(
        type(part) is type(theirs[name])
        and _same(_settings(part), _settings(theirs[name]))
        and _shapes(part) == _shapes(theirs[name])
        for name, part in ours.items()
    )


def _parts(module: nn.Module) -> dict[str, nn.Module]:
    return dict(module.named_modules(remove_duplicate=False))


def _settings(module: nn.Module) -> Mapping[str, Any]:
    """All that a module is, besides its tensors and what it is called upon: hooks count."""
    left_out = ("_parameters", "_buffers", "_modules", "training", DESCRIPTION)
    return {name: value for name, value in vars(module).items() if name not in left_out}


def _same(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> bool:
    # Kinds first: a tensor compares with anything, number by number.
    return ours.keys() == theirs.keys() and all(
        type(value) is type(theirs[name]) and value == theirs[name] for name, value in ours.items()
    )


def _shapes(module: nn.Module) -> list[tuple[str, tuple[int, ...]]]:
    own = (*module._parameters.items(), *module._buffers.items())
    return [(name, tuple(tensor.shape)) for name, tensor in own if tensor is not None]
