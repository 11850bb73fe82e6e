"""The network that ``auto`` stands for: by the size, the colours and the number of the pictures.

=====================================  ============  ===============================================
pictures                               network       why
=====================================  ============  ===============================================
a side below 14                        digits-mini   pools would leave nothing
a side above 64                        mobile-mini   multiply-adds grow with the area; it has fewest
grey, a side of at most 48             simple        one convolution tells strokes and edges apart
others, fewer than 20,000              vgg-mini      it learns in few epochs
others, 20,000 or more                 resnet8       a third of the multiply-adds, a quarter of the
                                                     parameters; many pictures make up for it
=====================================  ============  ===============================================

The first line that applies decides; a side is the shorter one.
"""

from __future__ import annotations

from konv.constraints import Integer
from konv.errors import NetworkError
from konv.language import translate as _
from konv.layers.base import Shape, shape_text
from konv.layers.input import Input
from konv.limits import MAX_PICTURES
from konv.network.graph import Network
from konv.network.named import named_network
from konv.network.rows import times
from konv.parameters import check_value

__all__ = ["choose_network"]

_TINY_SIDE_PX = 14
_SIMPLE_SIDE_PX = 48
_LARGE_SIDE_PX = 64
_MANY_PICTURES = 20_000
_PICTURES = Integer(1, MAX_PICTURES)


def choose_network(input_shape: Shape, classes: int, pictures: int) -> tuple[Network, str]:
    """A network for these pictures, and why this one.

    Args:
        input_shape: (height, width, channels) of one picture.
        classes: how many it is to tell apart.
        pictures: how many there are to learn from.

    Returns:
        The network for this shape and these classes, and the reason in the current language.

    Raises:
        NetworkError: K308, these are no pictures, or too large ones.
        ParameterError: K201, an argument is no shape or no such number.

    Example:
        >>> network, reason = choose_network((8, 8, 1), 10, 1437)
        >>> print(network.name, "-", reason)
        digits-mini - 1,437 grey pictures of 8×8: digits-mini, since more pools would leave nothing
    """
    shape = Input(shape=input_shape).shape
    if len(shape) != 3:
        raise NetworkError(
            _("{shape} is no picture", shape=shape_text(shape)),
            code="K308",
            fix=_("(height, width, channels), such as (28, 28, 1)"),
        )
    count = check_value("pictures", pictures, _PICTURES, where="choose_network")
    height, width, channels = shape
    name, why = _choice(min(height, width), channels, count)
    reason = _(
        "{count} {colour} pictures of {size}: {name}, since {why}",
        count=f"{count:,}",
        colour=_("grey") if channels == 1 else _("colour"),
        size=times((height, width)),
        name=name,
        why=why,
    )
    return named_network(name).adapted(shape, classes), reason


def _choice(side_px: int, channels: int, pictures: int) -> tuple[str, str]:
    if side_px < _TINY_SIDE_PX:
        return "digits-mini", _("more pools would leave nothing")
    if side_px > _LARGE_SIDE_PX:
        return "mobile-mini", _("large pictures cost least with its few multiply-adds")
    if channels == 1 and side_px <= _SIMPLE_SIDE_PX:
        return "simple", _("one convolution tells strokes and edges apart")
    if pictures < _MANY_PICTURES:
        return "vgg-mini", _("it learns in few epochs")
    return "resnet8", _("many pictures suit its few parameters, at a third of the multiply-adds")
