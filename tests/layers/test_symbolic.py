"""Connecting layers: order, names, limits, and errors that name the place."""

import copy
import pickle

import pytest

from konv.errors import NetworkError, ShapeError
from konv.layers import (
    Activation,
    Add,
    Concatenate,
    Conv2D,
    Dense,
    DepthwiseConv2D,
    Dropout,
    Flatten,
    Input,
    MaxPooling2D,
    ReLU,
    ZeroPadding2D,
)
from konv.layers.symbolic import in_order, names_of
from konv.limits import MAX_NAME_CHARACTERS, MAX_SIDE


def refused(layer, *inputs):
    with pytest.raises(ShapeError) as caught:
        layer(*inputs)
    return caught.value


class TestOrder:
    def test_a_tensor_comes_after_what_it_is_made_from(self):
        start = Input((8, 8, 4))
        first = Conv2D(4, 3, padding="same", name="first")(start)
        second = ReLU(name="second")(first)
        third = Conv2D(4, 3, padding="same", name="third")(second)
        end = Add(name="end")(third, start)
        names = [tensor.layer.name for tensor in in_order([end])]
        assert names == [None, "first", "second", "third", "end"]

    def test_branches_come_in_the_order_in_which_they_are_merged(self):
        start = Input((4,))
        left, right = Dense(3, name="left")(start), Dense(3, name="right")(start)
        for inputs, expected in (
            ((left, right), ["left", "right"]),
            ((right, left), ["right", "left"]),
        ):
            end = Add(name="end")(*inputs)
            names = [tensor.layer.name for tensor in in_order([end])]
            assert names == [None, *expected, "end"]

    def test_one_tensor_used_twice_comes_once(self):
        start = Input((4,))
        twice = Add()(start, start)
        again = Concatenate()(twice, start, twice)
        assert again.shape == (12,)
        assert in_order([again]) == [start.tensor, twice, again]
        assert in_order([again, twice, start.tensor]) == [start.tensor, twice, again]

    def test_an_input_is_one_tensor_however_often_it_is_connected(self):
        start = Input((4, 4, 1))
        assert Flatten()(start).inputs[0] is Flatten()(start.tensor).inputs[0]

    def test_five_thousand_layers_do_not_exhaust_the_stack(self):
        start = Input((6, 6, 2))
        tensor = start.tensor
        for _ in range(5_000):
            tensor = ReLU()(tensor)
        assert len(in_order([tensor])) == 5_001
        error = refused(Conv2D(1, 7), tensor)
        assert error.where == "layer 5001 conv2d_1"
        assert len(error.report) == 5_001
        assert len(str(error).splitlines()) < 20

    def test_a_tower_of_sums_is_walked_once(self):
        tensor = Input((2,)).tensor
        for _ in range(200):  # 2²⁰⁰ paths lead from the input to the end
            tensor = Add()(tensor, tensor)
        assert len(in_order([tensor])) == 201


class TestNames:
    @pytest.mark.parametrize(
        ("given", "names"),
        [
            ([None, None, None], ["relu_1", "relu_2", "relu_3"]),
            (["a", None, "b"], ["a", "relu_1", "b"]),
            (["relu_1", None], ["relu_1", "relu_2"]),
            ([None, "relu_1"], ["relu_2", "relu_1"]),
            (["relu_2", None, None], ["relu_2", "relu_1", "relu_3"]),
            (["a", "a", "a"], ["a", "a_2", "a_3"]),
            (["a", "a", "a_2"], ["a", "a_3", "a_2"]),
            (["relu", "relu", None], ["relu", "relu_2", "relu_1"]),
            (["relu", None, "relu", None], ["relu", "relu_1", "relu_2", "relu_3"]),
            ([], []),
        ],
    )
    def test_names_are_given_in_order_and_never_twice(self, given, names):
        layers = [ReLU(name=name) for name in given]
        assert names_of(layers) == names
        assert len(set(names)) == len(names)

    def test_each_kind_counts_for_itself(self):
        layers = [Conv2D(1, 1), ReLU(), Conv2D(1, 1), Activation("relu"), ReLU()]
        assert names_of(layers) == ["conv2d_1", "relu_1", "conv2d_2", "activation_1", "relu_2"]

    def test_a_made_name_is_no_longer_than_a_name_may_be(self):
        longest = "x" * MAX_NAME_CHARACTERS
        names = names_of([ReLU(name=longest)] * 12)
        assert len(set(names)) == 12
        assert [ReLU(name=name).name for name in names] == names
        assert names[1].endswith("x_2")
        assert names[-1].endswith("x_12")

    def test_many_names_take_little_time(self):
        layers = [ReLU(name="same") for _ in range(10_000)]
        assert names_of(layers)[-1] == "same_10000"


class TestConnecting:
    @pytest.mark.parametrize(
        "value",
        [None, 3, "x", object(), Dense(3), (28, 28, 1), 10**5000],
        ids=lambda v: type(v).__name__,
    )
    def test_only_tensors_can_be_connected(self, value):
        with pytest.raises(NetworkError) as caught:
            Dense(3)([value])
        assert caught.value.code == "K304"
        assert len(caught.value.what) < 120
        assert "\n" not in caught.value.what

    def test_several_inputs_are_given_one_by_one_or_as_a_list(self):
        a, b = Input((3,)), Input((3,))
        for tensor in (Add()(a, b), Add()([a, b]), Add()((a, b.tensor))):
            assert tensor.inputs == (a.tensor, b.tensor)

    @pytest.mark.parametrize(
        ("layer", "count", "needed"),
        [
            (Dense(3), 0, "one"),
            (Dense(3), 2, "one"),
            (Conv2D(1, 1), 3, "one"),
            (Add(), 0, "two or more"),
            (Add(), 1, "two or more"),
            (Concatenate(), 1, "two or more"),
            (Input((3,)), 1, "none"),
        ],
    )
    def test_the_number_of_inputs_is_checked(self, layer, count, needed):
        error = refused(layer, *[Input((3, 3, 3))] * count)
        assert error.code == "K101"
        assert error.what == f"inputs given: {count}, needed: {needed}"

    def test_the_fix_for_a_wrong_number_of_inputs_works(self):
        a, b = Input((3,)), Input((3,))
        assert "Add()([a, b])" in refused(Dense(3), a, b).fix
        assert Dense(3)(Add()([a, b])).shape == (3,)
        assert "layer(x)" in refused(Dense(3)).fix
        assert "layer([a, b])" in refused(Add(), a).fix
        assert Add()([a, a]).shape == (3,)
        assert "first" in refused(Input((3,)), a).fix


class TestLimits:
    @pytest.mark.parametrize(
        ("layer", "shape"),
        [
            (ZeroPadding2D(MAX_SIDE), (MAX_SIDE, 1, 1)),  # the output
            (Dense(1_048_576), (1, 1024, 1)),
            (DepthwiseConv2D(1, depth_multiplier=65_536), (64, 65, 1)),
            (Conv2D(1, (MAX_SIDE, 1), dilation_rate=(MAX_SIDE, 1), padding="full"), (1, 1, 1)),
            (Conv2D(1, MAX_SIDE, strides=MAX_SIDE, padding=MAX_SIDE), (1, 1, 1)),  # with zeros
            (Conv2D(65_536, MAX_SIDE), (MAX_SIDE, MAX_SIDE, 1)),  # the kernel
            (Dense(1_048_576), (1_048_576,)),
        ],
        ids=str,
    )
    def test_what_would_claim_too_much_memory_is_refused(self, layer, shape):
        error = refused(layer, Input(shape))
        assert error.code == "K108"
        assert error.where.startswith("layer 1 ")

    def test_merging_cannot_cross_the_limit_either(self):
        start = Input((MAX_SIDE, MAX_SIDE, 1))
        assert refused(Concatenate(), start, start).code == "K108"

    def test_the_largest_map_that_is_allowed_is(self):
        assert ReLU()(Input((MAX_SIDE, MAX_SIDE, 1))).shape == (MAX_SIDE, MAX_SIDE, 1)


class TestErrors:
    def test_an_error_names_the_layer_as_the_network_will(self):
        start = Input((10, 10, 1))
        x = MaxPooling2D(2, name="small")(Conv2D(4, 3)(start))
        error = refused(Conv2D(4, 5), x)
        assert error.where == "layer 3 conv2d_2"
        assert refused(Conv2D(4, 5, name="mine"), x).where == "layer 3 mine"

    def test_it_shows_the_arithmetic_and_the_layers_so_far(self):
        start = Input((12, 10, 1), name="pictures")
        x = MaxPooling2D(2)(Conv2D(4, 5, activation="relu")(start))
        error = refused(Conv2D(8, 5, name="third"), x)
        assert str(error).splitlines() == [
            "K104 in layer 3 third: a 5×5 kernel does not fit a 4×3 input",
            "  height  (4 + 2·0 − 5) / 1 + 1 = 0",
            "  width   (3 + 2·0 − 5) / 1 + 1 = −1",
            '  fix     kernel_size=3, or padding="same", or remove max_pooling2d_1 before it',
            "  so far    0  pictures         (12, 10, 1)",
            "            1  conv2d_1         (8, 6, 4)",
            "            2  max_pooling2d_1  (4, 3, 4)",
        ]

    def test_it_carries_the_report_of_the_layers_that_fit(self):
        start = Input((12, 10, 1))
        x = Flatten()(start)
        error = refused(Conv2D(8, 5), x)
        rows = [(row["index"], row["name"], row["output_shape"]) for row in error.report]
        assert rows == [(0, "input_1", (12, 10, 1)), (1, "flatten_1", (120,))]
        assert [row["layer"] for row in error.report] == [start, Flatten()]

    @pytest.mark.parametrize("copied", [copy.deepcopy, lambda e: pickle.loads(pickle.dumps(e))])
    def test_it_crosses_processes_with_everything_it_knows(self, copied):
        error = refused(Conv2D(8, 5), Dropout(0.5)(Input((4, 4, 1))))
        twin = copied(error)
        assert type(twin) is ShapeError
        assert str(twin) == str(error)
        assert twin.report == error.report

    def test_only_the_last_layers_of_a_long_chain_are_shown(self):
        x = Input((4, 4, 1)).tensor
        for _ in range(30):
            x = ReLU()(x)
        shown = [text for _label, text in refused(Conv2D(8, 5), x).trail]
        assert len(shown) == 12
        assert shown[-1].split() == ["30", "relu_30", "(4,", "4,", "1)"]

    def test_an_unfit_layer_leaves_everything_as_it_was(self):
        start = Input((4, 4, 1))
        x = Flatten()(start)
        refused(Conv2D(8, 5), x)
        assert in_order([x]) == [start.tensor, x]
        assert Dense(3)(x).shape == (3,)
