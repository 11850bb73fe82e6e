"""The input of a graph as the input of a network: what is given for one picture, in which order."""

from __future__ import annotations

from konv.errors import KonvError
from konv.formats.exchange.channels_first import UNKNOWN, Value
from konv.formats.onnx.importing.surroundings import Surroundings
from konv.formats.onnx.messages import TensorShape, TensorType, ValueInfo, ValueType
from konv.formats.onnx.types import DOUBLE, FLOAT32, type_name
from konv.formats.texts import printable
from konv.language import translate as _

__all__ = ["begin"]

_FLOAT16 = 10


def begin(around: Surroundings, *, channels_last: bool) -> Value:
    """Begin the network with its input; UNKNOWN if konv cannot, the reasons are on the list.

    Axis 0 counts the pictures. The other sizes must be known.

    Args:
        around: the network in the making.
        channels_last: whether a map is taken as (height, width, channels).
    """
    free = [item for item in around.graph.inputs if item.name not in around.known]
    if len(free) != 1:
        names = ", ".join(printable(item.name or "") for item in free[:5])
        what = _("{count} of them: {names}", count=len(free), names=names)
        around.refused.add(_("inputs"), what)
        for item in free:
            around.known[item.name or ""] = UNKNOWN
        return UNKNOWN
    (item,) = free
    name = item.name or ""
    around.known[name] = UNKNOWN
    shape = _shape(item, around)
    if shape is None:
        return UNKNOWN
    try:
        value = around.builder.input(shape, name=name, channels_last=channels_last)
    except KonvError as error:
        around.refused.add(_("the input"), f"{shape}: {error.fix}")
        return UNKNOWN
    around.known[name] = value
    return value


def _shape(item: ValueInfo, around: Surroundings) -> tuple[int, ...] | None:
    """The shape of one picture; None if it is none that konv takes."""
    tensor = (item.type or ValueType()).tensor_type or TensorType()
    place = _("the input")
    if tensor.elem_type not in (FLOAT32, DOUBLE, _FLOAT16):
        around.refused.add(place, _("numbers of {kind}", kind=type_name(tensor.elem_type)))
        return None
    if tensor.elem_type != FLOAT32:
        kind = type_name(tensor.elem_type)
        around.note(printable(item.name or ""), _("{kind} is computed in float32", kind=kind))
    dims = (tensor.shape or TensorShape()).dim
    sizes = [dim.dim_value or 0 if dim.dim_param is None else 0 for dim in dims]
    shown = ", ".join(str(dim.dim_value or printable(dim.dim_param or "?")) for dim in dims)
    if len(sizes) not in (2, 4):
        what = _(
            "({shape}): konv takes rows (N, units) and maps (N, channels, height, width)",
            shape=shown,
        )
        around.refused.add(place, what)
        return None
    if min(sizes[1:]) < 1:
        around.refused.add(
            place, _("({shape}): all sizes but the first must be known", shape=shown)
        )
        return None
    if sizes[0] > 0:
        around.batch = sizes[0]
    return tuple(sizes[1:])
