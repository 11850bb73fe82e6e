"""Threads change the time and not a bit; bfloat16 changes the time and some bits.

The machine decides how much: this shows what konv found on yours.
"""

import time

import numpy as np

import konv

model = konv.Model.from_network(konv.named_network("vgg-mini").network, seed=0)
x = np.random.default_rng(0).integers(0, 256, (256, 32, 32, 3), dtype=np.uint8)


def timed(**options: str) -> tuple[float, np.ndarray]:
    """Seconds of the faster of two predictions, and what they say."""
    model.predict(x, **options)  # compiles
    start = time.perf_counter()
    outputs = model.predict(x, **options)
    return time.perf_counter() - start, outputs


target = konv.compile_info()["target"]
print(f"compiled for {target['cpu']} ({target['name']})")
usual = konv.get_threads()
konv.set_threads(1)
one_s, one = timed()
konv.set_threads(usual)
all_s, all_of_them = timed()
print(f"1 thread {one_s * 1e3:.0f} ms, {usual} threads {all_s * 1e3:.0f} ms")
print("all bits alike:", one.tobytes() == all_of_them.tobytes())

try:
    fast_s, fast = timed(precision="bf16")
except konv.EngineError as error:
    print(f"no bfloat16 here: {error}")
else:
    same = (fast.argmax(axis=1) == one.argmax(axis=1)).mean()
    print(f"bfloat16 {fast_s * 1e3:.0f} ms; the same class for {same:.1%} of the pictures,")
    print(f"probabilities differ by at most {np.abs(fast - one).max():.4f}")
