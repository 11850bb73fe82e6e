"""The first listing of a Korean tutorial: 120×60 grey pictures, three convolutions, four classes.

The report shows what the tutorial does not say: a pool drops a column, because 9 is odd. Then the
network is trained for a moment on four kinds of noisy stripes.
"""

import numpy as np

import konv

HEIGHT, WIDTH = 120, 60
KINDS = ("columns", "diagonals", "rows", "squares")


def drawing(kind: str, generator: np.random.Generator) -> np.ndarray:
    """Stripes of any width and brightness in grey noise, uint8 (120, 60)."""
    rows, columns = np.mgrid[:HEIGHT, :WIDTH] + generator.integers(0, 20)
    width = generator.integers(4, 12)
    bright = {
        "columns": columns // width % 2,
        "diagonals": (rows + columns) // width % 2,
        "rows": rows // width % 2,
        "squares": (rows // width + columns // width) % 2,
    }[kind]
    noise = generator.normal(scale=40, size=(HEIGHT, WIDTH))
    return np.clip(70 + bright * generator.integers(40, 120) + noise, 0, 255).astype(np.uint8)


def drawings(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Pictures [count, 120, 60] and the kind of stripes on each."""
    generator = np.random.default_rng(seed)
    kinds = generator.choice(KINDS, size=count)
    return np.stack([drawing(kind, generator) for kind in kinds]), kinds


model = konv.Sequential(
    [
        konv.Input((HEIGHT, WIDTH, 1)),
        konv.Conv2D(12, 5, activation="relu"),
        konv.MaxPooling2D(2),
        konv.Conv2D(16, 5, activation="relu"),
        konv.MaxPooling2D(2),
        konv.Conv2D(20, 4, activation="relu"),
        konv.MaxPooling2D(2),
        konv.Flatten(),
        konv.Dense(128, activation="relu"),
        konv.Dense(4, activation="softmax"),
    ],
    name="tutorial-120x60",
)
model.summary()
print()

x, y = drawings(320, seed=0)
x_test, y_test = drawings(100, seed=1)
model.fit(x, y, batch_size=16, epochs=4)
print()
print(model.evaluate(x_test, y_test).text())
