"""An evaluation as plain tables of at most 80 columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from konv.language import translate as _
from konv.language.tables import WIDTH, places, printable, shortened, table

if TYPE_CHECKING:
    from konv.training.evaluation import Evaluation

__all__ = ["evaluation_text"]

_NAME_WIDTH = 24
_CLASSES_IN_FULL = 40
_CLASSES_SHOWN = 20
_PAIRS_SHOWN = 10


def evaluation_text(evaluation: Evaluation) -> str:
    """Loss and metrics; then, for classes, the scores of each and what was taken for what."""
    parts = [_numbers(evaluation)]
    if evaluation.confusion is not None:
        parts += [_scores(evaluation), _confusion(evaluation)]
    return "\n\n".join("\n".join(lines) for lines in parts)


def _numbers(evaluation: Evaluation) -> list[str]:
    values = {"loss": evaluation.loss, **evaluation.metrics}
    rows = [(_("pictures"), f"{evaluation.count:,}")]
    titles = {"loss": _("loss"), "accuracy": _("accuracy")}
    rows += [(titles.get(name, printable(name)), f"{value:.4f}") for name, value in values.items()]
    return table(rows)


def _scores(evaluation: Evaluation) -> list[str]:
    scores = list(evaluation.per_class)
    heading: list[str] = []
    if len(scores) > _CLASSES_IN_FULL:
        heading = [
            _(
                "the {shown} classes with the lowest F1 of {classes:,}",
                shown=_CLASSES_SHOWN,
                classes=len(scores),
            )
        ]
        scores.sort(key=lambda score: (score.support == 0, score.f1))
        scores = scores[:_CLASSES_SHOWN]
    head = (_("class"), _("precision"), _("recall"), "F1", _("pictures"))
    rows = [
        (
            _short(score.name),
            f"{score.precision:.4f}",
            f"{score.recall:.4f}",
            f"{score.f1:.4f}",
            f"{score.support:,}",
        )
        for score in scores
    ]
    return heading + table([head, *rows])


def _confusion(evaluation: Evaluation) -> list[str]:
    """The whole matrix if it fits, with names or else with numbers; or the worst of it."""
    names = [_short(name) for name in evaluation.class_names]
    numbers = [str(index) for index in range(len(names))]
    numbered = [f"{number}  {name}" for number, name in zip(numbers, names, strict=True)]
    for rows, columns in ((names, names), (numbered, numbers)):
        lines = _matrix(evaluation, rows, columns)
        if lines and max(map(places, lines)) <= WIDTH:
            return [_("rows: true classes, columns: what they were taken for"), *lines]
    return _most_confused(evaluation, names)


def _matrix(evaluation: Evaluation, rows: list[str], columns: list[str]) -> list[str]:
    """Lines of the matrix; none for so many classes that they cannot fit."""
    if evaluation.confusion is None or len(columns) > WIDTH // 3:
        return []
    cells = [[f"{count}" if count else "·" for count in row] for row in evaluation.confusion]
    return table([["", *columns], *([name, *row] for name, row in zip(rows, cells, strict=True))])


def _most_confused(evaluation: Evaluation, names: list[str]) -> list[str]:
    wrong = np.array(evaluation.confusion)
    totals = wrong.sum(axis=1)
    np.fill_diagonal(wrong, 0)
    order = np.argsort(-wrong, axis=None, kind="stable")[:_PAIRS_SHOWN]
    pairs = [divmod(int(place), len(names)) for place in order if wrong.flat[place]]
    if not pairs:
        return [_("no picture was taken for another class")]
    head = (_("class"), _("taken for"), _("pictures"), _("of the class"))
    rows = [
        (names[i], names[j], f"{wrong[i, j]:,}", f"{wrong[i, j] / totals[i]:.1%}") for i, j in pairs
    ]
    return [_("most often confused"), *table([head, *rows], left=2)]


def _short(name: str) -> str:
    return shortened(printable(name), _NAME_WIDTH)
