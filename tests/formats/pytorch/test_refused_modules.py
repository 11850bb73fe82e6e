"""What konv cannot read is refused as a whole, by the paths of modules; nothing is dropped."""

import numpy as np
import pytest

import konv
from konv.errors import FormatError, KonvError, ParameterError, ShapeError

torch = pytest.importorskip("torch")
import torch.nn.functional as F  # noqa: E402, N812
from torch import nn  # noqa: E402

pytestmark = pytest.mark.oracle


class Forward(nn.Module):
    """A module that does what a function says, with a convolution to use."""

    def __init__(self, function):
        super().__init__()
        self.function = function
        self.conv = nn.Conv2d(2, 2, 3)

    def forward(self, x):
        return self.function(self, x)


def refusal(module, shape=(2, 8, 8)):
    with pytest.raises(FormatError, match="K410") as caught:
        konv.from_torch(module, shape)
    return caught.value


def test_the_whole_list_comes_at_once_with_the_path_of_each():
    module = nn.Sequential(
        nn.Conv2d(2, 4, 3, padding=1, padding_mode="reflect"),
        nn.Sequential(nn.PReLU(), nn.Conv2d(2, 4, 3), nn.Softsign()),
        nn.LPPool2d(2, 2),
        nn.Flatten(),
        nn.LogSoftmax(1),
    )
    details = refusal(module).details
    assert [place for place, _what in details] == ["0", "1.0", "1.2", "2", "4"]
    module[0].padding_mode = "zeros"
    module[0] = nn.Conv2d(2, 2, 1)
    del module[2]
    module[1][0] = nn.ReLU()
    assert refusal(module).details == (
        ("1.2", "Softsign"),
        ("3", "log-softmax: take it off the end, or put a softmax in its place"),
    )


MODULES = {
    "a layer of another kind": (nn.InstanceNorm2d(2), "InstanceNorm2d"),
    "a transposed convolution": (nn.ConvTranspose2d(2, 2, 3), "ConvTranspose2d"),
    "reflected padding": (nn.ReflectionPad2d(1), "ReflectionPad2d"),
    "constant padding": (nn.ConstantPad2d(1, 0.5), "padding by 0.5"),
    "cropping": (nn.ZeroPad2d((-1, 0, 0, 0)), "padding (-1, 0, 0, 0)"),
    "a pool with dilation": (nn.MaxPool2d(2, dilation=2), "a pool with dilation 2"),
    "indices": (nn.MaxPool2d(2, return_indices=True), "a pool that returns indices"),
    "a divisor": (nn.AvgPool2d(2, divisor_override=3), "a pool with divisor_override=3"),
    "windows of different sizes": (nn.AdaptiveAvgPool2d(3), "from 8×8 to 3×3"),
    "no statistics": (nn.BatchNorm2d(2, track_running_stats=False), "track_running_stats=False"),
    "ELU": (nn.ELU(-0.5), "ELU with alpha=-0.5"),
    "a falling slope": (nn.LeakyReLU(-0.1), "-0.1"),
    "bounds": (nn.Hardtanh(), "bounds -1.0 and 1.0"),
    "a threshold": (nn.Threshold(0.1, 20), "a threshold 0.1 with 20 below"),
    "soft plus": (nn.Softplus(beta=2), "Softplus with beta 2"),
    "softmax over rows": (nn.Softmax(dim=2), "softmax over axis 1"),
    "softmax over pictures": (nn.Softmax(dim=0), "softmax over the pictures"),
    "flatten with the batch": (nn.Flatten(0), "flatten from axis 0 to -1"),
    "half a flatten": (nn.Flatten(1, 2), "flatten from axis 1 to 2"),
    "unflatten": (nn.Sequential(nn.Flatten(), nn.Unflatten(1, (2, 8, 8))), "Unflatten"),
    "a matrix on a map": (nn.Linear(8, 3), "a matrix times the columns"),
    "a wrong matrix": (nn.Sequential(nn.Flatten(), nn.Linear(99, 3)), "a matrix (99, 3)"),
    "a product": (Forward(lambda s, x: x * torch.sigmoid(x)), "a product of two values"),
    "a difference": (Forward(lambda s, x: x - F.relu(x)), "a difference of two values"),
    "a part": (Forward(lambda s, x: s.conv(x)[:, 0]), "the operation getitem"),
    "a number of pictures": (
        Forward(lambda s, x: x * x.size(0)),
        "an operation on the number of pictures",
    ),
    "other sums": (Forward(lambda s, x: torch.add(x, x, alpha=2)), "a sum with alpha=2"),
    "an unknown function": (Forward(lambda s, x: torch.fft.fft(x)), "fft_fft"),
    "dropout for ever": (Forward(lambda s, x: F.dropout(x)), "drops in eval mode"),
    "a view of parts": (Forward(lambda s, x: x.view(-1, 64)), "only the whole map"),
    "turned and flattened": (
        Forward(lambda s, x: s.conv(x.permute(0, 2, 3, 1).reshape(-1, 2, 8, 8))),
        "only the whole map",
    ),
    "several outputs": (Forward(lambda s, x: (x, s.conv(x))), "several outputs"),
    "a dictionary": (Forward(lambda s, x: {"out": s.conv(x)}), "several outputs"),
    "no output": (Forward(lambda s, x: None), "several outputs"),
    "padding by infinity": (
        Forward(lambda s, x: s.conv(F.pad(x, [1] * 4, value=-np.inf))),
        "zeros",
    ),
    "padding a row": (
        Forward(lambda s, x: F.pad(x.flatten(1), (1, 1)).view(-1, x.flatten(1).size(1) + 2)),
        "a layer of maps",
    ),
    "sizes of what is refused": (
        Forward(lambda s, x: x.view(-1, F.pad(x * x, (1, 1)).size(1))),
        "a product of two values",
    ),
    "sums of unlike shapes": (Forward(lambda s, x: x + s.conv(x)), "different shapes"),
    "a constant map": (Forward(lambda s, x: x + torch.ones(2, 8, 8)), "one number per channel"),
    "pictures side by side": (Forward(lambda s, x: torch.cat([x, x])), "several batches"),
    "a mean of rows": (Forward(lambda s, x: x.mean(2)), "a mean or a maximum over other axes"),
}


@pytest.mark.parametrize("name", MODULES)
def test_what_konv_lacks_is_refused(name):
    module, words = MODULES[name]
    assert words in " ".join(map(str, refusal(module).details[0]))


def test_a_function_is_named_by_the_module_that_calls_it():
    module = nn.Sequential(nn.ReLU(), Forward(lambda s, x: x * x))
    assert refusal(module).details == (("1 mul", "a product of two values"),)


def loop(module, x):
    for row in x:
        x = x + row
    return x


def branch(module, x):
    return x if x.sum() > 0 else -x


@pytest.mark.parametrize("function", [loop, branch, lambda s, x: x[int(x[0, 0, 0, 0])]])
def test_a_forward_that_depends_on_the_numbers_cannot_be_followed(function):
    place, what = refusal(Forward(function)).details[-1]
    assert place == "forward"
    assert what.startswith("it cannot be followed; it must not decide by numbers (")


def test_a_second_input_is_refused():
    class Two(nn.Module):
        def forward(self, x, y):
            return x + y

    assert ("y", "a second input") in refusal(Two()).details


@pytest.mark.parametrize("value", [None, 3, "resnet18", torch.zeros(3), nn.ReLU, {}])
def test_what_is_no_module_is_refused(value):
    with pytest.raises(ParameterError, match="K201"):
        konv.from_torch(value, (2, 8, 8))


@pytest.mark.parametrize("shape", [(), (1, 2, 8, 8), (2, 0, 8), (2, -1, 8), None, (2, 8.5, 8)])
def test_an_input_shape_is_whole_numbers_without_the_batch(shape):
    with pytest.raises(ParameterError, match="K201"):
        konv.from_torch(nn.Conv2d(2, 2, 3), shape)


def test_an_input_that_is_too_small_is_refused_with_the_arithmetic():
    with pytest.raises(ShapeError, match="K104 in 1: a 9×9 kernel does not fit a 8×8 input"):
        konv.from_torch(nn.Sequential(nn.ReLU(), nn.Conv2d(2, 2, 9)), (2, 8, 8))


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1e300])
def test_weights_that_are_not_finite_are_refused(value):
    module = nn.Sequential(nn.Conv2d(2, 2, 3)).double()
    module[0].weight.data[0, 0, 0, 0] = value
    with pytest.raises(FormatError, match="K407"):
        konv.from_torch(module, (2, 8, 8))


def test_a_hook_that_changes_the_output_is_found_by_comparing():
    module = nn.Sequential(nn.Conv2d(2, 2, 3))
    module[0].register_forward_hook(lambda module, inputs, output: output + 1)
    with pytest.raises(FormatError, match="K413"):
        konv.from_torch(module, (2, 8, 8))


def test_a_hook_that_changes_the_shape_of_the_output_is_found_too():
    module = nn.Sequential(nn.Conv2d(2, 2, 3))
    module[0].register_forward_hook(lambda module, inputs, output: output.flatten(1))
    with pytest.raises(FormatError, match="K413") as caught:
        konv.from_torch(module, (2, 8, 8))
    assert "hooks" in caught.value.fix


def test_a_module_whose_numbers_overflow_is_not_taken():
    module = nn.Sequential(nn.Linear(2, 2, bias=False), nn.Linear(2, 2, bias=False))
    for layer in module:
        layer.weight.data.fill_(1e30)
    with np.errstate(all="ignore"), pytest.raises(FormatError, match="K413"):
        konv.from_torch(module, (2,))


def test_notes_say_what_is_written_differently():
    module = nn.Sequential(
        nn.Conv2d(2, 2, 3), nn.BatchNorm2d(2, momentum=None), nn.Dropout2d(0.2)
    ).double()
    notes = konv.from_torch(module, (2, 8, 8)).record["imported"]["notes"]
    assert len(notes) == 3
    assert notes[0] == "its weights became float32, from float64"
    assert notes[1].startswith("1: momentum=None")
    assert notes[2].startswith("2: in training it drops single numbers")


def test_weights_are_shared_where_they_are_and_told_where_they_cannot_be():
    class Tied(nn.Module):
        def __init__(self, stride):
            super().__init__()
            self.one = nn.Conv2d(2, 2, 1)
            self.other = nn.Conv2d(2, 2, 1, stride=stride)
            self.other.weight, self.other.bias = self.one.weight, self.one.bias

        def forward(self, x):
            return self.other(torch.relu(self.one(x)))

    model = konv.from_torch(Tied(1), (2, 8, 8), engine="reference")
    assert [node.weights_of for node in model.network.nodes[1:]] == ["one", "activation_1", "one"]
    assert model.record["imported"]["notes"] == []
    model = konv.from_torch(Tied(2), (2, 8, 8), engine="reference")
    assert not any(node.shares for node in model.network.nodes)
    assert model.record["imported"]["notes"] == [
        "weights that modules share there are copies of their own here"
    ]


def test_labels_come_with_the_outputs_they_belong_to():
    module = nn.Sequential(nn.Conv2d(1, 2, (2, 1)), nn.Flatten())
    model = konv.from_torch(module, (1, 3, 1), class_names=["a0", "a1", "b0", "b1"])
    assert model.classes == ("a0", "b0", "a1", "b1")
    x = np.random.default_rng(3).standard_normal((6, 1, 3, 1), np.float32)
    with torch.no_grad():
        best = module(torch.from_numpy(x)).argmax(1)
    expected = [("a0", "a1", "b0", "b1")[index] for index in best]
    assert list(model.predict_classes(x.transpose(0, 2, 3, 1))) == expected


def test_a_value_that_is_changed_in_place_is_changed_for_all_who_use_it():
    def function(self, x):
        x = self.conv(x)
        y = F.relu(x, inplace=True)
        return x + y

    module = Forward(function)
    x = np.random.default_rng(3).standard_normal((2, 2, 8, 8), np.float32)
    with torch.no_grad():
        expected = module(torch.from_numpy(x)).numpy().transpose(0, 2, 3, 1)
    made = konv.from_torch(module, (2, 8, 8)).predict(x.transpose(0, 2, 3, 1))
    np.testing.assert_allclose(made, expected, atol=1e-5)


def test_no_module_ends_in_anything_but_a_message():
    """Every class of torch.nn that can be made with few numbers: read, or refused with a code."""
    read = refused = 0
    for name in dir(nn):
        kind = getattr(nn, name)
        if not (isinstance(kind, type) and issubclass(kind, nn.Module)):
            continue
        for arguments in ((), (2,), (2, 2), (2, 2, 1), (2, 2, 1, 1), ((1, 1, 1, 1),)):
            try:
                module = kind(*arguments)
            except Exception:  # PyTorch's own, of any kind
                continue
            try:
                konv.from_torch(nn.Sequential(module), (2, 4, 4), engine="reference")
                read += 1
            except KonvError as error:
                refused += bool(error.fix)
    assert read > 30
    assert refused > 150


@pytest.mark.parametrize("words", [{"class_names": 5}, {"class_names": "ab"}, {"preprocessing": 5}])
def test_what_the_outputs_and_inputs_stand_for_is_checked(words):
    with pytest.raises(ParameterError, match="K201"):
        konv.from_torch(nn.Sequential(nn.Flatten(), nn.Linear(4, 2)), (1, 2, 2), **words)
