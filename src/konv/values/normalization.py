"""BatchNormalization in a prediction: the moving mean and variance, γ and β."""

from __future__ import annotations

from konv.language import translate as _
from konv.layers.merging import channel_axis
from konv.layers.normalization import BatchNormalization
from konv.values.numbers import factor
from konv.values.spot import Spot, steps_of
from konv.values.steps import Formula, Passed, Step

__all__: list[str] = []


@steps_of.register
def _normalization(layer: BatchNormalization, spot: Spot) -> tuple[Step, ...]:
    axis = channel_axis(layer, layer.axis, spot.node.output_shape)
    own = {name: float(weight[spot.at[axis]]) for name, weight in spot.weights.items()}
    x, epsilon = float(spot.inputs[0][spot.at]), layer.epsilon
    value = (x - own["moving_mean"]) / (own["moving_variance"] + epsilon) ** 0.5
    formula = "(x - mean) / sqrt(variance + epsilon)"
    filled = (
        f"({factor(x)} - {factor(own['moving_mean'])})"
        f" / sqrt({factor(own['moving_variance'])} + {epsilon:g})"
    )
    if layer.scale:
        value *= own["gamma"]
        formula, filled = f"{formula} * gamma", f"{filled} * {factor(own['gamma'])}"
    if layer.center:
        value += own["beta"]
        formula, filled = f"{formula} + beta", f"{filled} + {factor(own['beta'])}"
    remark = _(
        "mean and variance are those that training has gathered, of channel {channel}; in training "
        "it would be those of the batch",
        channel=spot.at[axis],
    )
    before = Passed(_("{place} of {source}", place=spot.text(spot.at), source=spot.source), x)
    return before, Formula("batch normalization", formula, filled, value, (remark,))
