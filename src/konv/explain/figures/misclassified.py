"""The pictures that a network takes for another class, the surest mistakes first."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from konv.explain.figures.answer_tiles import MOST_PICTURES, draw_answers
from konv.explain.figures.answers import Answers
from konv.explain.figures.page import Page
from konv.explain.figures.page_file import new_page
from konv.explain.figures.wording import percent, pictures_text
from konv.language import translate as _

__all__ = ["misclassified_figure"]


def misclassified_figure(
    images: Any,
    labels: Any,
    predictions: Any,
    probabilities: Any,
    class_names: Sequence[object],
    path: str | os.PathLike[str],
    *,
    channels_first: bool = False,
) -> Path:
    """Draw up to 25 misclassified pictures, or say that there are none.

    Args:
        images: [N, height, width(, channels)]; uint8, or numbers.
        labels: the index of the class of each picture, [N].
        predictions: the index of the class that each was taken for, [N].
        probabilities: of that class, [N], or of all classes, [N, K]; None if there are none.
        class_names: [K].
        path: a .png or .svg file; it is replaced.
        channels_first: whether images are [N, channels, height, width].

    Returns:
        The path.

    Raises:
        DataError: K501, K503, K504, K505: these do not belong together.
        FormatError: K405, it cannot be written.
    """
    answers = Answers(
        images, predictions, probabilities, class_names, np.asarray(labels), channels_first
    )
    with new_page(path, class_names) as page:
        wrong = _surest_first(answers)
        if wrong:
            _draw_wrong(page, answers, wrong)
        else:
            page.lay_out(
                _("No picture is misclassified"),
                subtitle=_(
                    "{pictures}, each assigned to its class.",
                    pictures=pictures_text(len(answers.images)),
                ),
                body_in=0.0,
            )
    return Path(path)


def _surest_first(answers: Answers) -> list[int]:
    """The indices of the misclassified pictures."""
    wrong = np.flatnonzero(answers.is_wrong())
    if answers.probabilities is not None:
        wrong = wrong[np.argsort(-answers.probabilities[wrong], kind="stable")]
    return [int(index) for index in wrong]


def _draw_wrong(page: Page, answers: Answers, wrong: list[int]) -> None:
    count = len(answers.images)
    title = _(
        "{wrong} of {pictures} misclassified ({share})",
        wrong=f"{len(wrong):,}",
        pictures=pictures_text(count),
        share=percent(len(wrong) / count),
    )
    subtitle = _("Below each: true class → predicted class, and the probability given to it.")
    if len(wrong) > MOST_PICTURES:
        subtitle = " ".join([_first_text(answers), subtitle])
    draw_answers(page, answers, wrong[:MOST_PICTURES], title, subtitle)


def _first_text(answers: Answers) -> str:
    if answers.probabilities is None:
        return _("The first {count}.", count=MOST_PICTURES)
    return _("The {count} surest mistakes.", count=MOST_PICTURES)
