"""Reading a module of PyTorch: it is traced, and each of its operations is told to the builder."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from konv.data.preprocessing import Preprocessing
from konv.errors import FormatError, ParameterError
from konv.formats.contents import Label, ModelContents
from konv.formats.exchange.channels_first import ChannelsFirstBuilder, Value, Woven
from konv.formats.exchange.imported import Imported, Note
from konv.formats.exchange.packages import needed_package
from konv.formats.exchange.refusals import Refusals
from konv.formats.pytorch.reading.reader import Reader
from konv.formats.pytorch.reading.walk import Walk
from konv.language import translate as _

__all__ = ["read_module"]


def read_module(
    module: Any,
    input_shape: tuple[int, ...],
    *,
    name: str,
    class_names: Sequence[Label] = (),
    preprocessing: Preprocessing | None = None,
) -> Imported:
    """A module of PyTorch as a konv network with its weights.

    Args:
        module: an ``nn.Module``; it is not changed.
        input_shape: what it takes, without the batch: (channels, height, width), or (units,).
        name: of the network.
        class_names: the label of each output.
        preprocessing: how a picture becomes the input.

    Raises:
        FormatError: K410, it holds what konv does not have; K407, weights are not finite; K412,
            PyTorch is not there.
        ShapeError: a layer does not fit this input.
    """
    torch = needed_package("torch", _("reading PyTorch modules"))
    from konv.formats.pytorch.reading.tracing import in_eval_mode, run

    _check_is_module(torch, module)
    notes = _notes_on_numbers(torch, module)
    copied = in_eval_mode(module)
    refused = Refusals()
    reader = Reader(ChannelsFirstBuilder(refused), refused, notes)
    output = Walk(copied, reader, input_shape).output
    refused.check_import(
        "from_torch",
        _(
            "another input_shape if a size does not fit; replace the rest, or go by way of ONNX: "
            "torch.onnx.export"
        ),
    )
    woven = reader.builder.finish(name, output)
    _check_finite(woven)
    reader.place = ""
    shares = sum(node.shares for node in woven.network.nodes if node.weight_specs)
    if shares < reader.uses.total() - len(reader.uses):
        reader.note(_("weights that modules share there are copies of their own here"))
    if output.row and not output.straight:
        reader.note(_("its output comes in konv's order: rows, columns, channels"))
    contents = ModelContents(
        network=woven.network,
        weights=woven.weights,
        class_names=_ordered(class_names, output),
        preprocessing=preprocessing,
    )
    program = f"PyTorch {torch.__version__}"
    return Imported(
        contents,
        source=f"{program}, {type(module).__name__}",
        notes=tuple(reader.notes),
        original=woven.turned(lambda pictures: (program, run(copied, pictures))),
    )


def _check_is_module(torch: Any, module: Any) -> None:
    if not isinstance(module, torch.nn.Module):
        raise ParameterError(
            _("a {kind} as a module", kind=type(module).__name__),
            code="K201",
            where="from_torch",
            fix=_("a torch.nn.Module with its weights, such as one on which load_state_dict ran"),
        )


def _notes_on_numbers(torch: Any, module: Any) -> list[Note]:
    """Numbers of another kind than float32, which are written as that."""
    kinds = {tensor.dtype for tensor in module.parameters()} | {
        tensor.dtype for tensor in module.buffers() if tensor.dtype.is_floating_point
    }
    others = sorted(str(kind).removeprefix("torch.") for kind in kinds - {torch.float32})
    text = _("its weights became float32, from {kinds}", kinds=", ".join(others))
    return [Note("", text)] if others else []


def _ordered(class_names: Sequence[Label], output: Value) -> tuple[Label, ...]:
    """The labels in the order of konv's outputs."""
    labels = list(class_names)
    if not output.row or len(labels) != output.order.size:
        return tuple(labels)
    turned = labels[:]
    for label, place in zip(labels, output.order, strict=True):
        turned[place] = label
    return tuple(turned)


def _check_finite(woven: Woven) -> None:
    for name, array in woven.weights.items():
        if not np.isfinite(array).all():
            raise FormatError(
                _("{name} holds numbers that are not finite in float32", name=name),
                code="K407",
                where="from_torch",
                fix=_("weights of finite numbers: train again with a smaller learning rate"),
            )
