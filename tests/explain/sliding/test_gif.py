"""The GIF: a frame for each step, the same bytes for the same window, and files by their ending."""

from io import BytesIO
from itertools import pairwise

import numpy as np
import pytest
from PIL import Image

import konv
from konv.explain.sliding.gif import MOST_FRAMES, shown_steps
from konv.explain.sliding.gif_grids import CELL_PX, EDGE, FILL, PAPER, WINDOW
from konv.explain.sliding.gif_stage import MARGIN_PX, stage_of
from oracles.tutorial_numbers import K, X

PICTURE = (np.arange(900).reshape(30, 30) % 256).astype(np.uint8)


def frames(content):
    """Every frame as pixels (height, width, 3), and how long each is shown."""
    with Image.open(BytesIO(content)) as image:
        assert image.format == "GIF"
        assert image.info["loop"] == 0
        shown = []
        for number in range(image.n_frames):
            image.seek(number)
            shown.append((np.array(image.convert("RGB")).astype(int), image.info["duration"]))
    return shown


def rgb(colour):
    return [int(colour[i : i + 2], 16) for i in (1, 3, 5)]


def near(pixel, colour):
    return np.abs(pixel - rgb(colour)).max() <= 4


def corner(row, column, at=(MARGIN_PX, MARGIN_PX), cell=(CELL_PX, CELL_PX)):
    """A pixel in a cell's corner, clear of its text and of the line around a marked one."""
    return at[1] + row * cell[1] + 5, at[0] + column * cell[0] + 5


def test_there_is_a_frame_for_each_step_and_the_window_moves():
    sliding = konv.convolve(X, K)
    shown = frames(sliding.to_gif())
    assert len(shown) == 4
    for number, (pixels, _duration) in enumerate(shown):
        top, left = divmod(number, 2)
        for row in range(4):
            for column in range(4):
                in_window = top <= row < top + 3 and left <= column < left + 3
                seen = pixels[corner(row, column)]
                assert near(seen, FILL if in_window else PAPER), (number, row, column)


def test_the_output_fills_up():
    sliding = konv.convolve(X, K)
    output = stage_of(sliding).output
    ink = []
    for pixels, _duration in frames(sliding.to_gif()):
        dark = []
        for row in range(2):
            for column in range(2):
                left, top, right, bottom = output.box(row, column)
                inner = pixels[top + 4 : bottom - 3, left + 4 : right - 3]
                dark.append(bool((inner.max(axis=-1) < 100).any()))
        ink.append(dark)
    assert ink == [[i <= number for i in range(4)] for number in range(4)]


def test_elements_of_a_dilated_window_and_the_winner_of_a_pool_are_marked():
    pixels, _duration = frames(konv.convolve(X, [[1, 1], [1, 1]], dilation=2).to_gif())[0]
    assert [near(pixels[corner(0, j)], FILL) for j in range(4)] == [True, False, True, False]
    pixels, _duration = frames(konv.pool([[1, 9], [3, 4]]).to_gif())[0]
    edge = [pixels[MARGIN_PX + 1, MARGIN_PX + j * CELL_PX + 10] for j in range(2)]
    assert near(edge[0], EDGE)
    assert near(edge[1], WINDOW)


def test_the_last_frame_is_held():
    durations = [duration for _pixels, duration in frames(konv.convolve(X, K).to_gif())]
    assert durations[:-1] == [1200] * 3
    assert durations[-1] == 4000


@pytest.mark.parametrize(
    ("count", "expected"), [(1, [0]), (3, [0, 1, 2]), (MOST_FRAMES, list(range(MOST_FRAMES)))]
)
def test_few_steps_are_all_shown(count, expected):
    assert shown_steps(count) == expected


@pytest.mark.parametrize("count", [MOST_FRAMES + 1, 3072, 6400])
def test_of_many_steps_some_are_shown_evenly(count):
    steps = shown_steps(count)
    assert len(steps) == len({*steps}) == MOST_FRAMES
    assert (steps[0], steps[-1]) == (0, count - 1)
    gaps = {second - first for first, second in pairwise(steps)}
    assert max(gaps) - min(gaps) <= 1


def test_of_a_picture_the_pixels_are_drawn_and_the_file_stays_small():
    sliding = konv.convolve(PICTURE, "sobel-x", padding=1)
    content = sliding.to_gif()
    assert content == sliding.to_gif()
    assert len(content) < 2_000_000
    shown = frames(content)
    assert len(shown) == MOST_FRAMES
    grid = stage_of(sliding).input
    left, top, right, bottom = grid.box(1 + 4, 1 + 9)  # the padding stands around it
    grey = shown[0][0][(top + bottom) // 2, (left + right) // 2]
    assert np.abs(grey - PICTURE[4, 9]).max() <= 8


CASES = {
    "negative and fractional": lambda: konv.convolve(-np.eye(3) / 3, [[-0.125]], bias=-1.5),
    "wide": lambda: konv.convolve(np.ones((1, 20)) * -1234.5, [[1.0, -1.0]]),
    "tall": lambda: konv.convolve(np.ones((20, 1)), [[1], [1]], stride=3),
    "large kernel": lambda: konv.convolve(PICTURE, np.ones((25, 25))),
    "all of it": lambda: konv.convolve(PICTURE, np.ones((30, 30)) / 900),
    "padding 2, dilation 2": lambda: konv.convolve(X, K, padding=2, dilation=2, stride=3),
    "average pool": lambda: konv.pool(X, 3, "average", padding=1),
    "activation": lambda: konv.convolve(X, K, bias=1e-7, activation="gelu"),
}


@pytest.mark.parametrize("make", CASES.values(), ids=CASES)
def test_every_window_can_be_drawn_within_the_frame(make):
    sliding = make()
    stage = stage_of(sliding)
    for grid in stage.grids:
        assert grid.corner[0] + grid.size[0] <= stage.width - MARGIN_PX
        assert grid.corner[1] + grid.size[1] <= stage.text_top
    for pixels, _duration in frames(sliding.to_gif()):
        assert pixels.shape[1] == stage.width
        border = np.concatenate([pixels[:8].reshape(-1, 3), pixels[-4:].reshape(-1, 3)])
        assert (border == 255).all()
        assert (pixels[:, -8:] == 255).all()


def test_grids_do_not_overlap():
    wide = konv.convolve(np.ones((4, 18)) * 1000, K, padding=1)
    first, second, third = stage_of(wide).grids
    assert second.corner[1] > first.corner[1] + first.size[1]
    assert third.corner[0] > second.corner[0] + second.size[0] or (
        third.corner[1] > second.corner[1] + second.size[1]
    )


@pytest.mark.parametrize("name", ["a.html", "그림.GIF", "새 폴더/a.txt"])
def test_it_is_saved_by_the_ending_of_the_name(name, tmp_path):
    sliding = konv.convolve(X, K)
    path = sliding.save(tmp_path / name)
    expected = {
        ".html": sliding.to_html().encode(),
        ".gif": sliding.to_gif(),
        ".txt": (sliding.to_text(steps=None) + "\n").encode(),
    }
    assert path.read_bytes() == expected[path.suffix.lower()]


@pytest.mark.parametrize("name", ["a.png", "a", ".html.svg"])
def test_another_ending_is_refused_with_those_that_are_right(name, tmp_path):
    with pytest.raises(konv.FormatError, match="K404") as caught:
        konv.convolve(X, K).save(tmp_path / name)
    assert ".html, " in caught.value.fix
    assert list(tmp_path.iterdir()) == []
