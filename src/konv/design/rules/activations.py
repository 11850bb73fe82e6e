"""Rules on what lies between layers with weights: something nonlinear, and nothing that chokes."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

from konv.design.draft import Draft
from konv.design.rules.base import (
    Change,
    Remark,
    Rule,
    Subject,
    function_name,
    left_out,
)
from konv.language import marked
from konv.language import translate as _
from konv.layers.activated import ActivatedLayer
from konv.layers.activation_layers import Activation
from konv.layers.dropout import Dropout
from konv.layers.flatten import Flatten
from konv.network.assembly import Node

__all__ = ["RULES", "with_function"]

_DEEP_SIGMOID, _DEEP_TANH = 3, 5
_STEEPEST = 0.25  # of a sigmoid: y (1 − y) at y = 1/2


def with_function(draft: Draft, node: Node, name: str) -> Draft:
    """The same with another activation at the end of a layer."""
    if isinstance(node.layer, ActivatedLayer):
        return draft.with_layer(node.name, replace(node.layer, activation=name))
    return draft.with_layer(node.name, Activation(name))


def _function_change(subject: Subject, node: Node, name: str) -> Change:
    return Change(
        _("{fields} in {name}", fields=f'activation="{name}"', name=node.name),
        lambda: with_function(subject.draft, node, name),
    )


def _softmax_inside(subject: Subject) -> Iterator[Remark]:
    for node in subject.nodes:
        if function_name(node.layer) != "softmax":
            continue
        later = subject.learner_behind(node)
        if later is not None:
            width = node.output_shape[-1]
            yield Remark(
                node,
                "warning",
                _("softmax is not at the end: {name} learns from it", name=later.name),
                ((_("mean"), _("1 / {width} = {mean:.3g}", width=width, mean=1 / width)),),
                _("another activation, such as relu"),
                (_function_change(subject, node, "relu"),),
            )


def _squashed_twice(subject: Subject) -> Iterator[Remark]:
    for node in subject.nodes:
        if function_name(node.layer) != "softmax" or node.weight_specs:
            continue
        first = next(
            (n for n in subject.before(node) if not isinstance(n.layer, (Dropout, Flatten))), None
        )
        name = "linear" if first is None else function_name(first.layer)
        if first is None or name not in ("softmax", "sigmoid", "hard_sigmoid"):
            continue
        width = node.output_shape[-1]
        most = math.e / (math.e + width - 1)
        change = _function_change(subject, first, "linear")
        if not isinstance(first.layer, ActivatedLayer):
            change = left_out(subject, first)
        yield Remark(
            node,
            "warning",
            _("softmax of what {name} has squeezed by {function}", name=first.name, function=name),
            ((_("at most"), f"e¹ / (e¹ + {width - 1}·e⁰) = {most:.3f}"),),
            change.words,
            (change,),
        )


def _chains(subject: Subject) -> Iterator[Remark]:
    yield from _chain(subject, "sigmoid", 1)
    yield from _chain(subject, "tanh", _DEEP_TANH)


def _chain(subject: Subject, function: str, fewest: int) -> Iterator[Remark]:
    """The way from the output to the input with the fewest such functions decides."""
    counts: dict[str, int] = {}
    for node in subject.nodes:
        hidden = function_name(node.layer) == function and node is not subject.last
        counts[node.name] = min((counts[name] for name in node.inputs), default=0) + hidden
    count = counts[subject.last.name]
    if count < fewest:
        return
    members = [
        node
        for node in subject.nodes
        if function_name(node.layer) == function and node is not subject.last
    ]
    what = _("{count} times {function} on the way to the output", count=count, function=function)
    detail = (_("slope"), _("tanh'(z) ≤ 1, and at most {slope} from |z| = 1 on", slope=0.42))
    if function == "sigmoid":
        detail = (_("slope"), f"σ'(z) ≤ 1/4; {_STEEPEST}^{count} = {_STEEPEST**count:.3g}")
    yield Remark(
        members[-1],
        "warning" if function == "sigmoid" and count >= _DEEP_SIGMOID else "note",
        what,
        (detail, (_("layers"), ", ".join(node.name for node in members[:8]))),
        _("relu in these layers"),
        (
            Change(
                _("relu in place of {function}", function=function),
                lambda: _with_relu(subject, members),
            ),
        ),
    )


def _with_relu(subject: Subject, nodes: list[Node]) -> Draft:
    draft = subject.draft
    for node in nodes:
        draft = with_function(draft, node, "relu")
    return draft


RULES = (
    Rule(
        "D202",
        marked("softmax in the middle of a network"),
        marked(
            "It makes each vector a sum of 1: with many channels all numbers are tiny, and only "
            "their shares are left of what the layer found. Gradients become small with them."
        ),
        _softmax_inside,
    ),
    Rule(
        "D203",
        marked("probabilities are squeezed a second time"),
        marked(
            "Numbers between 0 and 1 go through e^z again: no class can come near 1, so the loss "
            "cannot come near 0, however good the network is."
        ),
        _squashed_twice,
    ),
    Rule(
        "D204",
        marked("gradients vanish in sigmoids and tanhs"),
        marked(
            "On the way back each of them multiplies the gradient with its slope, so the first "
            "layers learn slowly or not at all. Outputs of a sigmoid are also never negative, so "
            "all weights of a unit in the next layer are pushed the same way."
        ),
        _chains,
    ),
)
