"""The network of a Korean tutorial that was written for Theano: 28×28 pictures, channels first.

Its listing says ``input_shape=(1, 28, 28)``. Read as (height, width, channels), as Keras reads it
today, that is a picture of a single row: konv says so. With channels first the network is what the
tutorial means, and learns handwritten digits.
"""

import konv
from konv.data import load

try:
    konv.Conv2D(32, 5, activation="relu")(konv.Input((1, 28, 28)))
except konv.ShapeError as error:
    print(error, end="\n\n")

first = {"data_format": "channels_first"}
model = konv.Sequential(
    [
        konv.Input((1, 28, 28)),
        konv.Conv2D(32, 5, activation="relu", **first),
        konv.MaxPooling2D(2, **first),
        konv.Flatten(**first),
        konv.Dense(128, activation="relu"),
        konv.Dense(10, activation="softmax"),
    ],
    name="tutorial-003",
)
model.summary()
print()

# scikit-learn's digits have 8×8 pixels; load brings them to 28×28. Channels go to the front.
digits = load("digits", validation=0, test=0.25, size=(28, 28))
x, x_test = (split.images.transpose(0, 3, 1, 2) for split in (digits.train, digits.test))
model.fit(x, digits.train.labels, epochs=3)
accuracy = model.evaluate(x_test, digits.test.labels)["accuracy"]
print(f"accuracy on {len(x_test)} other pictures: {accuracy:.0%}; by chance it would be 10%")
