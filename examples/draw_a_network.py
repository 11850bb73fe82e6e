"""Pictures of a network, without Graphviz or LaTeX: bricks, boxes to scale, a graph, plain text.

The network has a branch: a residual block, as in ResNet.
"""

from pathlib import Path
from tempfile import mkdtemp

import konv

x = konv.Input((16, 16, 3))
y = konv.Conv2D(8, 3, padding="same", activation="relu")(x)
z = konv.Conv2D(8, 3, padding="same")(y)
z = konv.ReLU()(konv.Add()([y, z]))
z = konv.Dense(4, activation="softmax")(konv.GlobalAveragePooling2D()(z))
model = konv.Model(x, z, name="residual")

folder = Path(mkdtemp(prefix="konv-"))
for style in ("blocks", "volumes", "graph"):
    path = folder / f"residual-{style}.svg"
    konv.draw(model, style=style).save(path)
    print(f"written: {path}")

print("\nFor a README, which GitHub draws:\n")
print(konv.draw(model, style="mermaid"))
print("\nFor a terminal or a review:\n")
print(konv.draw(model, style="text"))
