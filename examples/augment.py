"""Augmentation: pictures that are changed at random while a network learns.

Two networks learn the same digits, one of them moved by a pixel or two each time it sees them. Then
both are asked about digits that lie where none lay in training.
"""

import numpy as np

import konv
from konv.data import load

digits = load("digits", validation=0, test=0.25)
x, y = digits.train.images, digits.train.labels
x_test, y_test = digits.test.images, digits.test.labels
moved = np.roll(x_test, 1, axis=2)  # to the right
moved[:, :, 0] = 0

shift = konv.Shift(0.25)  # by at most a quarter of the width and of the height
print(f"{shift}: one digit, four times")
same = np.repeat(x[:1], 4, axis=0)
for changed in shift.apply(same, np.random.default_rng(0)):
    print("\n".join("".join("  ░▒▓█"[p // 52] * 2 for p in row) for row in changed[:, :, 0]), "\n")

for augment in ("", "shift=0.25"):
    model = konv.Model.from_network(konv.named_network("digits-mini").network, seed=0)
    model.fit(x, y, epochs=15, augment=augment, verbose=0)
    still, away = (model.evaluate(pictures, y_test)["accuracy"] for pictures in (x_test, moved))
    how = augment or "as they are"
    print(f"{how:<12} accuracy {still:.1%}, of digits a pixel to the right {away:.1%}")
