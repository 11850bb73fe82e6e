"""Pictures of two-digit numbers, 39×31 grey, made of scikit-learn's handwritten digits.

The two tutorials that tell 100 classes of such pictures apart come without pictures; these fit.
"""

import numpy as np

from konv.data import load

HEIGHT, WIDTH = 39, 31


def two_digit_numbers(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Pictures [count, 39, 31] of uint8, and the number 0…99 on each."""
    digits = load("digits", validation=0, test=0, cache=False).train
    generator = np.random.default_rng(seed)
    chosen = generator.integers(0, len(digits), size=(2, count))
    # Every pixel becomes 2×2; two digits of 16 columns share the one in the middle.
    left, right = digits.images[chosen, :, :, 0].repeat(2, axis=2).repeat(2, axis=3)
    pictures = np.zeros((count, HEIGHT, WIDTH), np.uint8)
    top = generator.integers(0, HEIGHT - 16, size=count)
    for picture, row, tens, units in zip(pictures, top, left, right, strict=True):
        place = picture[row : row + 16]
        place[:, :16] = tens
        place[:, -16:] = np.maximum(place[:, -16:], units)
    tens, units = digits.labels[chosen]
    return pictures, 10 * tens + units
