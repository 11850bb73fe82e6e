"""What the tutorials compute by hand, with the numbers that must come out, where they erred
corrected.

X and K are tutorial 004's; 0…8 as 3×3, and its kernel, are tutorial 003's. A layer stands as a
network file has it: ``{"Conv2D": {"filters": 20, "kernel_size": 4}}``.
"""

import numpy as np

__all__ = [
    "CONVOLUTIONS",
    "DENSE_AGAINST_CNN",
    "DROPPED",
    "FIELDS",
    "IM2COL",
    "K2",
    "KERAS_1",
    "LAYERS",
    "LISTING",
    "NETWORKS",
    "NINE",
    "NINES",
    "PARTICIPATION",
    "POOLS",
    "SEEN",
    "SHAPES",
    "SIGMOIDS",
    "SLOPES",
    "WINDOW",
    "K",
    "X",
]

X = np.array([[1, 2, 3, 0], [0, 1, 2, 3], [3, 0, 1, 2], [2, 3, 0, 1]], float)
K = np.array([[2, 0, 1], [0, 1, 2], [1, 0, 2]], float)
NINE = np.arange(9, dtype=float).reshape(3, 3)
K2 = np.array([[1, 2], [3, 4]], float)

# Sizes and parameters -----------------------------------------------------------------------------


def _convolution(filters, kernel_size, **fields):
    return {"Conv2D": {"filters": filters, "kernel_size": kernel_size, **fields}}


_POOL = {"MaxPooling2D": {"pool_size": 2}}
_FIRST = {"data_format": "channels_first"}
_SAME_FIRST = {"padding": "same", **_FIRST}

LAYERS = [
    # name, input, layer, output, weights, with biases, MACs (None: not stated)
    ("G1", (39, 31, 1), _convolution(20, 4), (36, 28, 20), 320, 340, 322_560),
    ("G2", (36, 28, 20), _POOL, (18, 14, 20), 0, 0, 0),
    ("G3", (18, 14, 20), _convolution(40, 3), (16, 12, 40), 7_200, 7_240, 1_382_400),
    ("G5", (8, 6, 40), _convolution(60, 3), (6, 4, 60), 21_600, 21_660, 518_400),
    ("G5b", (8, 6, 40), _convolution(60, 2), (7, 5, 60), 9_600, 9_660, None),
    ("G5b pool", (7, 5, 60), _POOL, (3, 2, 60), 0, 0, 0),
    ("G7", (3, 2, 60), _convolution(80, 2), (2, 1, 80), 19_200, 19_280, 38_400),
    ("G9", (160,), {"Dense": {"units": 100}}, (100,), 16_000, 16_100, 16_000),
    ("G13", (32, 32, 3), {"ZeroPadding2D": {"padding": 2}}, (36, 36, 3), 0, 0, 0),
    ("G15 valid, 1", (32, 32, 3), _convolution(1, 5), (28, 28, 1), 75, 76, None),
    ("G15 valid, 3", (32, 32, 3), _convolution(3, 5), (28, 28, 3), 225, 228, None),
    ("G15 pad 2, 1", (32, 32, 3), _convolution(1, 5, padding=2), (32, 32, 1), 75, 76, None),
    ("G15 pad 2, 3", (32, 32, 3), _convolution(3, 5, padding=2), (32, 32, 3), 225, 228, None),
    ("G17", (1, 3, 3), _convolution(1, 2, **_FIRST), (1, 2, 2), 4, 5, None),
    ("G18", (9,), {"Dense": {"units": 4}}, (4,), 36, 40, None),
    ("G19", (1, 3, 3), _convolution(3, 2, **_SAME_FIRST), (3, 3, 3), 12, 15, None),
    ("G20", (3, 3, 3), _convolution(1, 2, **_SAME_FIRST), (1, 3, 3), 12, 13, None),
    ("G21", (3, 3, 3), _convolution(2, 2, **_SAME_FIRST), (2, 3, 3), 24, 26, None),
    ("G27", (7, 7, 1), _convolution(8, 3, strides=2, padding="same"), (4, 4, 8), 72, 80, None),
]
# G5b: the row and the column that the pool leaves out
DROPPED = {"G5b pool": (1, 1)}

# G22: the listing of tutorial 003, channels first as it was written for Theano
LISTING = {
    "konv": 1,
    "name": "tutorial-003",
    "layers": [
        {"Input": {"shape": [1, 28, 28]}},
        _convolution(32, 5, activation="relu", **_FIRST),
        {"MaxPooling2D": {"pool_size": 2, **_FIRST}},
        {"Flatten": _FIRST},
        {"Dense": {"units": 128, "activation": "relu"}},
        {"Dense": {"units": 10, "activation": "softmax"}},
    ],
}
NETWORKS = [
    # name, what konv calls it (LISTING: none of its own), weights, with biases, MACs
    ("G10", "tutorial-39x31", 64_320, 64_620, 2_277_760),
    ("G11", "tutorial-dense", 1_055_400, 1_056_850, 1_055_400),
    ("G12", "tutorial-120x60", 133_612, 133_792, 9_398_912),
    ("G22", LISTING, 591_904, 592_074, 1_051_904),
]
# G11 over G10: weights, multiply-adds
DENSE_AGAINST_CNN = (16.41, 0.46)
# name of a network -> (what its layers make)
SHAPES = {
    "tutorial-dense": [(39, 31, 1), (1209,), (600,), (300,), (300,), (150,), (100,)],
    "tutorial-120x60": [
        (120, 60, 1),
        (116, 56, 12),
        (58, 28, 12),
        (54, 24, 16),
        (27, 12, 16),
        (24, 9, 20),
        (12, 4, 20),
        (960,),
        (128,),
        (4,),
    ],
}
# G26: how many rows and columns each layer behind the input sees
FIELDS = [
    ("G10", "tutorial-39x31", [4, 5, 9, 11, 19, 23, 31]),
    ("G12", "tutorial-120x60", [5, 6, 14, 16, 28, 32]),
    ("G22", LISTING, [5, 6]),
]

# Values -------------------------------------------------------------------------------------------

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
# V9: a window of tutorial 001, its kernel, the sum as it is written there, and what it makes
WINDOW = (
    np.array([[3, 1], [1, 7], [2, 5]], float),
    np.array([[1, -1], [1, -1], [1, -1]], float),
    "3*1 + 1*(-1) + 1*1 + 7*(-1) + 2*1 + 5*(-1) = -7",
    -7,
)
# V10: (padding, in how many windows of 3×3 each of 4×4 numbers takes part)
PARTICIPATION = [
    ("valid", [[1, 2, 2, 1], [2, 4, 4, 2], [2, 4, 4, 2], [1, 2, 2, 1]]),
    ("same", [[4, 6, 6, 4], [6, 9, 9, 6], [6, 9, 9, 6], [4, 6, 6, 4]]),
    ("full", [[9] * 4] * 4),
]
# V11: (pool of 2×2, what it makes of X, how its first number is written)
POOLS = [
    ("MaxPooling2D", [[2, 3], [3, 2]], "max(1, 2, 0, 1) = 2"),
    ("MinPooling2D", [[0, 0], [0, 0]], "min(1, 2, 0, 1) = 0"),
    ("AveragePooling2D", [[1, 2], [2, 1]], "4 / 4 = 1"),
]
# V12: (what it is, how 0…8 and K2 are convolved, what comes out)
NINES = [
    ("V12 valid", {}, [[27, 37], [57, 67]]),
    ("V12 same", {"padding": "same"}, [[27, 37, 17], [57, 67, 29], [20, 23, 8]]),
    (
        "V12 Keras 1 on Theano",
        {"true_convolution": True, "padding": ((1, 0), (1, 0))},
        [[0, 1, 4], [3, 13, 23], [15, 43, 53]],
    ),
]
# V13: the inputs that output 0 sees
SEEN = [0, 1, 3, 4]
# V14: (activation, the most that it multiplies a gradient by); sigmoids, what is left behind them
SLOPES = [("sigmoid", 0.25), ("tanh", 1.0), ("relu", 1.0)]
SIGMOIDS = (10, 9.5e-7)

# G24: what Keras 1 wrote for a kernel of 5×5 with a stride of 1
KERAS_1 = ("Convolution2D", (32, 5, 5))
