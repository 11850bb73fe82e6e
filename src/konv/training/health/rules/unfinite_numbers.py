"""T104: numbers that are not finite."""

from __future__ import annotations

from konv.language import marked
from konv.training.health.course import Course
from konv.training.health.rules.base import Remark, Rule
from konv.training.health.unfinite_text import unfinite_details, unfinite_fix, unfinite_what

__all__ = ["RULES"]


def _unfinite(course: Course) -> Remark | None:
    found = None if course.examination is None else course.examination.unfinite
    if found is None:
        return None
    return Remark(
        unfinite_what(found),
        unfinite_details(found),
        unfinite_fix(found),
        (found.layer,) if found.layer else (),
        "error",
    )


RULES = (
    Rule(
        "T104",
        marked("a number is infinite or none"),
        marked(
            "What is computed from infinity is infinity or NaN, so one "
            "such number spoils the loss of its batch, and by the next update every weight."
        ),
        _unfinite,
    ),
)
