"""Which windows make a size of another: exact, complete for small sizes, the simplest first."""

import itertools

import pytest

from konv import ParameterError, ShapeError, window_settings
from konv.design.window_settings import WindowSetting


def counted(setting):
    """(windows, rows that none of them sees), by laying one window after the other."""
    axis = setting.axis
    rows = range(-axis.before, axis.size + axis.after)
    windows = []
    for start in itertools.count(-axis.before, axis.stride):
        window = [start + i * axis.dilation for i in range(axis.kernel)]
        if window[-1] not in rows:
            break
        windows.append(window)
    seen = {row for window in windows for row in window} & set(range(axis.size))
    return len(windows), axis.size - len(seen)


@pytest.mark.parametrize("size", range(1, 13))
@pytest.mark.parametrize("output", [1, 2, 3, 5, 8, 12, 17])
def test_every_size_can_be_made_of_every_other_and_each_answer_is_exact(size, output):
    settings = window_settings(size, output, most=1000)
    for setting in settings:
        assert counted(setting) == (output, setting.axis.unseen), setting
    assert len({setting.axis for setting in settings}) == len(settings)


@pytest.mark.parametrize(
    ("size", "output", "settled", "first"),
    [
        # the tutorials' layers, asked from behind
        (39, 36, {}, {"kernel": 4}),
        (36, 18, {}, {"kernel": 2, "stride": 2}),
        (28, 24, {}, {"kernel": 5}),
        (120, 116, {}, {"kernel": 5}),
        (28, 28, {"kernel": 5}, {"kernel": 5, "padding": "same"}),
        # an odd size is not halved by a pool of 2 without a row that is not seen
        (9, 4, {"stride": 2}, {"kernel": 3, "stride": 2}),
        (9, 4, {"kernel": 2}, {"kernel": 2, "stride": 2}),
        (7, 4, {"kernel": 3, "stride": 2}, {"kernel": 3, "stride": 2, "padding": "same"}),
        (28, 60, {}, {"kernel": 33, "padding": "full"}),
        (28, 1, {}, {"kernel": 28}),
        (28, 24, {"dilation": 2}, {"kernel": 3, "dilation": 2}),
        (28, 14, {"padding": 2}, {"kernel": 5, "stride": 2, "padding": 2}),
        (28, 14, {"padding": (0, 1)}, {"kernel": 2, "stride": 2, "padding": (0, 1)}),
        (16_384, 16_384, {}, {"kernel": 1}),
    ],
)
def test_the_simplest_comes_first(size, output, settled, first):
    assert window_settings(size, output, **settled)[0].fields == first


def test_what_is_settled_stays():
    for setting in window_settings(28, 14, kernel=3, stride=2):
        assert (setting.axis.kernel, setting.axis.stride) == (3, 2)


def test_settings_that_see_every_row_come_before_those_that_do_not():
    unseen = [setting.axis.unseen > 0 for setting in window_settings(9, 4, most=1000)]
    assert unseen == sorted(unseen)
    assert unseen[0] is False
    assert unseen[-1] is True


def test_at_most_so_many_are_given():
    assert len(window_settings(28, 14, most=3)) == 3


def test_a_setting_can_be_read():
    setting = window_settings(28, 14, kernel=3, padding="same", dilation=1)[0]
    assert isinstance(setting, WindowSetting)
    assert str(setting) == "kernel=3, stride=2, padding='same'"
    assert setting.output == 14


def test_what_does_not_go_together_names_what_is_nearest():
    with pytest.raises(ShapeError) as caught:
        window_settings(28, 13, kernel=3, stride=1, dilation=1)
    assert caught.value.code == "K109"
    assert "(28 + 2·0 − 3) / 1 + 1 = 26" in str(caught.value)
    assert caught.value.fix == "26, with kernel=3"


def test_a_window_that_fits_nowhere_is_refused():
    with pytest.raises(ShapeError) as caught:
        window_settings(3, 2, kernel=9, padding="valid", dilation=1)
    assert caught.value.code == "K109"
    assert "more padding" in caught.value.fix


@pytest.mark.parametrize(
    "values",
    [
        {"size": 0},
        {"size": 1.5},
        {"output": -1},
        {"output": 16_385},
        {"kernel": 0},
        {"stride": "2"},
        {"padding": "sam"},
        {"padding": -1},
        {"dilation": 0},
        {"most": 0},
    ],
)
def test_bad_values_are_refused(values):
    with pytest.raises(ParameterError) as caught:
        window_settings(**{"size": 28, "output": 14, **values})
    assert caught.value.code == "K201"
