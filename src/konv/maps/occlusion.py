"""Occlusion: how much less sure of a class a network is when a part of the picture is covered.

A patch of one colour is laid over the picture, place by place, and the network looks again::

    drop[i, j] = p(class | picture) − p(class | picture with the patch at row i, column j)

Patches begin at 0, stride, 2·stride, …, and one more lies at the edge if the last would not reach
it, so that each pixel is covered. A pixel gets the mean drop of the patches that cover it.

Source: Zeiler and Fergus, "Visualizing and understanding convolutional networks", ECCV 2014,
section 4.2.
"""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from konv.constraints import Integer, Optional, Pair, Real
from konv.errors import NetworkError, ParameterError
from konv.language import translate as _
from konv.layers.base import Array, shape_text
from konv.limits import MAX_COEFFICIENT, MAX_OCCLUSIONS, MAX_SIDE
from konv.maps.heat import Occlusion
from konv.maps.scores import check_classes, class_scores, unit_of
from konv.parameters import check_value
from konv.values.running import Subject

__all__ = ["occlusion"]

# Without a stride of the caller's, it is one that asks for at most so many predictions.
_ENOUGH = 1_000
_MOST_ALONG = 64
_AT_ONCE = 2**24  # numbers of pictures in memory
_PATCH = Optional(Pair(Integer(1, MAX_SIDE)))
_STRIDE = Optional(Integer(1, MAX_SIDE))
_FILL = Optional(Real(-MAX_COEFFICIENT, MAX_COEFFICIENT))

Starts = tuple[tuple[int, ...], tuple[int, ...]]


def occlusion(
    subject: Subject,
    index: int,
    label: Any,
    *,
    patch: Any = None,
    stride: Any = None,
    fill: Any = None,
) -> Occlusion:
    """How much less sure of a class a network is when a part of the picture is covered.

    Args:
        subject: the network, its weights, the picture, and the engine that looks.
        index: of the class.
        label: the class.
        patch: pixels, or (height, width); None: a quarter of the picture's shorter side.
        stride: pixels from one patch to the next; None: a quarter of the patch, or as much more as
            keeps the predictions under 1,000.
        fill: the number to cover with, as the picture's numbers are; None: the mean of each channel
            of the picture.

    Raises:
        DataError: K505, the outputs are no classes.
        NetworkError: K310, the input is no picture.
        ParameterError: K201, a patch larger than the picture, a stride larger than the patch, or
            too many predictions.
    """
    network = subject.network
    check_classes(network)
    if len(network.input_shape) != 3:
        raise _no_picture(subject)
    height, width, _channels = network.picture_size
    size = _patch_size(patch, (height, width))
    step, starts = _starts(stride, size, (height, width))
    colour = _fill(subject, fill)
    looking = subject.beginning(network.nodes[-1].name)
    whole = class_scores(network, looking.outputs(subject.picture[np.newaxis]), index)
    places = list(itertools.product(*starts))
    at_once = max(1, min(64, _AT_ONCE // subject.picture.size))
    drops: list[float] = []
    for first in range(0, len(places), at_once):
        covered = _covered(subject, places[first : first + at_once], size, colour)
        outputs = looking.outputs(covered)
        drops += (whole.astype(np.float64) - class_scores(network, outputs, index)).tolist()
    values = np.array(drops).reshape(len(starts[0]), len(starts[1]))
    return Occlusion(
        network=network.name,
        label=label,
        class_index=index,
        values=values,
        on_picture=_mean_over_patches(values, starts, size, (height, width)),
        score=float(whole[0]),
        unit=unit_of(network),
        patch=size,
        stride=step,
        fill=tuple(colour.tolist()),
        rows=starts[0],
        columns=starts[1],
    )


def _patch_size(patch: Any, picture: tuple[int, int]) -> tuple[int, int]:
    given = check_value("patch", patch, _PATCH, where="occlusion")
    if given is None:
        # A sixty-fourth of the longer side, lest a strip needs thousands of predictions.
        side = max(1, round(min(picture) / 4), -(-max(picture) // _MOST_ALONG))
        return min(side, picture[0]), min(side, picture[1])
    size: tuple[int, int] = given
    if size[0] > picture[0] or size[1] > picture[1]:
        nearest = tuple(map(min, size, picture))
        raise ParameterError(
            _(
                "a patch of {patch} on a picture of {picture}",
                patch=shape_text(size),
                picture=shape_text(picture),
            ),
            code="K201",
            where="occlusion",
            fix=_("patch={nearest}, or smaller", nearest=shape_text(nearest)),
        )
    return size


def _starts(stride: Any, patch: tuple[int, int], picture: tuple[int, int]) -> tuple[int, Starts]:
    """The stride, and where patches begin."""
    step = check_value("stride", stride, _STRIDE, where="occlusion")
    moving = [side for side, pixels in zip(patch, picture, strict=True) if side < pixels]
    most = min(moving, default=MAX_SIDE)  # a larger one would leave pixels that no patch covers
    if step is None:
        step = max(1, min(patch) // 4)
        while step < most and _count(step, patch, picture) > _ENOUGH:
            step += 1
    elif step > most:
        raise ParameterError(
            _("stride={stride} leaves pixels that no patch covers", stride=step),
            code="K201",
            where="occlusion",
            fix=_("stride must be from 1 to {most}, or the patch larger", most=most),
        )
    _check_count(step, patch, picture)
    rows, columns = (_on_axis(step, *sizes) for sizes in zip(patch, picture, strict=True))
    return step, (rows, columns)


def _check_count(step: int, patch: tuple[int, int], picture: tuple[int, int]) -> None:
    count = _count(step, patch, picture)
    if count <= MAX_OCCLUSIONS:
        return
    possible = step
    while possible < min(patch) and _count(possible, patch, picture) > MAX_OCCLUSIONS:
        possible += 1
    if _count(possible, patch, picture) <= MAX_OCCLUSIONS:
        fix = _("stride={stride}, or a larger patch", stride=possible)
    else:
        fix = _("a larger patch")
    raise ParameterError(
        _("stride={stride} asks for {count:,} predictions", stride=step, count=count),
        code="K201",
        where="occlusion",
        details=[(_("at most"), f"{MAX_OCCLUSIONS:,}")],
        fix=fix,
    )


def _count(step: int, patch: tuple[int, int], picture: tuple[int, int]) -> int:
    rows, columns = (
        -(-(pixels - side) // step) + 1 for side, pixels in zip(patch, picture, strict=True)
    )
    return rows * columns


def _on_axis(step: int, side: int, pixels: int) -> tuple[int, ...]:
    last = pixels - side
    return (*range(0, last, step), last)


def _fill(subject: Subject, fill: Any) -> Array:
    """[channels] what the patch is made of, in the picture's kind of number."""
    given = check_value("fill", fill, _FILL, where="occlusion")
    picture = _channels_last(subject, subject.picture)
    channels = picture.shape[-1]
    colour = np.full(channels, given) if given is not None else picture.mean(axis=(0, 1))
    if picture.dtype == np.uint8:
        colour = np.clip(np.rint(colour), 0, 255)
    return colour.astype(picture.dtype)


def _covered(
    subject: Subject, places: list[tuple[int, int]], patch: tuple[int, int], colour: Array
) -> Array:
    """[N, …] the picture, with the patch at each of these places."""
    pictures = np.repeat(subject.picture[np.newaxis], len(places), axis=0)
    for picture, (row, column) in zip(_channels_last(subject, pictures), places, strict=True):
        picture[row : row + patch[0], column : column + patch[1]] = colour
    return pictures


def _channels_last(subject: Subject, pictures: Array) -> Array:
    """A view with the channels on the last axis."""
    first = subject.network.data_format == "channels_first"
    return np.moveaxis(pictures, -3, -1) if first else pictures


def _mean_over_patches(
    values: Array, starts: Starts, patch: tuple[int, int], picture: tuple[int, int]
) -> Array:
    """[height, width] the mean drop of the patches that cover each pixel."""
    rows, columns = (
        np.array([[first <= i < first + side for first in begins] for i in range(pixels)], float)
        for begins, side, pixels in zip(starts, patch, picture, strict=True)
    )
    covered = rows.sum(axis=1)[:, np.newaxis] * columns.sum(axis=1)
    return (rows @ values @ columns.T) / covered


def _no_picture(subject: Subject) -> NetworkError:
    return NetworkError(
        _("the input of the network is no picture of which a part could be covered"),
        code="K310",
        where=subject.network.name,
        details=[(_("input"), shape_text(subject.network.input_shape))],
        fix=_("a network that begins with Input((height, width, channels))"),
    )
