"""T105: a loss that stands still, at the level of guessing or above what could be reached."""

from __future__ import annotations

import math

from konv.language import marked
from konv.language import translate as _
from konv.training.health.course import Course
from konv.training.health.guessing import Guess
from konv.training.health.rules.base import Remark, Rule

__all__ = ["RULES"]

# Three epochs in which not a fiftieth of what there is to learn was learnt. Deep networks need
# some hundred updates to get going; ten epochs are enough for nobody to wait for these.
_GUESSING_EPOCHS, _GUESSING = 3, 0.98
_FEWEST_UPDATES, _MANY_EPOCHS = 500, 10
# Five epochs without a gain of 1 %, with more than half still to learn, and no small steps.
_STILL_EPOCHS, _GAIN = 5, 0.01
_MUCH_LEFT, _SMALL_RATE = 0.5, 0.1


def _standing_still(course: Course) -> Remark | None:
    losses, guess = course.column("loss"), course.guess
    if guess is None or guess.loss <= 0:
        return None
    if min(losses, default=0.0) >= _GUESSING * guess.loss:
        return _at_guessing(course, losses, guess) if _long_enough(course) else None
    return _on_a_plateau(course, losses, guess)


def _long_enough(course: Course) -> bool:
    epochs = len(course.rows)
    enough_updates = course.updates >= _FEWEST_UPDATES or epochs >= _MANY_EPOCHS
    return epochs >= _GUESSING_EPOCHS and enough_updates


def _at_guessing(course: Course, losses: list[float], guess: Guess) -> Remark:
    return Remark(
        _(
            "the loss stands still, no better than guessing: {loss:.4g}, best of {epochs} epochs",
            loss=min(losses),
            epochs=len(losses),
        ),
        ((_("guessing"), _guessing_text(guess.loss, guess.classes)), (_("limit"), _("0.98 of it"))),
        _(
            "a learning rate ten times smaller or larger than {rate:.3g}; look whether labels "
            "belong to their pictures (konv data check); konv check for the network",
            rate=max(course.column("learning_rate")),
        ),
    )


def _guessing_text(loss: float, classes: int) -> str:
    if classes and math.isclose(loss, math.log(classes), rel_tol=1e-3):
        return _("loss ln {classes} = {loss:.4g}, whatever the picture", classes=classes, loss=loss)
    if classes:
        return _("loss {loss:.4g}: how often each class is met, of every picture", loss=loss)
    return _("loss {loss:.4g}: the mean of all targets, of every picture", loss=loss)


def _on_a_plateau(course: Course, losses: list[float], guess: Guess) -> Remark | None:
    if len(losses) <= _STILL_EPOCHS:
        return None
    before, now = min(losses[:-_STILL_EPOCHS]), min(losses[-_STILL_EPOCHS:])
    rates = course.column("learning_rate")
    steps_are_small = rates[-1] < _SMALL_RATE * max(rates)
    if now <= (1 - _GAIN) * before or now <= _MUCH_LEFT * guess.loss or steps_are_small:
        return None
    return Remark(
        _(
            "the loss stands still: {now:.4g} at best in the last {epochs} epochs, {before:.4g} "
            "before",
            now=now,
            before=before,
            epochs=_STILL_EPOCHS,
        ),
        (
            (_("gain"), f"1 − {now:.4g} / {before:.4g} = {1 - now / before:.2%}"),
            (_("guessing"), _guessing_text(guess.loss, guess.classes)),
            (_("limit"), _("1 %, as long as the loss is above half of that of guessing")),
        ),
        _(
            "another learning rate than {rate:.3g}, or more filters and units: the network may be "
            "too small for these pictures",
            rate=max(rates),
        ),
    )


RULES = (
    Rule(
        "T105",
        marked("the loss stands still"),
        marked(
            "Epochs pass and nothing is learnt from them. At the level of guessing the network "
            "says the same of every picture."
        ),
        _standing_still,
        frozenset({"T101", "T102", "T103", "T104", "T106"}),
    ),
)
