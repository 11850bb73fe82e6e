"""Networks side by side: what they hold, what they cost, what they see.

A CNN beside the dense network that would take its place: a tutorial says that fewer parameters
make a CNN faster. It has a sixteenth of the weights, and more than twice the multiply-adds.
"""

import konv

cnn = konv.named_network("tutorial-39x31").network
print(konv.compare(cnn, konv.dense_counterpart(cnn)), end="\n\n")

three = konv.compare(
    *(konv.named_network(name).network for name in ("simple", "lenet5", "resnet8"))
)
for network in three.networks:
    per_weight = network.macs / network.weights
    print(f"{network.name:<8} uses each of its {network.weights:,} weights {per_weight:.0f} times")
