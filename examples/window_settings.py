"""The size formula the other way round: which kernel, stride and padding make 14 of 28?

A tutorial wants every division whole. Here are the settings that do that, simplest first, and the
numbers of rows that a stack of convolutions and pools can begin with if nothing may be left over.
"""

import konv

print("28 → 14, simplest first")
for setting in konv.window_settings(28, 14)[:5]:
    print(" ", setting)

print("\n39 → 36 with a kernel that is asked for")
print(" ", konv.window_settings(39, 36, kernel=4)[0])

# The way back through a tutorial's network, from the last map to the picture.
print("\n39 rows, layer by layer")
rows = 39
for kernel, stride in ((4, 1), (2, 2), (3, 1), (2, 2), (3, 1), (2, 2), (2, 1)):
    left = konv.dropped_size(rows, kernel=kernel, stride=stride)
    made = konv.output_size(rows, kernel=kernel, stride=stride)
    print(f"  ({rows} − {kernel}) / {stride} + 1 = {made}, {left} left over")
    rows = made


def whole(rows: int) -> bool:
    """Whether three convolutions of 3 with a pool of 2 behind each leave nothing over."""
    for _layer in range(3):
        rows = konv.output_size(rows, kernel=3) if rows >= 3 else 0
        if rows < 2 or konv.dropped_size(rows, kernel=2, stride=2):
            return False
        rows = konv.output_size(rows, kernel=2, stride=2)
    return True


print("\nthree times 3×3 and a pool of 2: whole for", *filter(whole, range(1, 64)))
