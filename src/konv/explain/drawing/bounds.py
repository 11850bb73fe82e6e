"""How much fits into a picture: drawing more would take long, and nobody could look at it."""

from __future__ import annotations

from konv.errors import LimitError
from konv.language import translate as _
from konv.limits import MAX_DRAWN_LAYERS, MAX_DRAWN_LINES
from konv.network.graph import Network

__all__ = ["check_layers", "check_lines"]


def check_layers(network: Network) -> None:
    """Refuse a network of too many layers.

    Raises:
        LimitError: K606.
    """
    count = len(network.nodes)
    if count > MAX_DRAWN_LAYERS:
        what = _("{count} layers are too many for a picture", count=f"{count:,}")
        most = _("{most} layers", most=f"{MAX_DRAWN_LAYERS:,}")
        raise _too_large(network, what, most)


def check_lines(network: Network, count: int) -> None:
    """Refuse a network whose branches need too many lines from level to level.

    Raises:
        LimitError: K606.
    """
    if count > MAX_DRAWN_LINES:
        what = _("{count} lines are too many for a picture", count=f"{count:,}")
        raise _too_large(network, what, _("{most} lines", most=f"{MAX_DRAWN_LINES:,}"))


def _too_large(network: Network, what: str, most: str) -> LimitError:
    return LimitError(
        what,
        code="K606",
        where=network.name,
        details=[(_("at most"), most)],
        fix=_("the style mermaid or text; or a part of it: network.up_to(NAME OF A LAYER)"),
    )
