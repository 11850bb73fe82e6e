"""A loss of the user's own, asked in the middle of a step of training."""

from __future__ import annotations

import ctypes

import numpy as np

from konv.engines.compiled.plan.planning import LOSS_FUNCTION, Z_GRADIENT, Z
from konv.engines.contract import Array, Step
from konv.losses import Loss
from konv.network.ending import split_ending
from konv.network.graph import Network

__all__ = ["OwnLoss"]

_FUNCTION = ctypes.CFUNCTYPE(None)


class OwnLoss:
    """What machine code calls, and what it exchanges with it.

    Args:
        loss: the user's.
        network: whose outputs it judges.
        targets: as the loss has prepared them.
        shares: how much each picture counts, divided by their number.
        step: whose losses and outputs are written.
    """

    def __init__(
        self, loss: Loss, network: Network, targets: Array, shares: Array, step: Step
    ) -> None:
        self._loss = loss
        self._ending = split_ending(network)[1]
        self._targets, self._shares, self._step = targets, shares, step
        self._z = np.empty_like(step.outputs)
        self._gradient = np.zeros_like(step.outputs)
        self._error: BaseException | None = None
        self._function = _FUNCTION(self._call)
        # What ctypes.cast returns would refer to the function, and the function to that.
        address = ctypes.c_void_p.from_buffer(self._function).value
        self.arguments = {
            LOSS_FUNCTION: np.array([address], np.uint64),
            Z: self._z,
            Z_GRADIENT: self._gradient,
        }

    def finish(self) -> None:
        """Let go of the arrays, and raise what the loss raised: machine code could not."""
        # The function refers to this object and this object to it: nothing else parts them soon.
        del self._function
        error, self._error = self._error, None
        if error is not None:
            raise error

    def _call(self) -> None:
        try:
            losses, gradient = self._loss.value_and_gradient(self._z, self._targets, self._ending)
            self._step.losses[...] = losses
            self._step.outputs[...] = self._ending.forward(self._z)
            shares = self._shares.reshape(-1, *[1] * (self._z.ndim - 1))
            self._gradient[...] = gradient * shares
        except BaseException as error:
            self._error = error
