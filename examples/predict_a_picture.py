"""What is on a picture: a file of any kind and size, brought to the network as in training.

How a picture becomes the input travels with the model: nobody has to remember it.
"""

from pathlib import Path
from tempfile import mkdtemp

import numpy as np
from PIL import Image

import konv
from konv.data import load

digits = load("digits", validation=0, test=0.25)
model = konv.Model.from_network(konv.named_network("digits-mini").network, seed=0)
model.preprocessing = digits.preprocessing
model.fit(digits.train.images, digits.train.labels, epochs=8, verbose=0)

# A picture as one comes: larger, in colour, a JPEG.
folder = Path(mkdtemp(prefix="konv-"))
path = folder / "digit.jpg"
pixels = digits.test.images[0, :, :, 0].repeat(16, axis=0).repeat(16, axis=1)
Image.fromarray(np.stack([pixels] * 3, axis=-1)).save(path)

picture = model.preprocessing.read(path)
print(f"{path}: brought to {picture.shape}, {picture.dtype}")
shares = model.predict(picture[None])[0]
for label in shares.argsort()[::-1][:3]:
    print(f"  {model.classes[label]}  {shares[label]:.1%}")
print("it is", digits.test.labels[0])
