"""A model as one file: the network, its weights, its class names, how a picture becomes its input.

The file holds no code, so opening one that somebody sent runs nothing. A network alone is a text
that can be read, compared and edited.
"""

from pathlib import Path
from tempfile import mkdtemp

import numpy as np

import konv
from konv.data import load

digits = load("digits", validation=0, test=0.25)
names = np.array(
    ["null", "eins", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun"]
)
model = konv.Model.from_network(konv.named_network("digits-mini").network, seed=0)
model.fit(digits.train.images, names[digits.train.labels], epochs=2, verbose=0)

folder = Path(mkdtemp(prefix="konv-"))
model.save(folder / "digits.konv")
loaded = konv.load(folder / "digits.konv")
x = digits.test.images
print(f"{folder / 'digits.konv'}: {(folder / 'digits.konv').stat().st_size:,} bytes")
print("class names:", *loaded.classes)
print("the same bits:", model.predict(x).tobytes() == loaded.predict(x).tobytes())

loaded.network.to_file(folder / "digits.yaml")
again = konv.Network.from_file(folder / "digits.yaml")
print("the same network:", again == loaded.network)
print((folder / "digits.yaml").read_text("utf-8"))

# The weights, as NumPy arrays in Keras's order and layouts.
for name, weight in loaded.weights.items():
    print(f"{name:<16} {weight.dtype} {weight.shape}")
