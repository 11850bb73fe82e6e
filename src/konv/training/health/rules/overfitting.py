"""T107: pictures are learnt by heart."""

from __future__ import annotations

from konv.language import marked
from konv.language import translate as _
from konv.training.health.course import Course
from konv.training.health.rules.base import Remark, Rule

__all__ = ["RULES"]

_EPOCHS = 3
# A rise that is more than the up and down of epochs: a tenth of the best, a twentieth of guessing.
_RISE, _RISE_OF_GUESSING = 0.1, 0.05
# Whoever was never better than guessing in validation has not learnt too much.
_LEARNT = 0.98


def _overfitting(course: Course) -> Remark | None:
    losses, judged = course.column("loss"), course.column("val_loss")
    if course.guess is None or course.guess.validation_loss is None or not judged:
        return None
    best = judged.index(min(judged))
    last = judged[-_EPOCHS:]
    if len(judged) - 1 - best < _EPOCHS or losses[-1] >= losses[best]:
        return None
    if judged[best] > _LEARNT * course.guess.validation_loss:
        return None
    rise = max(_RISE * judged[best], _RISE_OF_GUESSING * course.guess.validation_loss)
    if min(last) < judged[best] + rise:
        return None
    return Remark(
        _(
            "over-fitting: in validation the loss has risen from {best:.3g} (epoch {epoch}) to "
            "{now:.3g}",
            best=judged[best],
            epoch=best + 1,
            now=judged[-1],
        ),
        (
            (_("validation"), " ".join(f"{value:.3g}" for value in judged[best:][-8:])),
            (_("training"), " ".join(f"{value:.3g}" for value in losses[best:][-8:])),
            (
                _("limit"),
                _(
                    "{rise:.2g} above the best, in {epochs} epochs one after the other",
                    rise=rise,
                    epochs=_EPOCHS,
                ),
            ),
        ),
        _(
            "stop at epoch {epoch} (EarlyStopping, --patience), augment the pictures, Dropout, "
            "weight_decay, a smaller network, or more pictures",
            epoch=best + 1,
        ),
    )


RULES = (
    Rule(
        "T107",
        marked("over-fitting"),
        marked(
            "From here on the network learns what is special about the pictures it trains on, and "
            "becomes worse on all others. The weights of the best epoch are the better ones."
        ),
        _overfitting,
        frozenset({"T106"}),
    ),
)
