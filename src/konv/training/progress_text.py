"""Where training stands, in the words of one line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from konv.language import translate as _
from konv.language.tables import places, printable

__all__ = ["Standing", "duration", "fitting", "joined"]

_GAP = "  "
_NOT_SHOWN = ("epoch", "learning_rate")


@dataclass
class Standing:
    """Where training stands.

    Args:
        epochs: of the whole plan.
        pictures: in one epoch.
        epoch: the one under way, from 0.
        done: pictures of it that were seen.
        means: name -> mean over these; at the end of an epoch, its row of the history.
        speed: pictures in a second, or 0 if that is not known yet.
        epoch_s: how long the epoch has taken.
        left_s: how long the rest of the training will take, or None if that is not known yet.
    """

    epochs: int
    pictures: int
    epoch: int = 0
    done: int = 0
    means: Mapping[str, Any] = field(default_factory=dict)
    speed: float = 0.0
    epoch_s: float = 0.0
    left_s: float | None = None

    @property
    def share(self) -> float:
        """Of the pictures of the epoch, from 0 to 1."""
        return min(1.0, self.done / self.pictures) if self.pictures else 1.0

    def label(self) -> str:
        """``"epoch  3/10"``, as wide in every epoch."""
        number = f"{self.epoch + 1:>{len(str(self.epochs))}}"
        return _("epoch {number}/{epochs}", number=number, epochs=self.epochs)

    def under_way(self) -> list[str]:
        """What to say within an epoch, the most important first."""
        texts = _means(self.means)
        if self.left_s is not None:
            texts.append(_("{time} left", time=duration(self.left_s)))
        return texts + self._speed()

    def at_the_end(self) -> list[str]:
        """What to say at the end of an epoch, the most important first."""
        return [*_means(self.means), duration(self.epoch_s), *self._speed()]

    def _speed(self) -> list[str]:
        return [_("{speed}/s", speed=f"{self.speed:,.0f}")] if self.speed else []


def _means(row: Mapping[str, Any]) -> list[str]:
    """``"loss 0.25 val 0.3"`` for each name of a row, with its value in validation."""
    numbers = {
        name: value
        for name, value in row.items()
        if name not in _NOT_SHOWN and isinstance(value, (int, float))
    }
    texts = []
    for name, value in numbers.items():
        if name.startswith("val_") and name.removeprefix("val_") in numbers:
            continue
        text = f"{_name(name)} {_number(value)}"
        if f"val_{name}" in numbers:
            text += _(" val {value}", value=_number(numbers[f"val_{name}"]))
        texts.append(text)
    return texts


def _name(name: str) -> str:
    return {"loss": _("loss"), "accuracy": _("accuracy")}.get(name, printable(name))


def _number(value: float) -> str:
    """Four digits after the point, where these say something."""
    return f"{value:.4f}" if value == 0 or 1e-3 <= abs(value) < 1e5 else f"{value:.2e}"


def duration(seconds: float) -> str:
    """Minutes and seconds, and hours if there are any.

    Example:
        >>> duration(75.4), duration(3_675)
        ('1:15', '1:01:15')
    """
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def joined(texts: list[str]) -> str:
    """The texts in one line."""
    return _GAP.join(texts)


def fitting(texts: list[str], width: int) -> str:
    """As many of the texts as fit in one line of ``width`` places, less important ones left out.

    Example:
        >>> fitting(["loss 0.5", "a very long name 0.25", "0:12 left"], 20)
        'loss 0.5  0:12 left'
    """
    kept: list[str] = []
    for text in texts:
        if places(joined([*kept, text])) <= width:
            kept.append(text)
    return joined(kept)
