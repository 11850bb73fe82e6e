"""A normalization folded into the weights of the convolution before it: for prediction."""

from __future__ import annotations

from collections.abc import Mapping

from konv.engines.compiled.kernels.folding import FoldedBias, FoldedKernel
from konv.engines.compiled.kernels.normalization import Formula
from konv.engines.compiled.plan.builder import Builder
from konv.engines.compiled.plan.slots import FLOAT_BYTES
from konv.engines.compiled.record import record
from konv.layers import BatchNormalization

__all__ = ["Folding", "folded_bias", "scale_slots", "weights_and_bias"]


@record
class Folding:
    """Which normalization is folded into a convolution.

    Args:
        layer: the normalization.
        names: the layer's names of its weights -> the network's.
    """

    layer: BatchNormalization
    names: Mapping[str, str]

    @property
    def formula(self) -> Formula:
        """What it computes; the rectifier stays with the convolution."""
        return Formula(self.layer.epsilon, self.layer.scale, self.layer.center)


def weights_and_bias(
    b: Builder, name: str, kernel: str, bias: str, folding: Folding | None
) -> tuple[str, str]:
    """The slots of a convolution's weights and bias, whatever if there is none.

    Args:
        b: the plan.
        name: of the convolution.
        kernel, bias: the names of the weights; "": no bias.
        folding: what is folded into them; then there is a bias in any case.
    """
    weights = b.weight(kernel)
    if folding is None:
        return weights, b.weight(bias) if bias else weights
    variance, gamma = scale_slots(b, folding)
    filters = b.network.weight_specs[folding.names["moving_mean"]].size
    size = b.network.weight_specs[kernel].size
    folded = b.shared(f"folded kernel of {name}", size * FLOAT_BYTES)
    b.beforehand(
        f"folding of {name}",
        FoldedKernel(filters, folding.formula),
        *(weights, variance, gamma, folded),
        items=size // filters,
    )
    return folded, folded_bias(b, name, bias, folding)


def scale_slots(b: Builder, folding: Folding) -> tuple[str, str]:
    """The slots that the scale is made of: variance and gamma, whatever if there is none."""
    variance = b.weight(folding.names["moving_variance"])
    return variance, b.weight(folding.names["gamma"]) if folding.formula.scale else variance


def folded_bias(b: Builder, name: str, bias: str, folding: Folding) -> str:
    """The slot of the bias that a folded normalization leaves.

    Args:
        b: the plan.
        name: of the convolution.
        bias: the name of its own; "": none.
        folding: what is folded into it.
    """
    names, formula = folding.names, folding.formula
    variance, gamma = scale_slots(b, folding)
    mean = b.weight(names["moving_mean"])
    beta = b.weight(names["beta"]) if formula.center else mean
    filters = b.network.weight_specs[names["moving_mean"]].size
    shift = b.shared(f"folded bias of {name}", filters * FLOAT_BYTES)
    b.beforehand(
        f"folding of the bias of {name}",
        FoldedBias(formula, bool(bias)),
        *(b.weight(bias) if bias else mean, mean, variance, gamma, beta, shift),
        items=filters,
    )
    return shift
