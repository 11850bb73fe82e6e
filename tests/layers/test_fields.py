"""Words of other libraries, names, paddings and axes: what shared fields hold and refuse."""

import pytest

from konv import layers as kl
from konv.errors import ParameterError
from konv.layers import LAYERS
from konv.layers.fields import FORMER_NAMES, axis_paddings


def error_of(layer, *args, **fields):
    with pytest.raises(ParameterError) as caught:
        layer(*args, **fields)
    return caught.value


@pytest.mark.parametrize(
    ("layer", "wrong", "fix", "right"),
    [
        (kl.Conv2D, {"nb_filter": 8, "kernel_size": 3}, "filters", {"filters": 8}),
        (kl.Conv2D, {"filters": 8, "kernel_size": 3, "stride": 2}, "strides", {"strides": 2}),
        (kl.Conv2D, {"filters": 8, "kernel_size": 3, "dilation": 2}, "dilation_rate", {}),
        (kl.Conv2D, {"filters": 8, "kernel_size": 3, "subsample": 2}, "strides", {}),
        (kl.Conv2D, {"filters": 8, "kernel_size": 3, "init": "zeros"}, "kernel_initializer", {}),
        (kl.MaxPooling2D, {"border_mode": "same"}, "padding", {"padding": "same"}),
        (kl.MaxPooling2D, {"stride": 2}, "strides", {"strides": 2}),
        (kl.Dense, {"output_dim": 10}, "units", {"units": 10}),
        (kl.Dense, {"units": 10, "bias": False}, "use_bias", {"use_bias": False}),
        (kl.Dropout, {"p": 0.5}, "rate", {"rate": 0.5}),
    ],
)
def test_a_former_name_is_answered_with_the_field_of_today(layer, wrong, fix, right):
    error = error_of(layer, **wrong)
    assert (error.code, error.fix) == ("K202", f"it is called {fix} here")
    known = {name: value for name, value in wrong.items() if name in layer.constraints()}
    former = next(value for name, value in wrong.items() if name not in known)
    assert getattr(layer(**known, **{fix: former}), fix) is not None


@pytest.mark.parametrize(
    ("layer", "fields", "text"),
    [
        (kl.Conv2D, {"nb_row": 3}, "write kernel_size=(rows, columns)"),
        (kl.Conv2D, {"input_shape": (28, 28, 1)}, "begin the network with konv.Input("),
        (kl.Dense, {"input_dim": 9}, "konv.Input((size,))"),
        (kl.Conv2D, {"dim_ordering": "th"}, 'data_format="channels_first"'),
        (kl.Conv2D, {"in_channels": 3}, "leave it out"),
    ],
)
def test_what_no_field_replaces_is_answered_with_a_sentence(layer, fields, text):
    assert text in error_of(layer, **fields).fix


@pytest.mark.parametrize("name", FORMER_NAMES)
@pytest.mark.parametrize("layer", LAYERS.values(), ids=list(LAYERS))
def test_no_answer_names_a_field_that_the_layer_has_not(layer, name):
    former = FORMER_NAMES[name]
    fix = error_of(layer, **{name: 1}).fix
    if former.isidentifier() and former not in layer.constraints():
        assert former not in fix.split()
    assert fix


def test_every_field_of_today_exists():
    renamed = {former for former in FORMER_NAMES.values() if former.isidentifier()}
    assert renamed <= {name for layer in LAYERS.values() for name in layer.constraints()}


@pytest.mark.parametrize(
    ("layer", "name", "meant"),
    [
        (kl.Conv2D, "filter", "filters"),
        (kl.Conv2D, "kernelsize", "kernel_size"),
        (kl.Dense, "unit", "units"),
        (kl.MaxPooling2D, "poolsize", "pool_size"),
    ],
)
def test_a_slip_of_the_pen_is_answered_with_the_field_that_was_meant(layer, name, meant):
    assert error_of(layer, **{name: 3}).fix == f"did you mean {meant}?"


def test_a_word_like_no_field_is_answered_with_all_of_them():
    assert error_of(kl.Flatten, colour=1).fix == "the fields are name, data_format"


@pytest.mark.parametrize("name", ["x" * 10**6, "a\nb", "name " * 99, ""])
def test_a_name_of_any_kind_is_refused_in_one_short_line(name):
    error = error_of(kl.Flatten, **{name: 1})
    assert error.code == "K202"
    assert len(error.what) < 100
    assert "\n" not in error.what


def test_keras_1_code_is_not_read_as_a_stride():
    error = error_of(kl.Conv2D, 32, 5, 5)
    assert error.code == "K204"
    assert "the third number was the columns of the kernel" in error.fix
    assert "kernel_size=(rows, columns)" in error.fix
    assert "strides=…" in error.fix
    assert kl.Conv2D(32, kernel_size=(5, 5)) == kl.Conv2D(32, 5)
    assert kl.Conv2D(32, 5, strides=5).strides == (5, 5)


@pytest.mark.parametrize(
    ("given", "held", "axes"),
    [
        ("same", "same", ("same", "same")),
        (2, 2, (2, 2)),
        ((1, 2), ((1, 1), (2, 2)), ((1, 1), (2, 2))),
        ([1, 2], ((1, 1), (2, 2)), ((1, 1), (2, 2))),
        ([[0, 1], (2, 3)], ((0, 1), (2, 3)), ((0, 1), (2, 3))),
    ],
)
def test_padding_is_held_by_side(given, held, axes):
    layer = kl.Conv2D(1, 1, padding=given)
    assert layer.padding == held
    assert axis_paddings(layer.padding) == axes


@pytest.mark.parametrize("name", ["conv", "이름", "a b", "x" * 120, "conv-1.a"])
def test_a_name_is_a_short_text(name):
    assert kl.Flatten(name=name).name == name


@pytest.mark.parametrize(
    "name", ["a/b", "a:b", "", " ", "x" * 121, "a\nb", 3, b"x", "\x7f", "\ud800"]
)
def test_a_name_that_would_break_a_file_or_a_table_is_refused(name):
    assert error_of(kl.Flatten, name=name).code == "K201"


@pytest.mark.parametrize("layer", [kl.BatchNormalization, kl.Concatenate])
def test_the_axis_of_the_batch_is_none_to_work_along(layer):
    assert "other than 0, which is the batch" in error_of(layer, axis=0).fix
    for axis in (-3, -2, -1, 1, 2, 3):
        assert layer(axis=axis).axis == axis
