"""What is written on a heat map: whose it is, what its colours mean, how it was computed."""

from __future__ import annotations

import numpy as np

from konv.explain.figures.wording import number_text, percent
from konv.language import translate as _
from konv.maps.heat import GradCam, HeatMap, Occlusion

__all__ = ["heat_notes", "heat_title", "said_of"]


def heat_title(heat: HeatMap, label: str, layer: str) -> str:
    """What this is. Names come as they can be drawn."""
    if isinstance(heat, GradCam):
        return _("Grad-CAM of {layer}: what speaks for {label}", layer=layer, label=label)
    return _("Occlusion: which parts {label} rests on", label=label)


def said_of(heat: HeatMap) -> str:
    """What the network says of the class."""
    if heat.unit == "probability":
        return _("Its probability is {share}.", share=percent(heat.score))
    return _("Its score is {score}.", score=number_text(heat.score))


def heat_notes(heat: HeatMap, layer: str) -> list[str]:
    """How it was computed."""
    if isinstance(heat, GradCam):
        notes = [
            _(
                "Orange: places whose maps speak for it. The {count} maps of {layer}, {size}, are "
                "weighed by the mean gradients of the score before the last activation and added "
                "up; what is below 0 counts as 0.",
                count=len(heat.weights),
                layer=layer,
                size=_by(heat.values.shape),
            ),
            _(
                "Each number stands at the middle of its receptive field; between them bilinear, "
                "outside of them constant."
            ),
        ]
        if not heat.values.any():
            notes.append(_("No place speaks for it: all is 0 or below."))
        elif heat.values.size == 1:
            notes.append(_("A map of a single number says nothing of where."))
        return notes
    assert isinstance(heat, Occlusion)
    notes = [
        _(
            "Orange: where a patch of {patch} pixels costs the class {unit}; blue: where it gains. "
            "{count} predictions, with stride {stride}; each pixel has the mean of the patches "
            "that cover it.",
            patch=_by(heat.patch),
            unit=_("probability") if heat.unit == "probability" else _("score"),
            count=f"{heat.predictions:,}",
            stride=heat.stride,
        ),
        _("Covered with {fill}.", fill=_fill_text(heat)),
    ]
    if not np.any(heat.values):
        notes.append(_("Nothing changes, wherever the patch lies."))
    return notes


def _fill_text(heat: Occlusion) -> str:
    numbers = tuple(float(f"{number:.4g}") for number in heat.fill)
    if len(numbers) == 1:
        return number_text(numbers[0])
    return "(" + ", ".join(map(number_text, numbers)) + ")"


def _by(shape: tuple[int, ...]) -> str:
    return "×".join(map(str, shape))
