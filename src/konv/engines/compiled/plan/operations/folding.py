"""A normalization folded into the convolution before it: for prediction."""

from __future__ import annotations

from collections.abc import Mapping

from konv.engines.compiled.kernels.folding import FoldedBias, FoldedKernel
from konv.engines.compiled.kernels.normalization import Formula
from konv.engines.compiled.plan.builder import Builder
from konv.engines.compiled.plan.slots import FLOAT_BYTES
from konv.engines.compiled.record import record
from konv.layers import BatchNormalization

__all__ = ["Folding", "folded_bias", "scale_slots", "scales_sums", "weights_and_shift"]


_MANY_PRODUCTS = 256  # one more operation for each sum does not count


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


def scales_sums(b: Builder, kernel: str, folding: Folding | None, sums: int) -> bool:
    """Whether a folded normalization scales the sums of a picture, instead of the weights.

    What is fewer is scaled, since for a single picture weights are read but once; but sums of few
    products are not, since for many pictures it is weights that are scaled but once.

    Args:
        b: the plan.
        kernel: the name of the weights.
        folding: what is folded into the convolution.
        sums: how many a picture has.
    """
    if folding is None:
        return False
    weights = b.network.weight_specs[kernel]
    return sums < weights.size and weights.size >= _MANY_PRODUCTS * weights.shape[-1]


def weights_and_shift(
    b: Builder, name: str, kernel: str, bias: str, folding: Folding | None, *, scaled: bool
) -> tuple[str, str]:
    """The slots of a convolution's weights, and of what is added to its sums.

    Args:
        b: the plan.
        name: of the convolution.
        kernel, bias: the names of the weights; "": no bias.
        folding: what is folded into them; then there is a bias in any case, and scales behind it.
        scaled: whether these are for the sums; else the weights are scaled already.
    """
    weights = b.weight(kernel)
    if folding is None:
        return weights, b.weight(bias) if bias else weights
    shift = folded_bias(b, name, bias, folding)
    return weights if scaled else _folded_kernel(b, name, kernel, folding), shift


def _folded_kernel(b: Builder, name: str, kernel: str, folding: Folding) -> str:
    variance, gamma = scale_slots(b, folding)
    filters = b.network.weight_specs[folding.names["moving_mean"]].size
    size = b.network.weight_specs[kernel].size
    folded = b.shared(f"folded kernel of {name}", size * FLOAT_BYTES)
    b.beforehand(
        f"folding of {name}",
        FoldedKernel(filters, folding.formula),
        *(b.weight(kernel), variance, gamma, folded),
        items=size // filters,
    )
    return folded


def scale_slots(b: Builder, folding: Folding) -> tuple[str, str]:
    """The slots that the scale is made of: variance and gamma, whatever if there is none."""
    variance = b.weight(folding.names["moving_variance"])
    return variance, b.weight(folding.names["gamma"]) if folding.formula.scale else variance


def folded_bias(b: Builder, name: str, bias: str, folding: Folding) -> str:
    """The slot of the bias that a folded normalization leaves, and of the scales.

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
    shift = b.shared(f"folded bias of {name}", 2 * filters * FLOAT_BYTES)
    b.beforehand(
        f"folding of the bias of {name}",
        FoldedBias(filters, formula, bool(bias)),
        *(b.weight(bias) if bias else mean, mean, variance, gamma, beta, shift),
        items=filters,
    )
    return shift
