"""The CNN whose sizes a Korean tutorial works out: 39×31 pictures, four convolutions, 100 classes.

Shows its report, whose numbers can be compared with the tutorial's, and trains it for a moment on
pictures of two-digit numbers.
"""

from two_digit_numbers import two_digit_numbers

import konv


def convolution(filters: int, kernel_size: int) -> konv.Conv2D:
    # He's initialization keeps deep ReLU networks from standing still at the beginning.
    return konv.Conv2D(filters, kernel_size, activation="relu", kernel_initializer="he_uniform")


model = konv.Sequential(
    [
        konv.Input((39, 31, 1)),
        convolution(20, 4),
        konv.MaxPooling2D(2),
        convolution(40, 3),
        konv.MaxPooling2D(2),
        convolution(60, 3),
        konv.MaxPooling2D(2),
        convolution(80, 2),
        konv.Flatten(),
        konv.Dense(100, activation="softmax"),
    ],
    name="tutorial-39x31",
)
model.summary()

# The tutorial counts 160,000 weights in the last layer, where 160 · 100 = 16,000, and so comes to
# 208,320 in all.
print(f"\nweights without biases: {model.report().totals.weights:,}\n")

x, y = two_digit_numbers(3000, seed=0)
x_test, y_test = two_digit_numbers(500, seed=1)
model.compile(konv.Adam(0.005))
model.fit(x, y, epochs=3)
accuracy = model.evaluate(x_test, y_test)["accuracy"]
print(f"accuracy on 500 other pictures: {accuracy:.0%}; by chance it would be 1%")
