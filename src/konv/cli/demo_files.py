"""What ``konv demo`` leaves in its folder: a model, figures, and pictures to try it on.

Only files of these names are replaced; whatever else is in the folder stays.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from konv.data import Dataset
from konv.explain.figures import (
    confusion_figure,
    feature_maps_figure,
    filters_figure,
    learning_curves,
    misclassified_figure,
)
from konv.files import write_atomically
from konv.model import Model
from konv.training.evaluation import Evaluation
from konv.training.history import History

__all__ = ["DemoFiles", "save_all"]


@dataclass(frozen=True)
class DemoFiles:
    """Where things were saved.

    Args:
        model: the model file.
        figures: drawings.
        pictures: the folder of held-out pictures, one of each class.
    """

    model: Path
    figures: tuple[Path, ...]
    pictures: Path


def save_all(
    folder: Path, model: Model, dataset: Dataset, history: History, evaluation: Evaluation
) -> DemoFiles:
    """Write everything.

    Raises:
        FormatError: K405, something cannot be written.
    """
    model_file = folder / "digits.konv"
    model.save(model_file)
    test, names = dataset.splits["test"], dataset.class_names
    probabilities = model.predict(test.images)
    figures = (
        learning_curves(history, folder / "curves.png"),
        confusion_figure(evaluation.confusion, names, folder / "confusion.png", split="test"),
        filters_figure(model, folder / "filters.png"),
        feature_maps_figure(model, test.images[0], folder / "feature_maps.png"),
        misclassified_figure(
            test.images,
            test.labels,
            probabilities.argmax(axis=1),
            probabilities,
            names,
            folder / "misclassified.png",
        ),
    )
    pictures = folder / "pictures"
    for label, name in enumerate(names):
        first = int(np.flatnonzero(test.labels == label)[0])
        write_atomically(pictures / f"digit_{name}.png", _png(test.images[first]))
    return DemoFiles(model_file, figures, pictures)


def _png(image: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> bytes:
    from PIL import Image

    content = io.BytesIO()
    Image.fromarray(image[:, :, 0]).save(content, format="PNG")
    return content.getvalue()
