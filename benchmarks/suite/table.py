"""The results as text: ratios first."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.suite.aims import aim_of
from benchmarks.suite.others import BUSY
from benchmarks.suite.results import OURS, CaseResult
from benchmarks.suite.statistics import Ratio

__all__ = ["case_tables", "failure_lines", "in_columns", "measured_peers", "ratio_text"]

TITLES = {"train": "training step", "infer": "inference"}
# Sums in another order differ by some 1e-6 of the largest number; steps of training add to it.
LARGEST_DIFFERENCE = 2e-3


def case_tables(results: Sequence[CaseResult]) -> str:
    """One table for each task."""
    tasks = dict.fromkeys(result.case.task for result in results)
    return "\n\n".join(
        _task_table(task, [result for result in results if result.case.task == task])
        for task in tasks
    )


def _task_table(task: str, results: Sequence[CaseResult]) -> str:
    peers = measured_peers(results)
    others = [peer for peer in peers if not peer.startswith(OURS)]
    ours = [peer for peer in peers if peer.startswith(OURS)]
    head = ["network", "batch", *(f"{peer} ÷ konv" for peer in others)]
    head += [f"{peer} µs" for peer in (*ours, *others)] + ["differs", "others", "configuration"]
    rows = [head]
    for result in results:
        row = [result.case.label, str(result.case.batch)]
        row += [_ratio_cell(result, peer) for peer in others]
        row += [_time_text(result.per_picture_us(peer)) for peer in (*ours, *others)]
        row += [_difference_text(result), _others_text(result), _configurations(result, others)]
        rows.append(row)
    title = f"{TITLES[task]}: how many times faster konv is, and µs per picture"
    return f"{title}\n{in_columns(rows)}"


def measured_peers(results: Sequence[CaseResult]) -> list[str]:
    """Everyone with times, in the order in which they were made ready."""
    everyone = dict.fromkeys(item.peer for result in results for item in result.series)
    return [peer for peer in everyone if any(result.best(peer) for result in results)]


def _ratio_cell(result: CaseResult, peer: str) -> str:
    ratio, best = result.ratio(peer), result.best(peer)
    if ratio is None or best is None:
        return "·"
    if best.difference is not None and best.difference > LARGEST_DIFFERENCE:
        return "other numbers"
    aim = aim_of(result.case, peer)
    if aim is None:
        return ratio_text(ratio)
    mark = "✓" if ratio.ratio >= aim else "✗"
    if result.others is not None and result.others > BUSY:
        mark = "?"
    return f"{ratio_text(ratio)} {mark}≥{aim:g}"


def ratio_text(ratio: Ratio) -> str:
    """``3.10 (2.95 … 3.20)``: the ratio and its quartiles."""
    return f"{ratio.ratio:.2f} ({ratio.low:.2f} … {ratio.high:.2f})"


def _time_text(microseconds: float | None) -> str:
    return "·" if microseconds is None else f"{microseconds:.1f}"


def _difference_text(result: CaseResult) -> str:
    differences = [item.difference for item in result.series if item.difference is not None]
    return f"{max(differences):.0e}" if differences else "·"


def _others_text(result: CaseResult) -> str:
    """What other programs took of the processors meanwhile."""
    return "·" if result.others is None else f"{100 * result.others:.0f} %"


def _configurations(result: CaseResult, peers: Sequence[str]) -> str:
    """The configuration of each peer that was fastest, where there was a choice."""
    words = []
    for peer in peers:
        tried = [item for item in result.series if item.peer == peer]
        best = result.best(peer)
        if best is not None and len(tried) > 1:
            words.append(best.configuration)
    return "; ".join(words)


def in_columns(rows: Sequence[Sequence[str]]) -> str:
    """Rows of cells as text: the first column to the left, the last as it is, others right."""
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = [row[0].ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
        if len(row) > 1:
            cells[-1] = row[-1]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def failure_lines(results: Sequence[CaseResult]) -> list[str]:
    """What could not be measured, and why; the same reason of one peer once."""
    places: dict[tuple[str, str], list[str]] = {}
    for result in results:
        for who, reason in result.failures:
            place = f"{result.case.letter} {result.case.task} {result.case.batch}"
            places.setdefault((who, reason), []).append(place)
    return [
        f"{who}: {reason} ({', '.join(where[:4])}{', …' if len(where) > 4 else ''})"
        for (who, reason), where in places.items()
    ]
