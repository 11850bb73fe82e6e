"""A normalization folded into the weights of the convolution before it: for prediction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from konv.engines.compiled.kernels.folding import FoldedBias, FoldedKernel
from konv.engines.compiled.kernels.normalization import Formula
from konv.engines.compiled.plan.builder import FLOAT_BYTES, Builder
from konv.layers import BatchNormalization

__all__ = ["Folding", "weights_and_bias"]


@dataclass(frozen=True)
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
    names, formula = folding.names, folding.formula
    filters = b.network.weight_specs[names["moving_mean"]].size
    size = b.network.weight_specs[kernel].size
    mean, variance = b.weight(names["moving_mean"]), b.weight(names["moving_variance"])
    gamma = b.weight(names["gamma"]) if formula.scale else mean
    beta = b.weight(names["beta"]) if formula.center else mean
    folded = b.shared(f"folded kernel of {name}", size * FLOAT_BYTES)
    shift = b.shared(f"folded bias of {name}", filters * FLOAT_BYTES)
    b.beforehand(
        f"folding of {name}",
        FoldedKernel(filters, formula),
        *(weights, variance, gamma, folded),
        items=size // filters,
    )
    start = b.weight(bias) if bias else mean
    b.beforehand(
        f"folding of the bias of {name}",
        FoldedBias(formula, bool(bias)),
        *(start, mean, variance, gamma, beta, shift),
        items=filters,
    )
    return folded, shift
