import numpy as np
import pytest

from konv.losses import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    MeanSquaredError,
    SparseCategoricalCrossentropy,
)

pytestmark = pytest.mark.oracle
RANDOM = np.random.default_rng(7)
Z = RANDOM.normal(size=(16, 5)) * 4
LABELS = RANDOM.integers(0, 5, 16)
SHARES = RANDOM.dirichlet(np.ones(5), 16)
YES_OR_NO = RANDOM.integers(0, 2, (16, 5)).astype(float)
NUMBERS = RANDOM.normal(size=(16, 5))


def per_picture(functional, reduced):
    """A torch loss as values [N] of z."""

    def loss(torch, z, targets):
        values = getattr(torch.nn.functional, functional)(z, targets, reduction="none")
        return values.mean(dim=1) if reduced else values

    return loss


def smoothed(torch, z, targets):
    return torch.nn.functional.cross_entropy(z, targets, reduction="none", label_smoothing=0.2)


def squared_error_of_tanh(torch, z, targets):
    return (torch.tanh(z) - targets).square().mean(dim=1)


@pytest.mark.parametrize(
    ("loss", "name", "targets", "torch_loss"),
    [
        (
            SparseCategoricalCrossentropy(),
            "softmax",
            LABELS,
            per_picture("cross_entropy", False),
        ),
        (CategoricalCrossentropy(), "softmax", SHARES, per_picture("cross_entropy", False)),
        (CategoricalCrossentropy(label_smoothing=0.2), "softmax", SHARES, smoothed),
        (
            BinaryCrossentropy(),
            "sigmoid",
            YES_OR_NO,
            per_picture("binary_cross_entropy_with_logits", True),
        ),
        (MeanSquaredError(), "linear", NUMBERS, per_picture("mse_loss", True)),
        (MeanSquaredError(), "tanh", NUMBERS, squared_error_of_tanh),
    ],
    ids=lambda value: repr(value) if hasattr(value, "to_config") else None,
)
@pytest.mark.parametrize("scale", [1, 50])
def test_values_and_gradients_are_torchs(loss, name, targets, torch_loss, scale, activations):
    torch = pytest.importorskip("torch")
    z = torch.tensor(Z * scale, requires_grad=True)
    expected = torch_loss(torch, z, torch.tensor(targets))
    expected.sum().backward()
    prepared = loss.prepare_targets(targets, (5,))
    values, gradient = loss.value_and_gradient(Z * scale, prepared, activations[name])
    np.testing.assert_allclose(values, expected.detach().numpy(), rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(gradient, z.grad.numpy(), rtol=1e-10, atol=1e-14)
