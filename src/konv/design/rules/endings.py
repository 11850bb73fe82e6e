"""Rules on the output: as many numbers as classes, in a form that a loss can judge."""

from __future__ import annotations

import math
from collections.abc import Iterator

from konv.design.draft import Draft
from konv.design.rules.activations import with_function
from konv.design.rules.base import Change, Remark, Rule, Subject, function_name, left_out
from konv.language import marked
from konv.language import translate as _
from konv.layers.activated import ActivatedLayer
from konv.layers.activation_layers import Activation, FunctionLayer
from konv.layers.base import shape_text
from konv.layers.dropout import Dropout
from konv.network.adapting import adapted

__all__ = ["RULES"]

# What loss="auto" can start from: probabilities, or numbers that a softmax is yet to make them of.
_JUDGED = ("softmax", "sigmoid", "linear")


def _units(subject: Subject) -> Iterator[Remark]:
    classes = subject.classes
    outputs = math.prod(subject.last.output_shape)
    if classes is None or outputs == classes or _two_by_one(subject):
        return
    severity = "error"
    if len(subject.last.output_shape) == 1 and outputs > classes:
        severity = "warning"  # it trains: some outputs just stay near 0
    yield Remark(
        subject.last,
        severity,
        _("{outputs} outputs for {classes} classes", outputs=outputs, classes=classes),
        ((_("output"), shape_text(subject.last.output_shape)),),
        _("end it with Flatten and Dense({classes})", classes=classes),
        (
            Change(
                _("{classes} outputs", classes=classes),
                lambda: Draft.of(adapted(subject.network, classes=classes)),
                keeps_output=False,
            ),
        ),
    )


def _two_by_one(subject: Subject) -> bool:
    """One sigmoid tells two classes apart."""
    one = math.prod(subject.last.output_shape) == 1
    return one and subject.classes == 2 and function_name(subject.last.layer) == "sigmoid"


def _judged(subject: Subject) -> Iterator[Remark]:
    last = subject.last
    function = function_name(last.layer)
    classifies = subject.classes is not None and not _two_by_one(subject)
    if function == "softmax" or (not classifies and function in _JUDGED):
        return
    what = _("the output ends in {function}, not in softmax", function=function)
    severity = "warning" if classifies else "note"
    if function == "linear":
        severity = "note"
    change = Change(
        _("{fields} in {name}", fields='activation="softmax"', name=last.name),
        lambda: with_function(subject.draft, last, "softmax"),
    )
    if not isinstance(last.layer, (ActivatedLayer, FunctionLayer)):
        change = Change(
            _("put softmax behind {name}", name=last.name),
            lambda: subject.draft.with_behind(last.name, Activation("softmax")),
        )
    yield Remark(
        last,
        severity,
        what,
        ((_("taken"), _("softmax, sigmoid, linear (as logits)")),),
        change.words,
        (change,) if classifies else (),
    )


def _dropped_answers(subject: Subject) -> Iterator[Remark]:
    for node in subject.nodes:
        if not isinstance(node.layer, Dropout) or not node.layer.rate:
            continue
        if subject.learner_behind(node) is not None:
            continue
        yield Remark(
            node,
            "warning",
            _("no layer with weights comes behind this Dropout: it drops answers"),
            ((_("rate"), _("{rate:g} of the outputs are 0 in training", rate=node.layer.rate)),),
            _("put it before the last layer with weights, or leave it out"),
            (left_out(subject, node),),
        )


RULES = (
    Rule(
        "D301",
        marked("the outputs are not as many as the classes"),
        marked(
            "Each class needs an output of its own. With too few, training stops at the first "
            "label that has none; with too many, some are trained to stay at 0."
        ),
        _units,
    ),
    Rule(
        "D302",
        marked("a classifier does not end in softmax"),
        marked(
            "Probabilities of classes come from softmax, and the cross-entropy needs them. Behind "
            "relu or tanh there is no loss that follows by itself, and relu's outputs can die."
        ),
        _judged,
    ),
    Rule(
        "D303",
        marked("Dropout behind the last layer that learns"),
        marked(
            "Dropout makes layers behind it rely on many inputs. With none behind it, it only sets "
            "answers to 0 and makes the loss noisy."
        ),
        _dropped_answers,
    ),
)
