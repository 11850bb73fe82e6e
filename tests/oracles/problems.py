"""Problems for layers with windows, each written as one line of text.

::

    n=2 h=5 w=7 c=4 f=6 k=3x2 s=2x1 d=1x1 p=1,0,2,1 g=2 m=1 layout=last bias=1 flip=0 seed=3

A failing case prints its line; ``WindowProblem.parse(line)`` brings it back.

=========  =====================================================================================
n h w c    pictures, height, width, channels
f g m      filters, groups, depth multiplier (each is used by the layers that have it)
k s d      kernel (or pool), strides, dilation: rows x columns
p          valid, same, full, one number, rows,columns or top,bottom,left,right
layout     last or first: where the channels stand
bias flip  1 or 0: use_bias, true_convolution
seed       of the whole numbers that fill inputs, weights and gradients
=========  =====================================================================================
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import strategies as st

Pair = tuple[int, int]


@dataclass(frozen=True, repr=False)
class WindowProblem:
    """One problem; its ``repr`` is its line."""

    pictures: int
    size: Pair
    channels: int
    kernel: Pair
    filters: int = 1
    stride: Pair = (1, 1)
    dilation: Pair = (1, 1)
    padding: Any = "valid"
    groups: int = 1
    multiplier: int = 1
    channels_first: bool = False
    bias: bool = False
    flip: bool = False
    seed: int = 0

    def __repr__(self) -> str:
        words = {
            "n": self.pictures,
            "h": self.size[0],
            "w": self.size[1],
            "c": self.channels,
            "f": self.filters,
            "k": "{}x{}".format(*self.kernel),
            "s": "{}x{}".format(*self.stride),
            "d": "{}x{}".format(*self.dilation),
            "p": _padding_word(self.padding),
            "g": self.groups,
            "m": self.multiplier,
            "layout": "first" if self.channels_first else "last",
            "bias": int(self.bias),
            "flip": int(self.flip),
            "seed": self.seed,
        }
        return " ".join(f"{key}={value}" for key, value in words.items())

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """What hypothesis prints of a failing case."""
        printer.text(f'WindowProblem.parse("{self!r}")')

    @classmethod
    def parse(cls, line: str) -> WindowProblem:
        """The problem of a line; what a line leaves out is 1, valid, last or 0."""
        words = dict(word.split("=") for word in line.split())
        return cls(
            pictures=int(words.get("n", 1)),
            size=(int(words["h"]), int(words["w"])),
            channels=int(words.get("c", 1)),
            kernel=_pair(words["k"]),
            filters=int(words.get("f", 1)),
            stride=_pair(words.get("s", "1x1")),
            dilation=_pair(words.get("d", "1x1")),
            padding=_padding(words.get("p", "valid")),
            groups=int(words.get("g", 1)),
            multiplier=int(words.get("m", 1)),
            channels_first=words.get("layout", "last") == "first",
            bias=words.get("bias") == "1",
            flip=words.get("flip") == "1",
            seed=int(words.get("seed", 0)),
        )

    @property
    def data_format(self) -> str:
        return "channels_first" if self.channels_first else "channels_last"

    @property
    def input_shape(self) -> tuple[int, int, int]:
        """The shape of one picture in the layout of the problem."""
        height, width = self.size
        last = (height, width, self.channels)
        return (self.channels, height, width) if self.channels_first else last

    def in_layout(self, maps: np.ndarray) -> np.ndarray:
        """(N, H, W, C) as the layer under test takes it."""
        return np.moveaxis(maps, -1, 1) if self.channels_first else maps

    def integers(
        self, shape: tuple[int, ...], stream: int, *, low: int = -4, high: int = 4, times: int = 1
    ) -> np.ndarray:
        """Small whole numbers (int64): ``stream`` keeps input, weights and gradients apart."""
        generator = np.random.default_rng([self.seed, stream])
        return generator.integers(low, high + 1, shape) * times


def _pair(word: str) -> Pair:
    rows, columns = word.split("x")
    return int(rows), int(columns)


def _padding(word: str) -> Any:
    if word in ("valid", "same", "full"):
        return word
    numbers = [int(number) for number in word.split(",")]
    if len(numbers) == 1:
        return numbers[0]
    return tuple(numbers) if len(numbers) == 2 else (tuple(numbers[:2]), tuple(numbers[2:]))


def _padding_word(padding: Any) -> str:
    if not isinstance(padding, tuple):
        return str(padding)
    flat = [n for item in padding for n in (item if isinstance(item, tuple) else (item,))]
    return ",".join(map(str, flat))


_SMALL = st.integers(0, 3)
PADDINGS = st.one_of(
    st.sampled_from(["valid", "same", "full"]),
    _SMALL,
    st.tuples(_SMALL, _SMALL),
    st.tuples(st.tuples(_SMALL, _SMALL), st.tuples(_SMALL, _SMALL)),
)


@st.composite
def convolution_problems(draw: st.DrawFn) -> WindowProblem:
    """Convolutions of every kind that fit their input; groups divide channels and filters."""
    groups = draw(st.integers(1, 3))
    problem = WindowProblem(
        pictures=draw(st.integers(1, 3)),
        size=(draw(st.integers(1, 7)), draw(st.integers(1, 7))),
        channels=groups * draw(st.integers(1, 2)),
        filters=groups * draw(st.integers(1, 3)),
        kernel=(draw(st.integers(1, 4)), draw(st.integers(1, 4))),
        stride=(draw(st.integers(1, 3)), draw(st.integers(1, 3))),
        dilation=(draw(st.integers(1, 3)), draw(st.integers(1, 3))),
        padding=draw(PADDINGS),
        groups=groups,
        multiplier=draw(st.integers(1, 3)),
        channels_first=draw(st.booleans()),
        bias=draw(st.booleans()),
        flip=draw(st.booleans()),
        seed=draw(st.integers(0, 999)),
    )
    return _grown_to_fit(problem)


@st.composite
def pool_problems(draw: st.DrawFn) -> WindowProblem:
    """Pools of every kind that fit their input; explicit padding stays narrower than the pool."""
    pool = (draw(st.integers(1, 4)), draw(st.integers(1, 4)))
    sides = [st.integers(0, size - 1) for size in pool]
    least = min(pool) - 1
    explicit = st.tuples(*(st.tuples(side, side) for side in sides))
    problem = WindowProblem(
        pictures=draw(st.integers(1, 3)),
        size=(draw(st.integers(1, 8)), draw(st.integers(1, 8))),
        channels=draw(st.integers(1, 3)),
        kernel=pool,
        stride=(draw(st.integers(1, 4)), draw(st.integers(1, 4))),
        padding=draw(
            st.one_of(
                st.sampled_from(["valid", "same", "full"]),
                st.integers(0, least),
                st.tuples(*sides),
                explicit,
            )
        ),
        channels_first=draw(st.booleans()),
        seed=draw(st.integers(0, 999)),
    )
    return _grown_to_fit(problem)


def _grown_to_fit(problem: WindowProblem) -> WindowProblem:
    """The same problem on an input at least as large as its kernel reaches."""
    reach = [
        (kernel - 1) * step + 1
        for kernel, step in zip(problem.kernel, problem.dilation, strict=True)
    ]
    grown = tuple(max(size, span) for size, span in zip(problem.size, reach, strict=True))
    if problem.padding in ("same", "full"):
        return problem
    return WindowProblem(**{**problem.__dict__, "size": grown})
