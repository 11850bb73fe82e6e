"""Losses, against the NumPy formulas of konv.losses in float64."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pytest

from konv.engines.compiled.jit.machine_code import object_code
from konv.engines.compiled.jit.single import KernelFunction, kernel_text
from konv.engines.compiled.kernels.losses import LossKernel, applies_ending, loss_kernel
from konv.engines.compiled.target import AARCH64, host_target
from konv.layers.activations import ACTIVATIONS
from konv.losses import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    Loss,
    MeanSquaredError,
    SparseCategoricalCrossentropy,
)
from oracles.machine import TARGETS, run_guarded


@dataclass(frozen=True)
class Problem:
    """A loss behind an ending, for some pictures."""

    loss: Loss
    ending: str
    shape: tuple[int, ...]
    pictures: int = 3
    targets: str = "float32"

    @property
    def kernel(self) -> LossKernel:
        kernel = loss_kernel(self.loss, ACTIVATIONS[self.ending], self.shape, self.targets)
        assert kernel is not None
        return kernel

    def prepared_targets(self) -> np.ndarray:
        random = np.random.default_rng(1)
        size = (self.pictures, *self.shape)
        if isinstance(self.loss, SparseCategoricalCrossentropy):
            values = random.integers(0, self.shape[0], self.pictures)
        elif isinstance(self.loss, CategoricalCrossentropy):
            values = random.dirichlet(np.ones(self.shape[0]), self.pictures)
        elif isinstance(self.loss, BinaryCrossentropy):
            values = random.choice([0, 1, 0.25], size)
        else:
            values = random.normal(size=size)
        return self.loss.prepare_targets(values.astype(self.targets), self.shape)


SPARSE, ROWS = SparseCategoricalCrossentropy, CategoricalCrossentropy
PROBLEMS = [
    *(Problem(SPARSE(), "softmax", (k,), 4, "int64") for k in (2, 3, 10, 16, 17, 48, 100, 1000)),
    Problem(SPARSE(from_logits=True), "linear", (11,), 1, "int64"),
    *(Problem(ROWS(), "softmax", (k,)) for k in (2, 8, 23)),
    Problem(ROWS(label_smoothing=0.1), "softmax", (21,), 5, "float64"),
    Problem(ROWS(from_logits=True, label_smoothing=0.25), "linear", (7,)),
    *(Problem(BinaryCrossentropy(), "sigmoid", shape) for shape in ((1,), (9,), (5, 4, 2))),
    Problem(BinaryCrossentropy(label_smoothing=0.2), "sigmoid", (33,), 2, "float64"),
    Problem(BinaryCrossentropy(from_logits=True), "linear", (1,), 6),
    *(Problem(MeanSquaredError(), "linear", shape) for shape in ((1,), (16,), (3, 5, 3))),
    Problem(MeanSquaredError(), "linear", (70,), 2, "float64"),
]


def _run(
    problem: Problem, z: np.ndarray, targets: np.ndarray, share: np.ndarray, target: str
) -> list[np.ndarray]:
    """(y, losses, dz)"""
    empty = np.full_like(z, np.nan)
    arrays = (z, targets, share, empty, np.full(len(z), np.nan, np.float32), empty)
    return run_guarded(problem.kernel, *arrays, target=target, count=len(z))[3:]


def _numbers(problem: Problem, scale: float = 3) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(0)
    z = random.normal(size=(problem.pictures, *problem.shape)) * scale
    return z.astype(np.float32), random.uniform(0, 2, problem.pictures).astype(np.float32)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("scale", [3, 60])
@pytest.mark.parametrize("problem", PROBLEMS, ids=str)
def test_says_what_the_formulas_say(problem: Problem, scale: float, target: str) -> None:
    z, share = _numbers(problem, scale)
    targets = problem.prepared_targets()
    assert targets.dtype == problem.targets
    assert targets.shape[1:] == problem.kernel.targets_shape
    y, losses, dz = _run(problem, z, targets, share, target)
    ending = ACTIVATIONS[problem.ending]
    wide = z.astype(np.float64)
    expected, gradient = problem.loss.value_and_gradient(wide, targets, ending)
    shares = share.reshape(-1, *[1] * len(problem.shape))
    # Functions are good to 3 units; z − m is rounded, which changes e^(z − m) by its size.
    largest = np.abs(wide).max() if applies_ending(problem.loss) else 0
    close = 2.0**-24 * (32 + 2 * largest)
    np.testing.assert_allclose(y, ending.forward(wide), rtol=close, atol=1e-37)
    np.testing.assert_allclose(losses, expected, rtol=close, atol=close)
    np.testing.assert_allclose(dz, gradient * shares, rtol=close, atol=close * share.max())


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("shape", [(1,), (4,), (13,), (64,), (5, 3, 2)], ids=str)
def test_squared_error_of_whole_numbers_is_exact(shape: tuple[int, ...], target: str) -> None:
    problem = Problem(MeanSquaredError(), "linear", shape)
    random = np.random.default_rng(2)
    z, targets = (random.integers(-9, 10, (3, *shape)).astype(np.float32) for _ in "zt")
    share = np.array([0, 1, 0.25], np.float32)
    y, losses, dz = _run(problem, z, targets, share, target)
    expected, gradient = problem.loss.value_and_gradient(z, targets, ACTIVATIONS["linear"])
    np.testing.assert_array_equal(y, z)
    np.testing.assert_array_equal(losses, expected)
    np.testing.assert_array_equal(dz, gradient * share.reshape(-1, *[1] * len(shape)))


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("problem", [PROBLEMS[2], PROBLEMS[5], PROBLEMS[14], PROBLEMS[-2]], ids=str)
def test_a_picture_is_the_same_wherever_it_stands(problem: Problem, target: str) -> None:
    z, share = _numbers(problem)
    targets = problem.prepared_targets()
    together = _run(problem, z, targets, share, target)
    for picture in range(problem.pictures):
        one = slice(picture, picture + 1)
        alone = _run(problem, z[one], targets[one], share[one], target)
        for part, whole in zip(alone, together, strict=True):
            assert part.tobytes() == whole[one].tobytes()


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("classes", [2, 10, 40])
def test_equal_logits_are_equal_probabilities(classes: int, target: str) -> None:
    problem = Problem(SPARSE(), "softmax", (classes,), 1, "int64")
    z, share = np.full((1, classes), 88.5, np.float32), np.ones(1, np.float32)
    y, losses, dz = _run(problem, z, np.array([1]), share, target)
    np.testing.assert_allclose(y, 1 / classes, rtol=1e-7)
    np.testing.assert_allclose(losses, math.log(classes), rtol=3e-7)
    np.testing.assert_allclose(dz[0, 1], 1 / classes - 1, rtol=1e-7)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("problem", [PROBLEMS[2], PROBLEMS[14], PROBLEMS[-4]], ids=str)
def test_large_values_do_not_overflow(problem: Problem, target: str) -> None:
    z = np.zeros((problem.pictures, *problem.shape), np.float32)
    z[:, ::2] = 1e4
    share = np.ones(problem.pictures, np.float32)
    for array in _run(problem, z, problem.prepared_targets(), share, target):
        assert np.isfinite(array).all()


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("problem", PROBLEMS, ids=str)
def test_numbers_that_are_not_finite_give_losses_that_are_not(
    problem: Problem, value: float
) -> None:
    z, share = _numbers(problem)
    targets = problem.prepared_targets()
    z.reshape(len(z), -1)[0, 0] = value
    with np.errstate(invalid="ignore"):
        expected, _gradient = problem.loss.value_and_gradient(
            z, targets, ACTIVATIONS[problem.ending]
        )
    losses = _run(problem, z, targets, share, TARGETS[-1])[1]
    assert np.isfinite(losses).tolist() == np.isfinite(expected).tolist()


@pytest.mark.parametrize("problem", [PROBLEMS[2], PROBLEMS[14], PROBLEMS[-2]], ids=str)
def test_no_pictures_are_no_work(problem: Problem) -> None:
    function = KernelFunction(problem.kernel, host_target())
    arrays = [np.full(64, 7, np.float32) for _ in problem.kernel.pointers]
    function(*arrays, count=0)
    assert all((array == 7).all() for array in arrays)


def test_only_squared_error_leaves_the_last_activation_to_the_plan() -> None:
    fused = [loss for loss in (SPARSE(), ROWS(), BinaryCrossentropy()) if applies_ending(loss)]
    assert len(fused) == 3
    assert not applies_ending(MeanSquaredError())


def test_a_loss_of_the_users_own_has_no_kernel() -> None:
    @dataclass(frozen=True, repr=False)
    class Own(MeanSquaredError):  # noqa: N818 - no exception
        pass

    assert loss_kernel(Own(), ACTIVATIONS["linear"], (3,), "float32") is None


@pytest.mark.parametrize(
    "problem", [PROBLEMS[4], PROBLEMS[11], PROBLEMS[14], PROBLEMS[-1]], ids=str
)
def test_writes_code_for_aarch64(problem: Problem) -> None:
    assert object_code(kernel_text(problem.kernel, AARCH64), AARCH64)
