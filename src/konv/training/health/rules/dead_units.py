"""T101: ReLUs that are 0 whatever they are shown."""

from __future__ import annotations

from konv.language import marked
from konv.language import translate as _
from konv.training.health.course import Course
from konv.training.health.examination import Rectified
from konv.training.health.rules.base import Remark, Rule
from konv.training.health.wording import names

__all__ = ["RULES"]

# Networks that learn well have up to half (measured on those that come with konv, see 0053).
_MANY = 0.75
# Of a single number that is above 0 in one picture of five, 0.8¹⁶ = 3 % are silent in sixteen.
_FEWEST_NUMBERS = 16


def _dead(course: Course) -> Remark | None:
    if course.examination is None:
        return None
    looked_at = [unit for unit in course.examination.rectified if unit.numbers >= _FEWEST_NUMBERS]
    dead = [layer for layer in looked_at if layer.silent >= _MANY * layer.units]
    if not dead:
        return None
    worst = max(dead, key=lambda layer: layer.silent / layer.units)
    details = [
        (_("silent"), ", ".join(f"{d.layer} {d.silent}/{d.units}" for d in dead[:6])),
        (
            _("limit"),
            _("three quarters of a layer; networks that learn well have up to half"),
        ),
    ]
    return Remark(
        _what(worst, course.examination.pictures),
        tuple(details),
        _fix(course, course.examination.learning_rate),
        tuple(layer.layer for layer in dead),
    )


def _fix(course: Course, learning_rate: float) -> str:
    if course.updates == 0:
        return _(
            "first weights around 0 and biases of 0, BatchNormalization before the ReLU, or "
            "leaky_relu in its place"
        )
    return _(
        "a smaller learning rate than {rate:.3g}, BatchNormalization before the ReLU, or "
        "leaky_relu in its place",
        rate=learning_rate,
    )


def _what(layer: Rectified, pictures: int) -> str:
    if layer.silent == layer.units:
        text = marked("dead ReLUs: all {units} units of {layer} are 0 in all {pictures} pictures")
    else:
        text = marked(
            "dead ReLUs: {silent} of {units} units of {layer} are 0 in all {pictures} pictures"
        )
    return _(
        text, silent=layer.silent, units=layer.units, layer=names([layer.layer]), pictures=pictures
    )


RULES = (
    Rule(
        "T101",
        marked("dead ReLUs"),
        marked(
            "Where a ReLU is 0 its slope is 0, so no gradient gets through it: a unit that is 0 "
            "for every picture never learns again, and nothing in front of it learns through it."
        ),
        _dead,
        frozenset({"T104"}),
    ),
)
