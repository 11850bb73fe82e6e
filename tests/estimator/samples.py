"""Few pictures that are learned in a moment: a bright row or a bright column."""

import numpy as np


def strokes(count=40, side=6, channels=None):
    """(pictures [N, side, side(, channels)], 0 for a row and 1 for a column)."""
    generator = np.random.default_rng(0)
    labels = np.arange(count) % 2
    pictures = generator.uniform(0, 0.2, size=(count, side, side))
    for picture, label, place in zip(
        pictures, labels, generator.integers(0, side, count), strict=True
    ):
        stroke = picture[place] if label == 0 else picture[:, place]
        stroke += 0.8
    if channels:
        pictures = np.repeat(pictures[..., None], channels, axis=3)
    return pictures, labels
