"""Updates of weights, in place: the formulas of konv.optimizers, operation by operation.

With g the gradient, η the learning rate, λ the weight decay, and α as :mod:`konv.optimizers.adam`
says, for every number of a weight::

    w ← w − w (λ η)                              with decay
    w ← w − g η                                  SGD
    m ← m μ − g η        w ← w + m               SGD with momentum
                         w ← w + (m μ − g η)     and with Nesterov's
    m ← m + (g − m) (1 − β₁)                     Adam
    v ← v + (g² − v) (1 − β₂)
    w ← w − m α / (√v + ε)

Every operation rounds once, as NumPy's do, and in m and v what is smaller than 2⁻¹²⁶ becomes zero:
the results are those of ``Optimizer.update``, bit by bit.

What changes from step to step is one small array, see :func:`settings`; what does not is in the
code. A kernel does not know the size of the weight, so all weights share it: it is called with
blocks of elements, and its pointers are ``settings, gradient, weight`` and then the optimizer's
slots in the order of ``Optimizer.slot_names``.

Gradients are clipped before, by ``Optimizer.clip``: that needs the sums of all lanes before the
first weight may change, is rare, and takes a fraction of the time of a step.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from array import array
from collections.abc import Sequence
from typing import Any, ClassVar

import llvmlite.ir as ir
import numpy as np

from konv.engines.compiled.emit.function import INT32, Function, Value
from konv.engines.compiled.kernels.base import Kernel
from konv.engines.compiled.record import record
from konv.optimizers import SGD, Adam, AdamW, Optimizer

__all__ = ["AdamUpdate", "MomentumUpdate", "SGDUpdate", "settings", "update_kernel"]

_STEP, _DECAY = range(2)
# The bits of a float32 without its sign, and those of the smallest normal number.
_MAGNITUDE, _SMALLEST_NORMAL = 0x7FFF_FFFF, 0x0080_0000


def settings(
    optimizer: Optimizer, *, learning_rate: float, iteration: int
) -> np.ndarray[Any, np.dtype[np.float32]]:
    """What an update kernel of ``optimizer`` needs to know of one iteration.

    Args:
        optimizer: SGD, Adam or AdamW.
        learning_rate: η of this iteration.
        iteration: which one, counted from 1.

    Returns:
        float32 [2]: the size of the step (η; α = η √(1 − β₂^t) / (1 − β₁^t) for Adam) and the
        decay λ η, each worked out in float64 and rounded once.
    """
    step = float(learning_rate)
    if isinstance(optimizer, Adam):
        step *= math.sqrt(1 - optimizer.beta_2**iteration) / (1 - optimizer.beta_1**iteration)
    decay = (optimizer.weight_decay or 0.0) * float(learning_rate)
    # An array rounds what is too large to infinity, and NumPy would have to be told to be quiet.
    return np.frombuffer(array("f", (step, decay)), np.float32)


def update_kernel(optimizer: Optimizer) -> Kernel | None:
    """The kernel that updates weights as ``optimizer`` does.

    Returns:
        It; None for an optimizer that is not one of konv's own: its ``update`` does it.
    """
    decay = optimizer.weight_decay is not None
    if type(optimizer) in (Adam, AdamW) and isinstance(optimizer, Adam):
        return AdamUpdate(decay, optimizer.beta_1, optimizer.beta_2, optimizer.epsilon)
    if type(optimizer) is not SGD:
        return None
    if optimizer.momentum:
        return MomentumUpdate(decay, optimizer.momentum, optimizer.nesterov)
    return SGDUpdate(decay)


@record
class _Update(Kernel):
    """What all updates have in common: a walk over the elements, and decay.

    Args:
        decay: whether weights decay before the update.
    """

    decay: bool

    def emit(self, f: Function) -> None:
        arrays = [f.at(f.pointers[name], f.first) for name in self.pointers[1:]]
        step, decay = (
            f.splat(f.load(f.at(f.pointers["settings"], place)), f.target.vector)
            for place in (_STEP, _DECAY)
        )
        for place, piece in f.row(f.count):
            addresses = [f.at(array, place) for array in arrays]
            gradient, weight, *slots = (f.load_vector(address, piece) for address in addresses)
            if self.decay:
                weight = f.builder.fsub(weight, f.builder.fmul(weight, decay))
            weight, *slots = self._updated(f, gradient, weight, slots, step)
            results = weight, *(_flushed(f, slot) for slot in slots)
            for address, result in zip(addresses[1:], results, strict=True):
                f.store_vector(result, address, piece)

    @abstractmethod
    def _updated(
        self, f: Function, gradient: Value, weight: Value, slots: Sequence[Value], step: Value
    ) -> Sequence[Value]:
        """The new weight, then the new slots."""


@record
class SGDUpdate(_Update):
    """``w ← w − g η``."""

    pointers: ClassVar[tuple[str, ...]] = ("settings", "gradient", "weight")

    def _updated(
        self, f: Function, gradient: Value, weight: Value, slots: Sequence[Value], step: Value
    ) -> Sequence[Value]:
        return [f.builder.fsub(weight, f.builder.fmul(gradient, step))]


@record
class MomentumUpdate(_Update):
    """``m ← m μ − g η``, and ``w ← w + m`` or, with Nesterov's, ``w ← w + (m μ − g η)``.

    Args:
        momentum: μ.
        nesterov: whether the step is Nesterov's.
    """

    pointers: ClassVar[tuple[str, ...]] = ("settings", "gradient", "weight", "momentum")

    momentum: float
    nesterov: bool

    def _updated(
        self, f: Function, gradient: Value, weight: Value, slots: Sequence[Value], step: Value
    ) -> Sequence[Value]:
        builder = f.builder
        kept = f.constant(self.momentum, f.target.vector)
        pull = builder.fmul(gradient, step)
        momentum = builder.fsub(builder.fmul(slots[0], kept), pull)
        move = builder.fsub(builder.fmul(momentum, kept), pull) if self.nesterov else momentum
        return [builder.fadd(weight, move), momentum]


@record
class AdamUpdate(_Update):
    """``w ← w − m α / (√v + ε)``, with running means m and v of the gradient and of its square.

    Args:
        beta_1, beta_2: how long m and v remember.
        epsilon: ε.
    """

    pointers: ClassVar[tuple[str, ...]] = ("settings", "gradient", "weight", "m", "v")

    beta_1: float
    beta_2: float
    epsilon: float

    def _updated(
        self, f: Function, gradient: Value, weight: Value, slots: Sequence[Value], step: Value
    ) -> Sequence[Value]:
        builder = f.builder
        m = _nearer(f, slots[0], gradient, 1 - self.beta_1)
        v = _nearer(f, slots[1], builder.fmul(gradient, gradient), 1 - self.beta_2)
        spread = builder.fadd(f.unary("sqrt", v), f.constant(self.epsilon, f.target.vector))
        return [builder.fsub(weight, builder.fdiv(builder.fmul(m, step), spread)), m, v]


def _flushed(f: Function, numbers: Value) -> Value:
    """Zero where a number is smaller than 2⁻¹²⁶: arithmetic on those takes a hundred cycles.

    The comparison is one of whole numbers, which costs no more for them.
    """
    kind = ir.VectorType(INT32, numbers.type.count)
    magnitude = f.builder.and_(f.builder.bitcast(numbers, kind), _filled(kind, _MAGNITUDE))
    small = f.builder.icmp_unsigned("<", magnitude, _filled(kind, _SMALLEST_NORMAL))
    return f.builder.select(small, f.constant(0, kind.count), numbers)


def _filled(kind: ir.VectorType, number: int) -> Value:
    return ir.Constant(kind, [number] * kind.count)


def _nearer(f: Function, mean: Value, number: Value, share: float) -> Value:
    """mean + (number − mean) · share."""
    distance = f.builder.fsub(number, mean)
    return f.builder.fadd(mean, f.builder.fmul(distance, f.constant(share, f.target.vector)))
