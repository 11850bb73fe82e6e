"""How windows slide over a map, as operations of ONNX say it."""

from __future__ import annotations

from konv.formats.exchange.channels_first import Value
from konv.formats.exchange.channels_first.windows import same_zeros
from konv.formats.onnx.importing.operation import Operation, UnsupportedError
from konv.language import translate as _
from konv.layers.base import shape_text

__all__ = ["Windows", "windows_of"]

Two = tuple[int, int]
Windows = tuple[Two, tuple[Two, Two], Two]


def windows_of(op: Operation, x: Value, window: Two) -> Windows:
    """Strides, ((top, bottom), (left, right)) zeros, and dilation over a map."""
    dilation = op.pair(op.integers("dilations") or (1, 1), _("dilations"))
    strides = op.pair(op.integers("strides") or (1, 1), _("strides"))
    pads = op.integers("pads") or (0, 0, 0, 0)
    automatic = op.text("auto_pad", "NOTSET")
    if len(pads) != 4:
        raise UnsupportedError(_("pads {pads}: not for rows and columns", pads=shape_text(pads)))
    if min(*dilation, *strides, *window) < 1:
        raise UnsupportedError(_("windows, strides or dilations below 1"))
    if automatic == "NOTSET":
        return strides, ((pads[0], pads[2]), (pads[1], pads[3])), dilation
    if any(pads) or automatic not in ("SAME_UPPER", "SAME_LOWER", "VALID"):
        raise UnsupportedError(
            _("auto_pad {word} with pads {pads}", word=automatic, pads=shape_text(pads))
        )
    if automatic == "VALID":
        return strides, ((0, 0), (0, 0)), dilation
    size = op.pair(x.shape[1:], _("maps of"))
    lower = automatic == "SAME_LOWER"
    return strides, same_zeros(size, window, strides, dilation, odd_first=lower), dilation
