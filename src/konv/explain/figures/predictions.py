"""A sheet of pictures with the classes that a network assigns to them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from konv.explain.figures.answer_tiles import MOST_PICTURES, draw_answers
from konv.explain.figures.answers import Answers
from konv.explain.figures.page_file import new_page
from konv.explain.figures.wording import pictures_text
from konv.language import translate as _

__all__ = ["predictions_figure"]


def predictions_figure(
    images: Any,
    predictions: Any,
    probabilities: Any,
    class_names: Sequence[object],
    path: str | os.PathLike[str],
    *,
    labels: Any = None,
    channels_first: bool = False,
) -> Path:
    """Draw the first 25 pictures, each with its predicted class and the probability of it.

    Args:
        images: [N, height, width(, channels)]; uint8, or numbers.
        predictions: the index of the class that each was taken for, [N].
        probabilities: of that class, [N], or of all classes, [N, K]; None if there are none.
        class_names: [K].
        path: a .png or .svg file; it is replaced.
        labels: the index of the class of each picture, [N], if it is known.
        channels_first: whether images are [N, channels, height, width].

    Returns:
        The path.

    Raises:
        DataError: K501, K503, K504, K505: these do not belong together.
        FormatError: K405, it cannot be written.
    """
    answers = Answers(images, predictions, probabilities, class_names, labels, channels_first)
    shown = min(len(answers.images), MOST_PICTURES)
    with new_page(path, class_names) as page:
        if labels is None:
            title = _("Predicted classes of {pictures}", pictures=pictures_text(shown))
        else:
            title = _(
                "{right} of {pictures} classified correctly",
                right=shown - int(answers.is_wrong()[:shown].sum()),
                pictures=pictures_text(shown),
            )
        subtitle = _subtitle(answers, len(answers.images) > shown)
        draw_answers(page, answers, range(shown), title, subtitle)
    return Path(path)


def _subtitle(answers: Answers, more: bool) -> str:
    parts = []
    if more:
        parts.append(_("The first {count} of {all}.", count=MOST_PICTURES, all=len(answers.images)))
    parts.append(_("Below each: the predicted class, and the probability given to it."))
    if answers.is_wrong()[:MOST_PICTURES].any():
        parts.append(_("Framed in orange: true class → predicted class."))
    return " ".join(parts)
