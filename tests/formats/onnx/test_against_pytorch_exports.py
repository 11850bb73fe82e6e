"""Networks that PyTorch wrote as ONNX give in konv what they give in PyTorch."""

import io
import warnings

import numpy as np
import pytest

from konv.engines import get_engine
from konv.formats.onnx.importing.model import onnx_from_bytes

pytestmark = pytest.mark.oracle


def plain(nn):
    return nn.Sequential(
        nn.Conv2d(3, 8, 3),
        nn.ReLU6(),
        nn.AvgPool2d(3, 2, 1),
        nn.Conv2d(8, 8, 3, padding=1, groups=8),
        nn.LeakyReLU(0.1),
        nn.MaxPool2d(2, ceil_mode=True),
        nn.Flatten(),
        nn.Dropout(),
        nn.Linear(8 * 3 * 3, 5),
        nn.Softmax(1),
    )


def residual(nn):
    class Residual(nn.Module):
        def __init__(self):
            super().__init__()
            self.first = nn.Conv2d(3, 8, 3, padding=1)
            self.normal = nn.BatchNorm2d(8)
            self.second = nn.Conv2d(8, 8, 3, padding=1, bias=False)
            self.last = nn.Linear(8, 4)

        def forward(self, x):
            x = nn.functional.silu(self.normal(self.first(x)))
            x = nn.functional.gelu(x + self.second(x))
            return self.last(x.mean((2, 3)))

    return Residual()


def pooled(nn):
    class Pooled(nn.Module):
        def __init__(self):
            super().__init__()
            self.first = nn.Conv2d(3, 4, 3, stride=2, padding=1)
            self.second = nn.Conv2d(4, 6, 1)
            self.last = nn.Linear(10 * 36, 4)

        def forward(self, x):
            x = nn.functional.hardswish(self.first(x))
            import torch

            x = torch.cat([x, nn.functional.elu(self.second(x))], 1)
            return torch.tanh(self.last(x.view(x.size(0), -1)))

    return Pooled()


@pytest.mark.parametrize("make", [plain, residual, pooled], ids=lambda make: make.__name__)
@pytest.mark.parametrize("opset", [9, 11, 13, 17, 18])
@pytest.mark.parametrize("any_batch", [True, False])
def test_what_pytorch_writes_gives_the_same(make, opset, any_batch):
    import torch

    torch.manual_seed(0)
    module = make(torch.nn).eval()
    x = torch.randn(3, 3, 12, 12)
    file = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its exporter warns about itself
        torch.onnx.export(
            module,
            (x,),
            file,
            opset_version=opset,
            dynamo=False,
            input_names=["x"],
            dynamic_axes={"x": {0: "batch"}} if any_batch else None,
        )
    contents = onnx_from_bytes(file.getvalue()).contents
    program = get_engine("reference").compile(contents.network)
    pictures = np.ascontiguousarray(x.numpy().transpose(0, 2, 3, 1))
    found = program.forward(dict(contents.weights), pictures)
    np.testing.assert_allclose(found, module(x).detach().numpy(), rtol=1e-4, atol=1e-6)
