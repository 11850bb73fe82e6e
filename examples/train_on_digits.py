"""From pictures to a model file and back: load, train, judge, save, load again, predict.

The pictures are the 1,797 handwritten digits that come with scikit-learn.
"""

from pathlib import Path
from tempfile import mkdtemp

import numpy as np

import konv
from konv.data import load

digits = load("digits", validation=0.1, test=0.2)
print(digits.summary(), end="\n\n")
names = np.array(digits.class_names)

model = konv.Sequential(
    [
        konv.Input(digits.preprocessing.shape),
        konv.Conv2D(16, 3, padding="same", activation="relu"),
        konv.Conv2D(16, 3, padding="same", activation="relu"),
        konv.MaxPooling2D(2),
        konv.Flatten(),
        konv.Dropout(0.25),
        konv.Dense(10, activation="softmax"),
    ],
    seed=0,
)
model.compile(konv.Adam(konv.OneCycle(0.01)))
model.fit(
    digits.train.images,
    names[digits.train.labels],
    validation_data=(digits.validation.images, names[digits.validation.labels]),
    epochs=10,
    augment="shift=0.125",
)
print("\n" + model.evaluate(digits.test.images, names[digits.test.labels]).text())

path = Path(mkdtemp(prefix="konv-"), "digits.konv")
model.save(path)
loaded = konv.load(path)
some = digits.test.images[:8]
print(f"\n{path}: {path.stat().st_size:,} bytes")
print("predicted", *loaded.predict_classes(some))
print("true     ", *names[digits.test.labels[:8]])
