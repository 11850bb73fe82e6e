"""What the compiler makes of a network, without compiling it: what ``konv info --plan`` shows."""

from __future__ import annotations

from konv.engines.compiled.forecast.usual import (
    USUAL_OPTIMIZER,
    usual_loss,
    usual_pixels,
    usual_update,
)
from konv.engines.compiled.plan.describing import described
from konv.engines.compiled.plan.description import PlanDescription
from konv.engines.compiled.plan.division import divided
from konv.engines.compiled.plan.planning import forward_plan, training_plan
from konv.engines.compiled.record import record
from konv.engines.compiled.runtime.bf16_unit import with_bf16
from konv.engines.compiled.runtime.clock_rate import cycles_per_second
from konv.engines.compiled.runtime.prediction import pictures_at_once
from konv.engines.compiled.target import host_target
from konv.engines.contract import Precision
from konv.engines.threads import get_threads
from konv.network.graph import Network
from konv.optimizers import get_optimizer

__all__ = ["Outline", "outlined"]


@record
class Outline:
    """The plan of a network on this machine.

    Args:
        network: its name.
        loss: what training makes small; None: the plan of a prediction.
        pixels: their kind, "uint8" or "float32".
        plan: all of it.
        optimizer: whose update ends a step of training; None: nothing is trained.
        macs: multiply-adds of one picture forward, as they are counted for any engine.
        cycles_per_second: of this processor, measured.
        precision: of products.
    """

    network: str
    loss: str | None
    pixels: str
    plan: PlanDescription
    optimizer: str | None
    macs: int
    cycles_per_second: float
    precision: Precision = "float32"

    @property
    def us_per_picture(self) -> float:
        """The predicted time of a picture on one thread, in microseconds."""
        return self.microseconds(self.plan.cycles)

    def microseconds(self, cycles: float) -> float:
        """So many cycles as time."""
        return cycles / self.cycles_per_second * 1e6


def outlined(
    network: Network,
    *,
    training: bool,
    pictures: int,
    kind: str,
    precision: Precision = "float32",
) -> Outline:
    """The plan for batches of so many pictures.

    Args:
        network: whose plan.
        training: that of a step of training, with the loss that the network's ending asks for;
            otherwise that of a prediction.
        pictures: of a batch; of a prediction that would keep too much for them, as many as it
            takes at once.
        kind: of the pixels, "uint8" or "float32".
        precision: of the products of a prediction.

    Raises:
        EngineError: K706, this processor does not have that precision.
    """
    target, pixels = host_target(), usual_pixels(kind)
    target = with_bf16(target) if precision == "bf16" else target
    loss = usual_loss(network) if training else None
    optimizer = get_optimizer(USUAL_OPTIMIZER)
    if loss is None:
        alone = pictures == 1
        plan = forward_plan(network, kind, pixels, target, alone=alone, precision=precision)
        pictures = min(pictures, pictures_at_once(plan))
    else:
        update = usual_update(network, optimizer)
        plan = training_plan(network, kind, pixels, target, loss=loss, update=update).plan
    return Outline(
        network=network.name,
        loss=None if loss is None else type(loss).__name__,
        pixels=kind,
        plan=described(plan, divided(plan, pictures, get_threads()), target),
        optimizer=type(optimizer).__name__ if loss and network.trained_weights else None,
        macs=network.macs,
        cycles_per_second=cycles_per_second(target),
        precision=precision,
    )
