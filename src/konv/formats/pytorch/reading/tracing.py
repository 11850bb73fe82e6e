"""The operations of a module as its ``forward`` calls them. Imported where PyTorch is there."""

from __future__ import annotations

import copy
import operator
from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
import torch
from torch import fx, nn

from konv.errors import FormatError, KonvError
from konv.formats.pytorch import network_module
from konv.formats.pytorch.reading.reader import OPERATIONS, reason_of
from konv.language import translate as _

Array = np.ndarray[Any, np.dtype[Any]]

__all__ = ["in_eval_mode", "kind_of", "known_functions", "run", "trace"]


def in_eval_mode(module: nn.Module) -> nn.Module:
    """A copy on the processor, in float32, as it predicts; the module stays what it is.

    A layer alone becomes a row of one.

    Raises:
        FormatError: K410, it cannot be copied.
    """
    try:
        copied = copy.deepcopy(module).cpu().float().eval()
    # Modules may have any code of their own for it.
    except Exception as error:
        raise _refused(_("it cannot be copied"), error, _("give a module that can be")) from error
    return nn.Sequential(copied) if kind_of(copied) else copied


class Walker(Protocol):
    """Who is told what ``forward`` does."""

    def take(self, node: Any) -> None:
        """One operation more."""

    def sizes(self, node: Any) -> tuple[int, ...]:
        """The sizes of what an operation makes, without the batch; none if nobody knows."""

    def stopped(self, reason: str) -> None:
        """``forward`` cannot be followed any further."""


def trace(module: nn.Module, walker: Walker) -> None:
    """Follow ``forward``, operation by operation.

    It may ask for sizes, and decide by them; only the number of pictures it cannot know.

    Raises:
        KonvError: what the walker raises.
    """
    try:
        _Tracer(walker).trace(module)
    except KonvError:
        raise
    # It is somebody else's code that runs here, with proxies instead of numbers.
    except Exception as error:
        walker.stopped(reason_of(error))


def run(module: nn.Module, pictures: Array) -> Array:
    """What a module makes of a batch.

    Raises:
        FormatError: K410, it cannot be run.
    """
    try:
        with torch.no_grad():
            # A new array, in plain order: ``view`` takes no other. For ascontiguousarray a single
            # channel is in order wherever it lies, but PyTorch lays its maps in the order it finds.
            given = torch.from_numpy(np.array(pictures, np.float32, order="C"))
            made: Array = module(given).numpy()
    # Its own code may raise anything.
    except Exception as error:
        fix = _("a module that predicts pictures of this input_shape")
        raise _refused(_("the module itself cannot be run"), error, fix) from error
    return made


class _Tracer(fx.Tracer):
    """Modules of ``torch.nn`` are operations, all others are looked into."""

    def __init__(self, walker: Walker) -> None:
        super().__init__()
        self.walker = walker

    def create_node(self, *arguments: Any, **options: Any) -> fx.Node:
        node = super().create_node(*arguments, **options)
        self.walker.take(node)
        return node

    def proxy(self, node: fx.Node) -> fx.Proxy:
        return _Sized(node, self)

    def is_leaf_module(self, m: nn.Module, module_qualified_name: str) -> bool:
        return bool(kind_of(m)) or super().is_leaf_module(m, module_qualified_name)


class _Sized(fx.Proxy):
    """What stands for a tensor while ``forward`` is followed: it knows its sizes."""

    @property
    def shape(self) -> Any:
        return self.size()

    @property
    def ndim(self) -> Any:
        return self.dim()

    def size(self, dim: int | None = None) -> Any:
        sizes = self.tracer.walker.sizes(self.node)
        if not sizes:
            return self.tracer.create_proxy("call_method", "size", (self,), {})
        pictures = self.tracer.create_proxy("call_method", "size", (self, 0), {})
        return (pictures, *sizes) if dim is None else (pictures, *sizes)[dim]

    def dim(self) -> Any:
        return len(self.size())


def kind_of(module: nn.Module) -> str:
    """The name of its class, if that is one of ``torch.nn`` that is no mere container."""
    name = type(module).__name__
    containers = (nn.Sequential, nn.ModuleList, nn.ModuleDict, nn.Module)
    own = getattr(nn, name, None) is type(module) and type(module) not in containers
    return name if own else ""


def known_functions() -> dict[Callable[..., Any], str]:
    """Functions of PyTorch and of Python -> the name of the operation."""
    rooms = (network_module, nn.functional, torch, operator)
    return {
        getattr(room, name): name for name in OPERATIONS for room in rooms if hasattr(room, name)
    }


def _refused(what: str, error: Exception, fix: str) -> FormatError:
    return FormatError(
        _("this cannot be imported: konv does not have all that it holds"),
        code="K410",
        where="from_torch",
        details=[(what, reason_of(error))],
        fix=fix,
    )
