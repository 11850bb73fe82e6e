"""What is wrong with a network, why it matters, and the network in which it is put right.

Rules find what frameworks pass over in silence: a column that no pool reaches, two convolutions
with nothing nonlinear between them, an output for a class too few.
"""

import konv
from konv.design import repaired

network = konv.Sequential(
    [
        konv.Input((24, 9, 1)),
        konv.Conv2D(8, 3, padding="same"),
        konv.Conv2D(8, 3, padding="same", activation="relu"),
        konv.MaxPooling2D(2),
        konv.Flatten(),
        konv.Dense(4, activation="softmax"),
    ],
    name="hasty",
).network

findings = konv.check(network, classes=5)
print(findings.text(), end="\n\n")

repair = repaired(network, classes=5)
print("changed")
for number, change in enumerate(repair.changes, start=1):
    print(f"  {number}  {change}")
print("gravest finding that is left:", repair.findings.worst or "none")
print()
print(repair.network.to_yaml())
