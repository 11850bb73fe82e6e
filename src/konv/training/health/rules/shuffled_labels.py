"""T106: labels that do not belong to their pictures."""

from __future__ import annotations

import math

from konv.language import marked
from konv.language import translate as _
from konv.training.health.course import Course
from konv.training.health.rules.base import Remark, Rule

__all__ = ["RULES"]

_EPOCHS = 3
# Half of what there is to learn is known by heart; in validation not a fiftieth was ever known.
_FITTED, _UNSEEN = 0.5, 0.98
# Where nothing is known, hits are a binomial: one in 700 lies beyond three deviations above.
_DEVIATIONS = 3


def _shuffled(course: Course) -> Remark | None:
    guess, losses, judged = course.guess, course.column("loss"), course.column("val_loss")
    if guess is None or not guess.classes or guess.validation_loss is None:
        return None
    if len(judged) < _EPOCHS or not course.settled:
        return None
    if losses[-1] > _FITTED * guess.loss or min(judged) < _UNSEEN * guess.validation_loss:
        return None
    details = [
        (_("training"), f"{losses[-1]:.3g} / {guess.loss:.3g} = {losses[-1] / guess.loss:.2g}"),
        (
            _("validation"),
            f"{min(judged):.3g} / {guess.validation_loss:.3g} = "
            f"{min(judged) / guess.validation_loss:.2g}",
        ),
    ]
    accuracies = course.column("val_accuracy")
    if accuracies and guess.accuracy is not None:
        most = _most_by_chance(guess.accuracy, course.validation_pictures)
        if accuracies[-1] > most:
            return None
        details.append(
            (
                _("accuracy"),
                _(
                    "{now:.3f}; by chance up to {share:.3f} + 3·√({share:.3f}·{rest:.3f}/"
                    "{count}) = {most:.3f}",
                    now=accuracies[-1],
                    share=guess.accuracy,
                    rest=1 - guess.accuracy,
                    count=course.validation_pictures,
                    most=most,
                ),
            )
        )
    return Remark(
        _(
            "labels look shuffled: the network learns its pictures by heart (loss {loss:.3g}), and "
            "guesses others (loss {judged:.3g})",
            loss=losses[-1],
            judged=judged[-1],
        ),
        (*details, (_("limit"), _("0.5 of guessing in training, 0.98 in validation"))),
        _(
            "look whether labels are in the order of the pictures: one permutation for both, or "
            "konv data check for folders"
        ),
    )


def _most_by_chance(share: float, pictures: int) -> float:
    return share + _DEVIATIONS * math.sqrt(share * (1 - share) / pictures)


RULES = (
    Rule(
        "T106",
        marked("labels look shuffled"),
        marked(
            "What is learnt from pictures with their right labels helps with others, at least a "
            "little. Where it does not help at all, labels have nothing to do with the pictures."
        ),
        _shuffled,
        frozenset({"T104"}),
    ),
)
