"""A classifier of your own pictures: python train_on_a_folder.py FOLDER [MODEL.konv]

FOLDER holds a folder of pictures for each class: FOLDER/daisy/1.jpg, FOLDER/rose/2.png, … They may
have any size and colour; those that cannot be read are named and left out. The command line does
the same with checkpoints and more choices: konv train FOLDER --out run/
"""

import sys

import numpy as np

import konv
from konv.data import load
from konv.network import choose_network


def main(folder: str, path: str) -> None:
    pictures = load(folder, size=32)  # small pictures are quick to learn from
    print(pictures.summary(), end="\n\n")
    names = np.array(pictures.class_names)

    network, reason = choose_network(pictures.preprocessing.shape, len(names), len(pictures.train))
    print(f"network {network.name}: {reason}")
    model = konv.Model.from_network(network, seed=0)
    # How a picture becomes the input travels with the model, so that it can read picture files.
    model.preprocessing = pictures.preprocessing
    model.fit(
        pictures.train.images,
        names[pictures.train.labels],
        validation_data=(pictures.validation.images, names[pictures.validation.labels]),
        epochs=20,
        augment="shift,flip",
        callbacks=[konv.EarlyStopping(patience=4)],
    )
    print("\n" + model.evaluate(pictures.test.images, names[pictures.test.labels]).text())
    model.save(path)

    first = pictures.test.paths[0]
    shares = model.predict(model.preprocessing.read(first)[None])[0]
    best = int(shares.argmax())
    print(f"\n{path} says of {first}: {model.classes[best]}, {shares[best]:.0%}")


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2] if len(sys.argv) == 3 else "model.konv")
