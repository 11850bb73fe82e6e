"""What the tutorials compute by hand, with the numbers that must come out.

X and K are tutorial 004's; 0…8 as 3×3, and its kernel, are tutorial 003's.
"""

import numpy as np

__all__ = ["CONVOLUTIONS", "IM2COL", "K2", "NINE", "PARTICIPATION", "K", "X"]

X = np.array([[1, 2, 3, 0], [0, 1, 2, 3], [3, 0, 1, 2], [2, 3, 0, 1]], float)
K = np.array([[2, 0, 1], [0, 1, 2], [1, 0, 2]], float)
NINE = np.arange(9, dtype=float).reshape(3, 3)
K2 = np.array([[1, 2], [3, 4]], float)

_FULL = [
    [2, 4, 7, 2, 3, 0],
    [2, 7, 12, 10, 2, 3],
    [7, 4, 15, 16, 10, 2],
    [10, 10, 6, 15, 6, 7],
    [7, 8, 10, 4, 3, 4],
    [2, 3, 4, 7, 0, 2],
]
# (what it is, how X and K are convolved, what comes out)
CONVOLUTIONS = [
    ("V1 cross-correlation", {}, [[15, 16], [6, 15]]),
    ("V2 with a bias of 3", {"bias": 3}, [[18, 19], [9, 18]]),
    ("V4 true convolution", {"true_convolution": True}, [[11, 12], [10, 11]]),
    (
        "V5 zero padding 1",
        {"padding": 1},
        [[7, 12, 10, 2], [4, 15, 16, 10], [10, 6, 15, 6], [8, 10, 4, 3]],
    ),
    ("V6 full", {"padding": "full"}, _FULL),
    ("V7 stride 2, padding 1", {"strides": 2, "padding": 1}, [[7, 10], [10, 15]]),
]
# V8: the windows of X, each a row
IM2COL = [
    [1, 2, 3, 0, 1, 2, 3, 0, 1],
    [2, 3, 0, 1, 2, 3, 0, 1, 2],
    [0, 1, 2, 3, 0, 1, 2, 3, 0],
    [1, 2, 3, 0, 1, 2, 3, 0, 1],
]
# V10: (padding, in how many windows of 3×3 each of 4×4 numbers takes part)
PARTICIPATION = [
    ("valid", [[1, 2, 2, 1], [2, 4, 4, 2], [2, 4, 4, 2], [1, 2, 2, 1]]),
    ("same", [[4, 6, 6, 4], [6, 9, 9, 6], [6, 9, 9, 6], [4, 6, 6, 4]]),
    ("full", [[9] * 4] * 4),
]
