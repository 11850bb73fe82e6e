"""The same 100 classes without a convolution: 1209-600-300-300-150-100, and what that costs.

Shows both reports side by side in numbers: the dense network has 16 times the weights, and yet less
than half of the multiply-adds. Fewer weights are not the same as less work.
"""

from two_digit_numbers import two_digit_numbers

import konv

hidden = [konv.Dense(units, activation="relu") for units in (600, 300, 300, 150)]
dense = konv.Sequential(
    [konv.Input((39, 31, 1)), konv.Flatten(), *hidden, konv.Dense(100, activation="softmax")],
    name="tutorial-dense",
)
dense.summary()

cnn = konv.Model.from_network(konv.named_network("tutorial-39x31").network)
ours, theirs = dense.report().totals, cnn.report().totals
print(f"\n{'':<16}{'dense':>12}{'CNN':>12}")
for word, one, other in (
    ("weights", ours.weights, theirs.weights),
    ("multiply-adds", ours.macs, theirs.macs),
):
    print(f"{word:<16}{one:>12,}{other:>12,}   dense / CNN = {one / other:.2f}")

x, y = two_digit_numbers(3000, seed=0)
x_test, y_test = two_digit_numbers(500, seed=1)
print()
dense.fit(x, y, epochs=4)
accuracy = dense.evaluate(x_test, y_test)["accuracy"]
print(f"accuracy on 500 other pictures: {accuracy:.0%}; by chance it would be 1%")
