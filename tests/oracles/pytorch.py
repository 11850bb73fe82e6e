"""The same layers in PyTorch. Its module is passed in, so that nothing here imports it.

Maps are (N, H, W, C) as everywhere in these tests, and are turned for PyTorch here. Paddings come
from :func:`oracles.naive.axis_zeros`.
"""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np

from oracles.naive import axis_zeros
from oracles.problems import WindowProblem

Tensor = Any


def both_passes(
    torch: ModuleType,
    function: Callable[..., Tensor],
    arrays: list[np.ndarray],
    gradient: np.ndarray,
) -> tuple[np.ndarray, list[np.ndarray]]:
    """(y, gradient of each of ``arrays``) of ``function``, by PyTorch's automatic derivative."""
    tensors = [torch.tensor(array, requires_grad=True) for array in arrays]
    output = function(*tensors)
    output.backward(torch.tensor(gradient))
    return output.detach().numpy(), [tensor.grad.numpy() for tensor in tensors]


def _sides(problem: WindowProblem) -> list[int]:
    """left, right, top, bottom."""
    return [*axis_zeros(problem, 1), *axis_zeros(problem, 0)]


def _first(maps: Tensor) -> Tensor:
    return maps.permute(0, 3, 1, 2)


def _last(maps: Tensor) -> Tensor:
    return maps.permute(0, 2, 3, 1)


def _convolved(
    torch: ModuleType, problem: WindowProblem, x: Tensor, kernel: Tensor, groups: int
) -> Tensor:
    """x (N, H, W, C) and kernel (F, C / groups, KH, KW) -> (N, OH, OW, F)."""
    if problem.flip:
        kernel = kernel.flip(2, 3)
    padded = torch.nn.functional.pad(_first(x), _sides(problem))
    return _last(
        torch.nn.functional.conv2d(
            padded,
            kernel.contiguous(),
            stride=problem.stride,
            dilation=problem.dilation,
            groups=groups,
        )
    )


def convolution(torch: ModuleType, problem: WindowProblem) -> Callable[..., Tensor]:
    """(x, kernel[, bias]) -> y."""

    def function(x: Tensor, kernel: Tensor, bias: Tensor = 0) -> Tensor:
        turned = kernel.permute(3, 2, 0, 1)
        return _convolved(torch, problem, x, turned, problem.groups) + bias

    return function


def depthwise(torch: ModuleType, problem: WindowProblem) -> Callable[..., Tensor]:
    """(x, depthwise kernel[, bias]) -> y."""

    def function(x: Tensor, kernel: Tensor, bias: Tensor = 0) -> Tensor:
        turned = kernel.permute(2, 3, 0, 1).reshape(-1, 1, *problem.kernel)
        return _convolved(torch, problem, x, turned, problem.channels) + bias

    return function


def separable(torch: ModuleType, problem: WindowProblem) -> Callable[..., Tensor]:
    """(x, depthwise kernel, pointwise kernel[, bias]) -> y."""

    def function(x: Tensor, kernel: Tensor, mixing: Tensor, bias: Tensor = 0) -> Tensor:
        middle = depthwise(torch, problem)(x, kernel)
        mixed = torch.nn.functional.conv2d(_first(middle), mixing.permute(3, 2, 0, 1).contiguous())
        return _last(mixed) + bias

    return function


def max_pool(torch: ModuleType, problem: WindowProblem) -> Callable[..., Tensor]:
    """x -> y, padded by −∞."""

    def function(x: Tensor) -> Tensor:
        padded = torch.nn.functional.pad(_first(x), _sides(problem), value=float("-inf"))
        pooled = torch.nn.functional.max_pool2d(padded, problem.kernel, problem.stride)
        return _last(pooled)

    return function


def min_pool(torch: ModuleType, problem: WindowProblem) -> Callable[..., Tensor]:
    """x -> y: the largest of −x, negated."""
    return lambda x: -max_pool(torch, problem)(-x)


def average_pool(torch: ModuleType, problem: WindowProblem) -> Callable[..., Tensor]:
    """x -> y, by ``count_include_pad=False`` where PyTorch takes the padding, else by counting."""

    def total(x: Tensor) -> Tensor:
        padded = torch.nn.functional.pad(_first(x), _sides(problem))
        return torch.nn.functional.avg_pool2d(
            padded, problem.kernel, problem.stride, divisor_override=1
        )

    def function(x: Tensor) -> Tensor:
        left, right, top, bottom = _sides(problem)
        rows, columns = problem.kernel
        if left == right <= columns // 2 and top == bottom <= rows // 2:
            pooled = torch.nn.functional.avg_pool2d(
                _first(x), problem.kernel, problem.stride, (top, left), count_include_pad=False
            )
            return _last(pooled)
        return _last(total(x) / total(torch.ones_like(x)))

    return function
