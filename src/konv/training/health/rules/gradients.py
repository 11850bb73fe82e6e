"""T102 and T103: gradients that explode, and gradients that vanish on the way back."""

from __future__ import annotations

import math

from konv.language import marked
from konv.language import translate as _
from konv.layers.activated import ActivatedLayer
from konv.layers.activation_layers import FunctionLayer
from konv.network.graph import Network
from konv.training.health.course import Course
from konv.training.health.rules.base import Remark, Rule
from konv.training.health.weight_changes import WeightChange
from konv.training.health.wording import names, small_rate

__all__ = ["RULES"]

# An update that is as large as the weights leaves nothing of what they had learnt. Usual are 0.001
# to 0.01 of them; 0.041 was the most in networks that come with konv, at their first update.
_LARGEST_UPDATE = 1.0
_USUAL_UPDATE = 0.01
_MOST_OF_IT, _SMALL_SHARE = 0.5, 0.1
# What the last layer learns in one epoch takes the first one a thousand.
_SMALLEST_RATIO = 1e-3
_STEEPEST_SIGMOID = 0.25  # y (1 − y) at y = 1/2


def _exploding(course: Course) -> Remark | None:
    if course.examination is None:
        return None
    moved = [change for change in course.examination.changes if change.weight > 0]
    torn = [change for change in moved if change.share >= _LARGEST_UPDATE]
    if not torn:
        return None
    worst, rate = max(torn, key=lambda change: change.share), course.examination.learning_rate
    return Remark(
        _(
            "exploding gradients: one update changes the weights of {layer} by {share:.3g} times "
            "what they are",
            layer=names([worst.layer]),
            share=worst.share,
        ),
        (
            (
                _("update"),
                f"√mean(Δw²) / √mean(w²) = {worst.update:.3g} / {worst.weight:.3g} = "
                f"{worst.share:.3g}",
            ),
            (
                _("gradient"),
                _(
                    "√mean(g²) = {gradient:.3g}, learning rate {rate:.3g}",
                    gradient=worst.gradient,
                    rate=rate,
                ),
            ),
            (_("layers"), names([change.layer for change in torn])),
            (_("limit"), _("1; usual are 0.001 to 0.01")),
        ),
        _smaller_steps(worst, rate),
        tuple(dict.fromkeys(change.layer for change in torn)),
    )


def _smaller_steps(worst: WeightChange, rate: float) -> str:
    values = {"rate": small_rate(rate * _USUAL_UPDATE / worst.share), "now": f"{rate:.3g}"}
    # Optimizers that divide by the size of the gradient do not care whether it is clipped.
    follows_gradient = worst.update > _MOST_OF_IT * rate * worst.gradient
    clipped_share = worst.share / max(1.0, worst.gradient_norm)
    if clipped_share < _SMALL_SHARE * _LARGEST_UPDATE and follows_gradient:
        return _(
            "clipnorm=1 in the optimizer, or a learning rate of about {rate} in place of {now}",
            **values,
        )
    return _("a learning rate of about {rate} in place of {now}", **values)


def _vanishing(course: Course) -> Remark | None:
    if course.examination is None or len(course.examination.changes) < 2:
        return None
    changes = course.examination.changes
    first, last = changes[0], changes[-1]
    least = _SMALLEST_RATIO * last.gradient
    if not (math.isfinite(last.gradient) and last.gradient > 0):
        return None
    if first.gradient > least:
        return None
    starved = [change.layer for change in changes if change.gradient <= least]
    details = [
        (
            _("gradients"),
            f"√mean(g²)  {first.gradient:.3g} / {last.gradient:.3g} = "
            f"{first.gradient / last.gradient:.2g}",
        ),
        *_slopes(course.network, first.layer),
        (
            _("update"),
            _(
                "√mean(Δw²) / √mean(w²): {first:.2g} in {first_layer}, {last:.2g} in {last_layer}",
                first=first.share,
                first_layer=names([first.layer]),
                last=last.share,
                last_layer=names([last.layer]),
            ),
        ),
        (_("layers"), names(list(dict.fromkeys(starved)))),
        (_("limit"), _("1/1000: what one learns in an epoch takes the other a thousand")),
    ]
    return Remark(
        _(
            "vanishing gradients: {first} gets {ratio:.2g} of the gradient of {last}",
            first=names([first.layer]),
            ratio=first.gradient / last.gradient,
            last=names([last.layer]),
        ),
        tuple(details),
        _fix(course.network, first.layer),
        tuple(dict.fromkeys(starved)),
    )


def _slopes(network: Network, first: str) -> list[tuple[str, str]]:
    """What sigmoids on the shortest way back can let through at most."""
    count = _on_the_way(network, "sigmoid", first)
    if not count:
        return []
    bound = _STEEPEST_SIGMOID**count
    return [
        (
            "sigmoid",
            _("{count} on the way: σ' ≤ 1/4; 0.25^{count} = {bound:.2g}", count=count, bound=bound),
        )
    ]


def _on_the_way(network: Network, function: str, first: str) -> int:
    """How many such functions lie at least between a layer, its own included, and the output's."""
    counts: dict[str, int] = {}
    for node in network.nodes:
        layer = node.layer
        ends_in_it = isinstance(layer, (ActivatedLayer, FunctionLayer)) and (
            layer.function.name == function
        )
        reached = [counts[name] for name in node.inputs if name in counts]
        if node.name == first:
            counts[node.name] = int(ends_in_it)
        elif reached:
            counts[node.name] = min(reached) + (ends_in_it and node is not network.nodes[-1])
    return counts.get(network.nodes[-1].name, 0)


def _fix(network: Network, first: str) -> str:
    for function in ("sigmoid", "tanh"):
        if _on_the_way(network, function, first):
            return _(
                "relu in place of {function}, BatchNormalization before each, or fewer layers",
                function=function,
            )
    return _("BatchNormalization behind each layer, Add around every two of them, or fewer layers")


RULES = (
    Rule(
        "T102",
        marked("exploding gradients: updates as large as the weights"),
        marked(
            "A gradient says where the loss falls only nearby. An update as large as the weights "
            "leaves that place, and what the network has learnt: the loss jumps, and often ends in "
            "infinity."
        ),
        _exploding,
        frozenset({"T104"}),
    ),
    Rule(
        "T103",
        marked("vanishing gradients: the first layers hardly learn"),
        marked(
            "On its way back each layer multiplies the gradient. Where the products are small the "
            "first layers stay what they were at random, and the others learn from what these make "
            "of the pictures."
        ),
        _vanishing,
        frozenset({"T101", "T104"}),
    ),
)
