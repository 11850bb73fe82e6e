"""The sentences around the steps: what is explained, how exact it is, what it depends on."""

from __future__ import annotations

from collections.abc import Iterator

from konv.language import translate as _
from konv.network.rows import times
from konv.values.explanation import Explained, Explanation, GradientExplanation
from konv.values.numbers import span, whole_number
from konv.values.seen import Seen
from konv.values.steps import Choice, Sum

__all__ = ["closing_sentences", "exactness", "heading", "seen_sentence"]


def heading(explained: Explained) -> str:
    """Which number it is."""
    if isinstance(explained, GradientExplanation):
        return _(
            "Gradient of the loss by {weight} of {network}: {place} of {shape}",
            weight=explained.weight,
            network=explained.network,
            place=explained.place,
            shape=times(explained.shape),
        )
    assert isinstance(explained, Explanation)
    return _heading(explained)


def _heading(explanation: Explanation) -> str:
    title = _(
        "{layer} ({kind}) of {network}: {place} of {shape}",
        layer=explanation.layer,
        kind=explanation.kind,
        network=explanation.network,
        place=explanation.place,
        shape=times(explanation.shape),
    )
    sources = ", ".join(f"{name} {times(shape)}" for name, shape in explanation.sources.items())
    return _("{title}; from {sources}", title=title, sources=sources) if sources else title


def closing_sentences(explanation: Explained) -> Iterator[str]:
    """What is said after the steps."""
    yield exactness(explanation)
    if isinstance(explanation, GradientExplanation):
        yield _(
            "The loss ({loss}) of this picture is {value}; g is its gradient by what the layer "
            "makes before its activation.",
            loss=explanation.loss,
            value=f"{explanation.loss_value:.6g}",
        )
        yield from explanation.remarks
    if isinstance(explanation, Explanation) and explanation.seen is not None:
        yield seen_sentence(explanation.seen)
    if _has_padding(explanation):
        yield _("(0) is a zero of the padding.")
    if _is_rounded(explanation):
        yield _("Numbers are shown with six digits, in tables with four; JSON holds all digits.")


def exactness(explanation: Explained) -> str:
    """The engine's number beside the sum."""
    computed = _(
        "The engine ({engine}, float32) computed {value}; the sum in float64 is {sum}",
        engine=explanation.engine,
        value=whole_number(explanation.value),
        sum=f"{explanation.sum + 0.0:.17g}",
    )
    if explanation.same:
        return _("{computed}: rounded to float32, the same.", computed=computed)
    return _(
        "{computed}: they differ by {difference}, {places} units of the last place, since float32 "
        "rounds at every step.",
        computed=computed,
        difference=f"{abs(explanation.value - explanation.sum):.2g}",
        places=f"{abs(explanation.last_places):,.1f}",
    )


def seen_sentence(seen: Seen) -> str:
    """Which pixels take part."""
    height, width = seen.picture
    size = f"{height}×{width}"
    if seen.nothing:
        return _("It depends on no pixel of the picture ({size}).", size=size)
    (top, bottom), (left, right) = seen.rows, seen.columns
    sentence = _(
        "It depends on rows {rows}, columns {columns} of the picture: {count} of {size} pixels",
        rows=span(top, bottom - 1),
        columns=span(left, right - 1),
        count=f"{bottom - top}×{right - left}",
        size=size,
    )
    if (bottom - top, right - left) == seen.size:
        return _("{sentence}.", sentence=sentence)
    return _(
        "{sentence}; the rest of its {field} receptive field lies on the padding.",
        sentence=sentence,
        field=f"{seen.size[0]}×{seen.size[1]}",
    )


def _has_padding(explanation: Explained) -> bool:
    return any(
        not part.inside.all()
        for step in explanation.steps
        for part in (step.parts if isinstance(step, Sum) else ())
    ) or any(not step.part.inside.all() for step in explanation.steps if isinstance(step, Choice))


def _is_rounded(explanation: Explained) -> bool:
    """Whether a number that is shown has more digits than are shown."""
    numbers = [step.value for step in explanation.steps]
    for step in explanation.steps:
        if isinstance(step, Sum):
            numbers += [x for part in step.parts[:4] for x in part.products.tolist()[:100]]
    return any(float(f"{x:.4g}") != x for x in numbers if x == x)
