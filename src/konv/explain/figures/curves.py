"""How training went: the loss and the metrics of each epoch."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from konv.explain.figures.history_columns import VALIDATION, HistoryColumns, read_history
from konv.explain.figures.page import Page
from konv.explain.figures.page_file import new_page
from konv.explain.figures.style import BLUE, GREY, INNER_WIDTH_IN, ORANGE, SUBTITLE_PT
from konv.explain.figures.wording import number_text, percent
from konv.language import translate as _

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["learning_curves"]

_MOST_PANELS = 6
_KEY_IN = 0.3
_GAP_IN = 0.35
_PANEL_IN = 2.7  # height of the axes
_ABOVE_IN = 0.35  # the name of the metric
_BELOW_IN = 0.55  # the numbers of the epochs
_BESIDE_IN = 0.6  # the numbers of the metric
_FEW_EPOCHS = 30
# A loss that falls by more than this factor is drawn on a logarithmic axis.
_WIDE = 30.0


def learning_curves(
    history: Iterable[Mapping[str, Any]],
    path: str | os.PathLike[str],
    *,
    monitor: str | None = None,
) -> Path:
    """Draw the loss and the metrics of each epoch, in training and validation.

    Args:
        history: what ``model.fit`` returns, or its rows.
        path: a .png or .svg file; it is replaced.
        monitor: the column that says which epoch was best: the largest of one that ends in
            "accuracy", the least of any other; None: val_loss if there is one, or loss.

    Returns:
        The path.

    Raises:
        FormatError: K405, it cannot be written.
        ParameterError: K201, there is no row, no number, or no such column.
    """
    columns = read_history(history, monitor)
    with new_page(path, labels=columns.metrics) as page:
        _draw(page, columns)
    return Path(path)


def _draw(page: Page, history: HistoryColumns) -> None:
    shown = history.metrics[:_MOST_PANELS]
    across = min(2, len(shown))
    step_in = _ABOVE_IN + _PANEL_IN + _BELOW_IN
    notes = []
    if left_out := len(history.metrics) - len(shown):
        notes.append(_("Not shown: {count} more metrics.", count=left_out))
    page.lay_out(
        _title(history),
        subtitle=_subtitle(history, page),
        body_in=_KEY_IN + math.ceil(len(shown) / across) * step_in - 0.1,
        notes=notes,
    )
    _draw_key(page, history)
    full_in = (INNER_WIDTH_IN - (across - 1) * _GAP_IN) / across
    width_in = full_in - _BESIDE_IN
    for index, metric in enumerate(shown):
        row, column = divmod(index, across)
        x_in = column * (full_in + _GAP_IN) + _BESIDE_IN
        axes = page.axes(x_in, _KEY_IN + row * step_in + _ABOVE_IN, width_in, _PANEL_IN)
        label = page.shortened(page.labels[index], width_in, SUBTITLE_PT)
        title = {"loss": _("Loss"), "accuracy": _("Accuracy")}.get(metric, label)
        _draw_panel(axes, history, metric, title)


def _draw_key(page: Page, history: HistoryColumns) -> None:
    x_in = _BESIDE_IN
    for word, prefix, colour in _lines():
        if any(name.startswith(VALIDATION) == bool(prefix) for name in history.columns):
            page.box(x_in, 0.08, 0.3, 0.03, facecolor=colour)
            page.text(x_in + 0.38, 0.095, word, va="center")
            x_in += 0.38 + page.width_in(word) + 0.3


def _lines() -> tuple[tuple[str, str, str], ...]:
    return (_("training"), "", BLUE), (_("validation"), VALIDATION, ORANGE)


def _draw_panel(axes: Axes, history: HistoryColumns, metric: str, title: str) -> None:
    epochs, best = history.epochs, history.best
    drawn = []
    axes.axvline(epochs[best], color=GREY, linestyle=":", linewidth=1.2)
    for _word, prefix, colour in _lines():
        values = history.columns.get(prefix + metric)
        if values is not None:
            known = np.isfinite(values)
            drawn.append(values[known])
            marker = "o" if known.sum() <= _FEW_EPOCHS else None
            look: dict[str, Any] = {"color": colour, "linewidth": 1.6, "markersize": 4}
            axes.plot(epochs[known], values[known], marker=marker, **look)
            axes.plot(epochs[best], values[best], marker="o", color=colour, markersize=7)
    side = max(0.5, 0.02 * (epochs[-1] - epochs[0]))
    axes.set_xlim(epochs[0] - side, epochs[-1] + side)
    axes.set_xticks(_epoch_ticks(epochs))
    axes.set_xlabel(_("epoch"))
    axes.set_title(title + _set_vertical_axis(axes, metric, np.concatenate(drawn)))


def _epoch_ticks(epochs: NDArray[np.float64]) -> list[float]:
    """Whole, round numbers of epochs that there are."""
    from matplotlib.ticker import MaxNLocator

    first, last = float(epochs[0]), float(epochs[-1])
    locator = MaxNLocator(nbins=8, steps=[1, 2, 5, 10], integer=True, min_n_ticks=1)
    inside = [tick for tick in locator.tick_values(first, last) if first <= tick <= last]
    return inside or [first]


def _set_vertical_axis(axes: Axes, metric: str, values: NDArray[np.float64]) -> str:
    """Suit the axis to what is drawn; the return value is what the title must say of it."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

    if metric.endswith("accuracy"):
        axes.yaxis.set_major_formatter(
            FuncFormatter(lambda value, _place: f"{100 * value:.6g}\u00a0%")
        )
        bottom, top = axes.get_ylim()
        if values.max() <= 1:
            axes.set_ylim(bottom, min(top, 1 + 0.03 * (1 - bottom)))
        return ""
    if metric == "loss" and values.min() > 0 and values.max() > _WIDE * values.min():
        axes.set_yscale("log")
        decades = math.log10(values.max()) - math.log10(values.min())
        axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if decades < 4 else (1,)))
        axes.yaxis.set_minor_locator(NullLocator())
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _place: f"{value:g}"))
        return _(" (logarithmic)")
    return ""


def _title(history: HistoryColumns) -> str:
    """The number that matters most, at the best epoch."""
    words = {
        "epoch": f"{history.epochs[history.best]:,.0f}",
        "last": f"{history.epochs[-1]:,.0f}",
    }
    if (share := history.at_best("val_accuracy")) is not None:
        words["value"] = percent(share)
        return _("Validation accuracy {value} in the best epoch, {epoch} of {last}", **words)
    if (share := history.at_best("accuracy")) is not None:
        words["value"] = percent(share)
        return _("Training accuracy {value} in the best epoch, {epoch} of {last}", **words)
    return _("The best epoch is {epoch} of {last}", **words)


def _subtitle(history: HistoryColumns, page: Page) -> str:
    """What makes it the best."""
    value = history.columns[history.monitor][history.best]
    metric = history.monitor.removeprefix(VALIDATION)
    prefix = history.monitor.removesuffix(metric)
    words = {
        "column": prefix + page.labels[history.metrics.index(metric)],
        "value": percent(value) if metric.endswith("accuracy") else number_text(value),
    }
    if history.larger_is_better:
        return _("Dotted: the epoch of the highest {column}, {value}.", **words)
    return _("Dotted: the epoch of the lowest {column}, {value}.", **words)
