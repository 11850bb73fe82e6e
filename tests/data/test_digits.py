import numpy as np
from sklearn.datasets import load_digits

from konv.data.digits import Digits


def test_the_digits_are_scikit_learns_with_full_ink_as_white() -> None:
    read = Digits().read()
    part = read.parts["train"]
    bunch = load_digits()
    assert part.images.shape == (1797, 8, 8, 1)
    assert part.images.dtype == np.uint8
    assert np.array_equal(part.labels, bunch.target)
    assert read.class_names == tuple("0123456789")
    # 0 → 0, 8 → 127.5, rounded up, 16 → 255
    levels = {0: 0, 1: 16, 8: 128, 15: 239, 16: 255}
    for ink, level in levels.items():
        assert (part.images[..., 0][bunch.images == ink] == level).all()
