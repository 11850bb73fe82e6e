"""What is said of a sliding window as a whole, and where a step is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from konv.explain.sliding.step import SlidingStep
from konv.explain.sliding.window import SlidingWindow
from konv.language import translate as _
from konv.layers.size import WindowAxis
from konv.values.grids import grid_cell
from konv.values.numbers import span

__all__ = ["heading", "kernel_caption", "place_of", "remarks"]


def heading(sliding: SlidingWindow) -> str:
    """What slides over what, how, and what comes out."""
    rows, columns = sliding.axes
    settings = ", ".join(_settings(rows, columns))
    facts = {
        "window": f"{rows.kernel}×{columns.kernel}",
        "input": f"{rows.size}×{columns.size}",
        "settings": f" ({settings})" if settings else "",
        "output": f"{rows.output}×{columns.output}",
    }
    if sliding.kernel is None:
        return _("A {window} pool slides over {input}{settings}: {output} comes out", **facts)
    return _("A {window} kernel slides over {input}{settings}: {output} comes out", **facts)


def _settings(rows: WindowAxis, columns: WindowAxis) -> Iterator[str]:
    """Stride, padding and dilation, where they are not the usual ones."""
    if (rows.stride, columns.stride) != (1, 1):
        yield _("stride {stride}", stride=_both(rows.stride, columns.stride))
    zeros = (rows.before, rows.after, columns.before, columns.after)
    if len({*zeros}) > 1:
        top, bottom, left, right = zeros
        yield _(
            "zeros: {top} above, {bottom} below, {left} left, {right} right",
            top=top,
            bottom=bottom,
            left=left,
            right=right,
        )
    elif zeros[0]:
        yield _("padding {zeros}", zeros=zeros[0])
    if (rows.dilation, columns.dilation) != (1, 1):
        yield _("dilation {dilation}", dilation=_both(rows.dilation, columns.dilation))


def _both(first: int, second: int) -> str:
    return str(first) if first == second else f"{first}×{second}"


def kernel_caption(sliding: SlidingWindow) -> str:
    """What stands above the kernel as it meets the window."""
    return _("kernel turned by 180°") if sliding.turned else _("kernel")


def remarks(sliding: SlidingWindow) -> Iterator[str]:
    """What is worth knowing of all steps."""
    if sliding.turned:
        yield _("true_convolution: the kernel is shown as it meets the window, turned by 180°")
    if sliding.padded.shape != sliding.matrix.shape:
        if sliding.kernel is None:
            yield _("(0) is padding; it takes no part.")
        else:
            yield _("(0) is a zero of the padding.")
    if _is_rounded(sliding):
        yield _("Numbers are shown with six digits, in tables with four; JSON holds all digits.")
    for axis, name in zip(sliding.axes, (_("rows"), _("columns")), strict=True):
        if axis.unseen:
            yield _(
                "{name}: no window sees {count} of {size}.",
                name=name,
                count=axis.unseen,
                size=axis.size,
            )


def _is_rounded(sliding: SlidingWindow) -> bool:
    """Whether a table shows a number with fewer digits than it has."""
    shown = [sliding.matrix, sliding.output, *([] if sliding.kernel is None else [sliding.kernel])]
    return any(float(grid_cell(x)) != x for numbers in shown for x in numbers.reshape(-1).tolist())


def place_of(sliding: SlidingWindow, step: SlidingStep) -> str:
    """Which step it is, where its window lies, and where its number goes."""
    title = _("step {number} of {count}", number=step.number + 1, count=len(sliding))
    place = _(
        "rows {rows}, columns {columns} → row {row}, column {column}",
        rows=_places(step.rows),
        columns=_places(step.columns),
        row=step.at[0],
        column=step.at[1],
    )
    return f"{title}: {place}"


def _places(places: Sequence[int]) -> str:
    """Rows or columns of a window; those of a dilated one are listed."""
    if places[-1] - places[0] == len(places) - 1:
        return span(places[0], places[-1])
    return ", ".join(map(str, places))
