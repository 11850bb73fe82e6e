"""Reading a module of PyTorch: it is traced, and each of its operations is told to the builder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from konv.data.preprocessing import Preprocessing
from konv.errors import FormatError, ParameterError
from konv.formats.contents import Label, ModelContents
from konv.formats.exchange.channels_first import ChannelsFirstBuilder, Value
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
    name: str | None = None,
    class_names: Sequence[Label] = (),
    preprocessing: Preprocessing | None = None,
) -> Imported:
    """A module of PyTorch as a konv network with its weights.

    Args:
        module: an ``nn.Module``; it is not changed.
        input_shape: what it takes, without the batch: (channels, height, width), or (units,).
        name: of the network; None: as konv called it, else as its class is called.
        class_names: the label of each output.
        preprocessing: how a picture becomes the input.

    Raises:
        FormatError: K410, it holds what konv does not have; K407, weights are not finite; K412,
            PyTorch is not there.
        ShapeError: a layer does not fit this input.
    """
    torch = needed_package("torch", _("reading PyTorch modules"))
    from konv.formats.pytorch.reading.own import own_program, own_weights
    from konv.formats.pytorch.reading.tracing import in_eval_mode, run

    _check_is_module(torch, module)
    notes = _notes_on_numbers(torch, module)
    copied = in_eval_mode(module)
    program = f"PyTorch {torch.__version__}"
    source = f"{program}, {type(module).__name__}"
    own = own_program(copied, input_shape)
    weights = None if own is None else own_weights(copied, own)
    if own is not None and weights is not None:
        _check_finite(weights)
        return Imported(
            ModelContents(
                network=own.network if name is None else replace(own.network, name=name),
                weights=weights,
                class_names=tuple(class_names),
                preprocessing=preprocessing,
            ),
            source=source,
            notes=tuple(notes),
            original=lambda inputs: (program, own.from_torch(run(copied, own.to_torch(inputs)))),
        )
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
    woven = reader.builder.finish(name or _name_of(module), output)
    _check_finite(woven.weights)
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
    return Imported(
        contents,
        source=source,
        notes=tuple(reader.notes),
        original=woven.turned(lambda pictures: (program, run(copied, pictures))),
    )


def _name_of(module: Any) -> str:
    kind = type(module).__name__
    return "network" if kind == "Sequential" else kind


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


def _check_finite(weights: Mapping[str, np.ndarray[Any, Any]]) -> None:
    for name, array in weights.items():
        if not np.isfinite(array).all():
            raise FormatError(
                _("{name} holds numbers that are not finite in float32", name=name),
                code="K407",
                where="from_torch",
                fix=_("weights of finite numbers: train again with a smaller learning rate"),
            )
