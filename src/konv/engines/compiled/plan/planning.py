"""The two plans of a network: one that predicts, one that does a step of training."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType

import numpy as np

from konv.engines.compiled.kernels.base import Kernel
from konv.engines.compiled.kernels.calling_back import CallingBack
from konv.engines.compiled.kernels.copying import copied
from konv.engines.compiled.kernels.losses import LossKernel, applies_ending, loss_kernel
from konv.engines.compiled.plan.builder import Builder
from konv.engines.compiled.plan.layers import lowered
from konv.engines.compiled.plan.lowering import Lowering
from konv.engines.compiled.plan.operations.bands import saved_by_sharing
from konv.engines.compiled.plan.operations.base import Operation, deliver_gradient, packed
from konv.engines.compiled.plan.operations.bf16 import forwards_in_bf16
from konv.engines.compiled.plan.operations.reshaping import Reordering
from konv.engines.compiled.plan.slots import FLOAT_BYTES, LOSSES, Place
from konv.engines.compiled.plan.structure import PICTURES, Plan, Storage
from konv.engines.compiled.plan.updating import add_updates
from konv.engines.compiled.plan.values import Value
from konv.engines.compiled.record import record
from konv.engines.compiled.target import Target
from konv.engines.contract import Pixels, Precision
from konv.losses import Loss
from konv.network.ending import split_ending
from konv.network.graph import Network

__all__ = [
    "LOSS_FUNCTION",
    "OUTPUTS",
    "SHARES",
    "TARGETS",
    "Z_GRADIENT",
    "TrainingPlan",
    "Z",
    "forward_plan",
    "has_kernel",
    "training_plan",
]

OUTPUTS, TARGETS, SHARES = "outputs", "targets", "shares"
Z, Z_GRADIENT, LOSS_FUNCTION = "z", "gradient of z", "loss function"

# The numbers of targets, where they are no classes.
_TARGETS = "float32"
# What a tile of pictures may take: about half of the second-level cache of a small processor.
_TILE_BYTES = 1024 * 1024
# What it may take if kernels want more pictures at once, to use what weights they read for all.
_WANTED_BYTES = 8 * 1024 * 1024
# Pictures per tile: more give nothing but larger arrays. No lane is smaller than the largest tile.
_LARGEST_TILE = 8
# Lanes per batch: enough for the cores of a workstation, few enough to add up quickly; fewer where
# the sums of all lanes would take more than so many bytes.
_MOST_LANES, _FEWEST_LANES = 16, 2
_LANES_BYTES = 64 * 1024 * 1024
_NONE: Mapping[Operation, Callable[[Builder], None]] = MappingProxyType({})


def forward_plan(
    network: Network,
    kind: str,
    pixels: Pixels,
    target: Target,
    *,
    alone: bool = False,
    precision: Precision = "float32",
) -> Plan:
    """The plan that makes outputs of pictures.

    Args:
        network: with its last activation.
        kind: of the pixels, "uint8" or "float32".
        pixels: how they become numbers.
        target: the processor.
        alone: whether it is for a single picture, which threads share if that is worth it.
        precision: "bf16": of what gains by it.
    """

    def plan(*, shares: bool) -> Plan:
        lowering = lowered(network, kind, pixels, training=False)
        last = _own_output(lowering, lowering.end())
        last.argument = OUTPUTS
        builder = Builder(network, target, training=False, alone=alone, shares=shares)
        in_bf16 = forwards_in_bf16(lowering.operations, target) if precision == "bf16" else {}
        _forward(builder, lowering, in_bf16)
        return _finished(builder)

    shared = plan(shares=alone)
    worth_it = saved_by_sharing(shared.phases, target) >= target.sharing.fewest_saved
    return plan(shares=False) if alone and not worth_it else shared


def _own_output(lowering: Lowering, value: Value) -> Value:
    """A value that lies as the caller wants it, and that nothing else reads."""
    made = lowering.operations[-1].output is value
    if made and value.readers == 0 and not value.layout.bordered and not value.cleared:
        return value
    name = value.name
    other = lowering.new_value(name, value.shape, value.form, differentiable=value.differentiable)
    return lowering.add(Reordering([value], other))


@record
class TrainingPlan:
    """A step of training.

    Args:
        plan: what is done.
        gradients: weight name -> where its gradient is afterwards.
        states: weight name -> the slot that holds its new value afterwards.
        targets_shape: of the targets of one picture; None for a loss of the user's own, which is
            asked in the middle of the step.
        targets: the type of their numbers: int64 for class numbers.
        updates: whether weights are changed, and gradients and new values kept inside.
    """

    plan: Plan
    gradients: dict[str, Place]
    states: dict[str, str]
    targets_shape: tuple[int, ...] | None
    targets: str
    updates: bool


def training_plan(
    network: Network,
    kind: str,
    pixels: Pixels,
    target: Target,
    *,
    loss: Loss,
    changes: tuple[str, ...] = (),
    update: Kernel | None = None,
) -> TrainingPlan:
    """The plan of one step: forward, loss, backward.

    Args:
        network, kind, pixels, target: as of :func:`forward_plan`.
        loss: what is to become small.
        changes: the kinds of what becomes of the pictures before; (): nothing.
        update: what is done to the weights at the end; None: the caller gets their gradients.
    """
    body, ending = split_ending(network)
    kernel = loss_kernel(loss, ending, network.output_shape, _TARGETS)
    # A loss of the user's own takes, as one that has its kernel may, what comes before the ending.
    leaves_out_ending = kernel is None or applies_ending(loss)
    seen = body if leaves_out_ending else network
    lowering = lowered(seen, kind, pixels, training=True, changes=changes)
    last = lowering.end()
    builder = Builder(network, target, training=True, update=update)
    _forward(builder, lowering)
    if kernel is None:
        _own_loss(builder, last)
    else:
        _loss(builder, last, kernel)
    for operation in reversed(lowering.operations):
        if builder.has_gradient(operation.output):
            with builder.working_for(operation.layers):
                operation.backward(builder)
    builder.sum_lanes()
    add_updates(builder)
    return TrainingPlan(
        _finished(builder),
        builder.gradient_places,
        builder.states,
        None if kernel is None else kernel.targets_shape,
        _TARGETS if kernel is None else kernel.targets,
        update is not None,
    )


def has_kernel(loss: Loss, network: Network) -> bool:
    """Whether machine code works out a loss; otherwise its own Python is called back."""
    _body, ending = split_ending(network)
    return loss_kernel(loss, ending, network.output_shape, _TARGETS) is not None


def _own_loss(b: Builder, last: Value) -> None:
    """All of z to Python, and the gradient of all of z back."""
    size = last.elements * FLOAT_BYTES
    z, dz = (b.argument(name, size, Storage.BATCH) for name in (Z, Z_GRADIENT))
    b.pictures("z", copied(last.layout, last.dense_layout), b.value(last), z)
    b.items("loss", CallingBack(), b.argument(LOSS_FUNCTION, 8), z, dz, items=1, block=1)
    deliver_gradient(b, last, dz)


def _loss(b: Builder, last: Value, kernel: LossKernel) -> None:
    """Outputs, losses and the gradient of what the network ends in."""
    targets_bytes = math.prod(kernel.targets_shape) * np.dtype(kernel.targets).itemsize
    arguments = (
        b.argument(TARGETS, targets_bytes, Storage.BATCH),
        b.argument(SHARES, FLOAT_BYTES, Storage.BATCH),
        b.argument(OUTPUTS, last.elements * FLOAT_BYTES, Storage.BATCH),
        b.argument(LOSSES, FLOAT_BYTES, Storage.BATCH),
    )
    z = packed(b, last)
    if not last.gradient_layout.bordered:
        b.adds_to_gradient(last)
        b.pictures("loss", kernel, z, *arguments, b.gradient(last))
        return
    dz = b.per_picture("gradient of the loss", last.elements * FLOAT_BYTES)
    b.pictures("loss", kernel, z, *arguments, dz)
    deliver_gradient(b, last, dz)


def _forward(
    b: Builder, lowering: Lowering, instead: Mapping[Operation, Callable[[Builder], None]] = _NONE
) -> None:
    """Say what is called; ``instead`` of what some operations say themselves."""
    for operation in lowering.operations:
        operation.settle()
    for operation in lowering.operations:
        with b.working_for(operation.layers):
            instead.get(operation, operation.forward)(b)


def _finished(b: Builder) -> Plan:
    fit = _LANES_BYTES // max(1, b.bytes_per_lane)
    plan = b.plan(lanes=max(_FEWEST_LANES, min(_MOST_LANES, fit)))
    size = max(1, _passed_bytes(plan))
    wanted = min(b.pictures_at_once(), _WANTED_BYTES // size)
    tile = max(1, min(_LARGEST_TILE, max(wanted, _TILE_BYTES // size)))
    while _LARGEST_TILE % tile:
        tile -= 1
    return replace(plan, tile=tile)


def _passed_bytes(plan: Plan) -> int:
    """What a picture needs of the program's own memory, in the phase that needs most."""
    kept = {slot.name: slot.bytes for slot in plan.own if slot.storage is Storage.BATCH}
    phases = (phase.slots for phase in plan.phases if phase.items == PICTURES)
    most = max((sum(kept.get(name, 0) for name in slots) for slots in phases), default=0)
    return plan.shared_bytes(Storage.WORKER) + most
