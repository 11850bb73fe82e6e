"""Where numbers stop being finite, in words."""

from __future__ import annotations

from konv.language import translate as _
from konv.training.health.unfinite import Unfinite
from konv.training.health.wording import names

__all__ = ["unfinite_details", "unfinite_fix", "unfinite_what"]

# Beyond, the pictures are to blame rather than what a network has made of them.
_LARGE = 1e15


def unfinite_what(found: Unfinite) -> str:
    """What is not finite, and where first."""
    values = {"layer": names([found.layer]), "count": found.count, "of": found.of}
    if found.kind == "weights":
        return _("the weights of {layer} are not finite: {count:,} of {of:,}", **values)
    if found.kind == "input":
        return _("the input is not finite: {count:,} of {of:,} numbers", **values)
    if found.kind == "forward":
        return _(
            "{layer} is the first to make numbers that are not finite: {count:,} of {of:,}",
            **values,
        )
    if found.kind == "gradient":
        return _("the gradient of {layer} is not finite in {count:,} of {of:,} numbers", **values)
    return _("the loss of {count:,} of {of:,} pictures is not finite", **values)


def unfinite_details(found: Unfinite) -> tuple[tuple[str, str], ...]:
    """The arithmetic: how large what it was made of is."""
    rows = []
    if found.kind == "weights":
        rows.append((_("made by"), _("the update before: a gradient not finite, or too large")))
    elif found.kind == "forward" and found.largest_weight:
        rows.append(
            (
                _("numbers"),
                _(
                    "inputs up to {inputs:.3g}, weights up to {weights:.3g}",
                    inputs=found.largest_input,
                    weights=found.largest_weight,
                ),
            )
        )
    elif found.kind in ("forward", "loss"):
        rows.append((_("numbers"), _("inputs up to {inputs:.3g}", inputs=found.largest_input)))
    if found.largest_pixel > _LARGE:
        rows.append((_("pictures"), _("numbers up to {most:.3g}", most=found.largest_pixel)))
    return *rows, (_("limit"), _("float32 ends at 3.4e38"))


def unfinite_fix(found: Unfinite) -> str:
    """What to do about it."""
    if found.kind == "input" or found.largest_pixel > _LARGE:
        return _("smaller numbers in the pictures: layers are made for numbers around 1")
    if found.kind == "loss":
        return _("smaller targets, or a smaller learning rate")
    return _("a smaller learning rate, or clipnorm=1 in the optimizer")
