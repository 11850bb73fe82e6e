"""Every fix that an error offers is applied here, and works."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from konv import layers as kl
from konv.errors import ShapeError
from konv.layers import AveragePooling2D, Conv2D, Flatten, Input, MaxPooling2D, ReLU
from konv.layers.symbolic import names_of
from oracles.properties import examples


def connected(layers):
    tensor = layers[0].tensor
    for layer in layers[1:]:
        tensor = layer(tensor)
    return tensor


def error_of(layers):
    with pytest.raises(ShapeError) as caught:
        connected(layers)
    return caught.value


def applied(fix, layers):
    """``layers`` after one fix of an error of the last one."""
    *before, failing = layers
    if fix.startswith("remove "):
        name = re.fullmatch(r"remove (\w+) before it", fix)[1]
        names = names_of(before)
        return [*(x for x, own in zip(before, names, strict=True) if own != name), failing]
    kind = type(failing)
    changes = eval(f"dict({fix})")
    return [*before, kind.from_config({**failing.to_config(), **changes})]


FIXED = [
    ([Input((4, 3, 1)), Conv2D(8, 5)], ["kernel_size=3", 'padding="same"']),
    ([Input((4, 3, 1)), Conv2D(8, (5, 2))], ["kernel_size=(4, 2)", 'padding="same"']),
    ([Input((9, 5, 1)), Conv2D(8, 3, dilation_rate=3)], ["kernel_size=2", 'padding="same"']),
    ([Input((2, 2, 1)), Conv2D(8, 5, padding=1)], ["kernel_size=4", 'padding="same"']),
    (
        [Input((5, 5, 4)), Conv2D(8, 7, groups=4, data_format="channels_last")],
        ["kernel_size=5", 'padding="same"'],
    ),
    (
        [Input((4, 5, 5)), Conv2D(8, 7, data_format="channels_first")],
        ["kernel_size=5", 'padding="same"'],
    ),
    ([Input((2, 6, 1)), MaxPooling2D(3)], ["pool_size=2", 'padding="same"']),
    ([Input((4, 4, 1)), MaxPooling2D(10, padding=1)], ["pool_size=6", 'padding="same"']),
    ([Input((4, 4, 1)), AveragePooling2D(2, padding=2)], ['padding="same"']),
    (
        [Input((12, 10, 1)), Conv2D(4, 5), MaxPooling2D(2), Conv2D(8, 5)],
        ["kernel_size=3", 'padding="same"', "remove max_pooling2d_1 before it"],
    ),
    (
        [Input((12, 12, 1)), MaxPooling2D(2), ReLU(), AveragePooling2D(2), ReLU(), Conv2D(8, 5)],
        ["kernel_size=3", 'padding="same"', "remove average_pooling2d_1 before it"],
    ),
    (
        [Input((8, 8, 1)), MaxPooling2D(2), Conv2D(8, 5)],
        ["kernel_size=4", 'padding="same"', "remove max_pooling2d_1 before it"],
    ),
    (  # without it, a 9×9 kernel would not fit either
        [Input((8, 8, 1)), MaxPooling2D(2), Conv2D(8, 9)],
        ["kernel_size=4", 'padding="same"'],
    ),
    (  # only layers without weights are offered to be left out
        [Input((12, 12, 1)), MaxPooling2D(2), Conv2D(4, 2, strides=2), Conv2D(8, 5)],
        ["kernel_size=3", 'padding="same"', "remove max_pooling2d_1 before it"],
    ),
    ([Input((8, 8, 1)), kl.SeparableConv2D(4, 9)], ["kernel_size=8", 'padding="same"']),
    ([Input((8, 8, 1)), kl.DepthwiseConv2D(9)], ["kernel_size=8", 'padding="same"']),
]


@pytest.mark.parametrize(("layers", "fixes"), FIXED, ids=lambda value: str(value)[:80])
def test_every_fix_is_offered_and_works(layers, fixes):
    error = error_of(layers)
    assert error.code in ("K104", "K105")
    assert error.fix.split(", or ") == fixes
    for fix in fixes:
        assert min(connected(applied(fix, layers)).shape) >= 1


PAD = st.integers(0, 4)
CHAINS = st.tuples(
    st.tuples(st.integers(1, 12), st.integers(1, 12)),
    st.lists(
        st.one_of(
            st.builds(MaxPooling2D, st.integers(1, 3), st.integers(1, 3), st.just("same")),
            st.builds(lambda k: Conv2D(2, k, padding="same", strides=k), st.integers(1, 3)),
            st.just(ReLU()),
        ),
        max_size=4,
    ),
    st.one_of(
        st.builds(
            lambda k, s, d, p: Conv2D(3, k, strides=s, dilation_rate=d, padding=p),
            st.tuples(st.integers(1, 9), st.integers(1, 9)),
            st.integers(1, 3),
            st.integers(1, 3),
            st.one_of(st.just("valid"), PAD, st.tuples(st.tuples(PAD, PAD), st.tuples(PAD, PAD))),
        ),
        st.builds(
            MaxPooling2D,
            st.tuples(st.integers(1, 9), st.integers(1, 9)),
            st.one_of(st.none(), st.integers(1, 3)),
            st.one_of(st.just("valid"), PAD, st.tuples(PAD, PAD)),
        ),
    ),
)


@given(CHAINS)
@examples(400)
def test_whatever_fix_is_offered_works(chain):
    size, between, last = chain
    layers = [Input((*size, 2)), *between, last]
    try:
        connected(layers)
    except ShapeError as error:
        for fix in error.fix.split(", or "):
            assert min(connected(applied(fix, layers)).shape) >= 1


class TestChannelsFirst:
    def test_a_picture_that_looks_channels_first_is_recognised(self):
        error = error_of([Input((1, 28, 28)), Conv2D(32, 5, activation="relu")])
        assert "height 1, width 28, channels 28" in error.fix
        assert "did you mean channels first?" in error.fix

    @pytest.mark.parametrize("name", [None, "digits", "input of mine"])
    def test_it_is_recognised_whatever_the_input_is_called(self, name):
        error = error_of([Input((3, 32, 32), name=name), ReLU(), Conv2D(8, 5)])
        assert "did you mean channels first?" in error.fix

    @pytest.mark.parametrize("channels", [1, 3, 4])
    def test_grey_colour_and_transparent_pictures_are_recognised(self, channels):
        error = error_of([Input((channels, 5, 6)), Conv2D(8, 5)])
        assert f"write Input((5, 6, {channels}))" in error.fix

    def test_both_fixes_work(self):
        fix = error_of([Input((1, 28, 28)), Conv2D(32, 5)]).fix
        turned = eval(re.search(r"Input\((\(.*?\))\)", fix)[1])
        assert turned == (28, 28, 1)
        assert connected([Input(turned), Conv2D(32, 5)]).shape == (24, 24, 32)
        changed = re.search(r'data_format="(\w+)" in every layer', fix)[1]
        layer = Conv2D(32, 5, data_format=changed)
        assert connected([Input((1, 28, 28)), layer]).shape == (32, 24, 24)

    @pytest.mark.parametrize(
        "layers",
        [
            [Input((1, 28, 28)), Conv2D(8, 30, data_format="channels_first")],  # it is already
            [Input((1, 5, 5)), Conv2D(8, 7)],  # turned around, it does not fit either
            [Input((1, 28, 28)), Conv2D(28, 1, groups=28), Conv2D(8, 5)],  # nor does the first
            [Input((2, 28, 28)), Conv2D(8, 5)],  # no picture has two channels
            [Input((1, 28, 3)), Conv2D(8, 5)],  # three channels, one row
            [Input((1, 28, 4)), Conv2D(8, 5)],
            [Input((1, 4, 28)), Conv2D(8, 4)],
            [Input((28, 28, 1)), MaxPooling2D(7), Conv2D(8, 5)],
        ],
        ids=str,
    )
    def test_it_is_not_offered_where_it_does_not_help(self, layers):
        assert "channels first" not in error_of(layers).fix


def test_a_map_behind_flatten_is_refused_with_the_order_that_works():
    error = error_of([Input((8, 8, 1)), Flatten(), Conv2D(4, 3)])
    assert error.code == "K102"
    assert "put it before Flatten" in error.fix
    assert connected([Input((8, 8, 1)), Conv2D(4, 3), Flatten()]).shape == (144,)
    error = error_of([Input((64,)), Conv2D(4, 3)])
    assert "(28, 28, 1)" in error.fix
    assert connected([Input((28, 28, 1)), Conv2D(4, 3)]).shape == (26, 26, 4)


def test_inputs_of_different_shapes_are_made_alike_by_a_1_by_1_convolution():
    a, b = Input((8, 8, 4)), Input((8, 8, 6))
    with pytest.raises(ShapeError) as caught:
        kl.Add()(a, b)
    assert caught.value.code == "K106"
    assert "1×1 convolution" in caught.value.fix
    assert kl.Add()(a, Conv2D(4, 1)(b)).shape == (8, 8, 4)


def test_a_fix_is_found_in_the_branch_that_fails():
    start = Input((12, 12, 1))
    left = MaxPooling2D(4)(start)
    right = MaxPooling2D(4, name="right")(start)
    both = kl.Concatenate()(left, right)
    with pytest.raises(ShapeError) as caught:
        Conv2D(4, 5)(both)
    assert caught.value.fix == 'kernel_size=3, or padding="same"'
