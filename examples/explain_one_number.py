"""One number of a network as the sum that it is, with the picture and the kernel of a tutorial.

Run it: python examples/explain_one_number.py
"""

import numpy as np

import konv

PICTURE = np.array([[1, 2, 3, 0], [0, 1, 2, 3], [3, 0, 1, 2], [2, 3, 0, 1]], float)
KERNEL = np.array([[2, 0, 1], [0, 1, 2], [1, 0, 2]], float)
DENSE = np.array([[0.1, -0.1], [0, 0.1], [-0.1, 0], [0.1, 0]])

model = konv.Sequential(
    [
        konv.Input((4, 4, 1)),
        konv.Conv2D(1, 3, activation="relu"),
        konv.Flatten(),
        konv.Dense(2, activation="softmax"),
    ]
)
model.set_weights([KERNEL[:, :, None, None], [3], DENSE, [0, 0]])

print("The same number in three ways:\n")
for how in ("loops", "im2col", "true"):
    print(model.explain(PICTURE, layer="conv2d_1", at=(0, 0, 0), how=how).text(width=80), "\n")

print("The probability of class 1, from its exponentials:\n")
print(model.explain(PICTURE, layer="dense_1", at=1).text(width=80), "\n")

print("The gradient of the loss by the middle weight of the kernel:\n")
gradient = model.explain_gradient(PICTURE, label=1, layer="conv2d_1", weight=(1, 1, 0, 0))
print(gradient.text(width=80), "\n")

print("How often each pixel takes part:")
print(konv.participation(4, 3))
