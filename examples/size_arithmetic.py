"""Sizes and sums of a convolution, step by step, with numbers small enough to check by hand.

Output sizes, padding, dropped rows; a convolution as one matrix product (im2col); how often each
pixel takes part; padding "same" and "full"; a kernel that is flipped; the three kinds of pooling.
"""

import numpy as np

import konv

X = np.array([[1, 2, 3, 0], [0, 1, 2, 3], [3, 0, 1, 2], [2, 3, 0, 1]])
K = np.array([[2, 0, 1], [0, 1, 2], [1, 0, 2]])


def convolved(x: np.ndarray, kernel: np.ndarray, **fields: object) -> np.ndarray:
    """One map and one kernel through a Conv2D with exactly these weights."""
    layer = konv.Conv2D(1, kernel.shape, use_bias=False, **fields)
    model = konv.Sequential([konv.Input((*x.shape, 1)), layer])
    model.set_weights([kernel[:, :, None, None]])
    return model.predict(x[None].astype(np.float32))[0, :, :, 0].astype(int)


def pooled(layer: konv.MaxPooling2D | konv.AveragePooling2D | konv.MinPooling2D) -> list:
    model = konv.Sequential([konv.Input((4, 4, 1)), layer])
    return model.predict(X[None].astype(np.float32))[0, :, :, 0].tolist()


print("Sizes: ⌊(size + zeros − span) / stride⌋ + 1")
print("  28, kernel 5                   ", konv.output_size(28, kernel=5))
print("  28, kernel 5, padding 2        ", konv.output_size(28, kernel=5, padding=2))
print("  7, kernel 3, stride 2, same    ", konv.output_size(7, kernel=3, stride=2, padding="same"))
print("  zeros of same, 28 and kernel 2 ", konv.padding_size(28, kernel=2))
print("  rows of 9 that a pool of 2 drops", konv.dropped_size(9, kernel=2, stride=2))

print("\nX and K")
print(X, K, sep="\n\n")

columns = konv.im2col(X, 3)
print("\nEvery 3×3 window of X as a row (im2col)")
print(columns)
print("\nThat matrix times K as a column is the convolution")
print((columns @ K.ravel()).reshape(2, 2))
assert (convolved(X, K) == (columns @ K.ravel()).reshape(2, 2)).all()

print("\nHow often each pixel takes part: ones, back through col2im")
print(konv.col2im(np.ones((4, 9), int), (4, 4), 3))

print('\npadding="same"', convolved(X, K, padding="same"), sep="\n")
print('\npadding="full"', convolved(X, K, padding="full"), sep="\n")
print("\nstride 2, padding 1", convolved(X, K, strides=2, padding=1), sep="\n")
print("\na mathematician's convolution, the kernel flipped")
print(convolved(X, K, true_convolution=True))

print("\nPools of 2×2: largest, mean, smallest")
print(*(pooled(kind(2)) for kind in (konv.MaxPooling2D, konv.AveragePooling2D, konv.MinPooling2D)))
