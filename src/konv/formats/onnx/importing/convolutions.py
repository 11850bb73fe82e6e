"""Conv, Gemm, MatMul and BatchNormalization: what has weights."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from konv.formats.exchange.channels_first import Value
from konv.formats.onnx.importing.operation import Operation, UnsupportedError
from konv.formats.onnx.importing.windows import windows_of
from konv.language import translate as _
from konv.layers.base import shape_text

__all__ = ["OPERATIONS"]


def _convolution(op: Operation) -> Value:
    x, kernel = op.x, op.needed_weights(1, _("kernels"))
    bias = op.weights(2, _("a bias"))
    if kernel.ndim != 4 or len(x.shape) != 3:
        raise UnsupportedError(
            _(
                "kernels {kernel} over {shape}: not for rows and columns",
                kernel=shape_text(kernel.shape),
                shape=shape_text(x.shape),
            )
        )
    window = op.pair(kernel.shape[2:], _("a kernel"))
    claimed = op.integers("kernel_shape")
    if claimed is not None and claimed != window:
        raise UnsupportedError(
            _("kernels of {claimed} that are {window}", claimed=claimed, window=shape_text(window))
        )
    if bias is not None and bias.shape != kernel.shape[:1]:
        raise UnsupportedError(_("a bias of {shape}", shape=shape_text(bias.shape)))
    groups = op.integer("group", 1)
    if groups < 1:
        raise UnsupportedError(_("{groups} groups", groups=groups))
    strides, zeros, dilation = windows_of(op, x, window)
    return op.builder.convolution(
        x,
        kernel,
        bias,
        strides=strides,
        padding=zeros,
        dilation=dilation,
        groups=groups,
        name=op.name,
        owner=op.node.inputs[1:],
    )


def _gemm(op: Operation) -> Value:
    """alpha · A · B + beta · C."""
    x, kernel = op.x, op.needed_weights(1, _("a matrix"))
    if op.integer("transA", 0):
        raise UnsupportedError(_("Gemm with transA: its rows are no pictures"))
    if op.integer("transB", 0):
        kernel = kernel.T
    if kernel.ndim != 2 or len(x.shape) != 1:
        raise UnsupportedError(
            _(
                "a matrix {kernel} times {shape}",
                kernel=shape_text(kernel.shape),
                shape=shape_text(x.shape),
            )
        )
    alpha, beta = op.real("alpha", 1.0), op.real("beta", 1.0)
    kernel = kernel if alpha == 1 else kernel * np.float32(alpha)
    bias = op.weights(2, _("a bias"))
    owner = (*op.node.inputs[1:], alpha, beta)
    if bias is not None:
        if bias.shape[:-1] not in ((), (1,)) or bias.size not in (1, kernel.shape[1]):
            raise UnsupportedError(_("a bias of {shape}", shape=shape_text(bias.shape)))
        row = bias.reshape(-1)
        row = row if beta == 1 else row * np.float32(beta)
        bias = np.broadcast_to(row, kernel.shape[1:])
    return op.builder.dense(x, kernel, bias, name=op.name, owner=owner)


def _matrix_product(op: Operation) -> Value:
    if isinstance(op.given(0), np.ndarray):
        raise UnsupportedError(_("a constant matrix times what the network computes"))
    x, kernel = op.x, op.needed_weights(1, _("a matrix"))
    return op.builder.dense(x, kernel, None, name=op.name, owner=op.node.inputs[1:])


def _normalization(op: Operation) -> Value:
    if op.integer("training_mode", 0) or not op.integer("spatial", 1):
        raise UnsupportedError(
            _("BatchNormalization that looks at the batch, or at each place by itself")
        )
    names = ("scale", "shift", "mean", "variance")
    arrays = {name: op.needed_weights(1 + i, name) for i, name in enumerate(names)}
    return op.builder.normalization(
        op.x,
        **arrays,
        epsilon=op.real("epsilon", 1e-5),
        momentum=op.real("momentum", 0.9),
        name=op.name,
        owner=op.node.inputs[1:],
    )


OPERATIONS: Mapping[str, Any] = MappingProxyType(
    {
        "Conv": _convolution,
        "Gemm": _gemm,
        "MatMul": _matrix_product,
        "BatchNormalization": _normalization,
    }
)
