"""A network as a PyTorch module: the way in for those who may not have PyTorch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from konv.formats.exchange.packages import needed_package
from konv.formats.pytorch.lowering.lowering import program_of
from konv.language import translate as _
from konv.network.graph import Network

__all__ = ["torch_module"]


def torch_module(network: Network, weights: Mapping[str, np.ndarray[Any, Any]]) -> Any:
    """The module with these weights, in eval mode.

    Raises:
        FormatError: K412, PyTorch is not installed.
    """
    needed_package("torch", _("making PyTorch modules"))
    from konv.formats.pytorch.network_module import build_module

    return build_module(program_of(network), weights)
