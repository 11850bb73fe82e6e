"""Networks for a task, under limits: what ``konv design`` shows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from konv.constraints import Boolean, Integer
from konv.design.search.building import Candidate, built
from konv.design.search.impossible import PYTHON_WORDS, impossible, too_large
from konv.design.search.limits import Limits, limits_for
from konv.design.search.reasons import layers_line, reasons_for
from konv.design.search.results import Proposal, Proposals
from konv.design.search.searching import Search
from konv.errors import ParameterError
from konv.language import translate as _
from konv.layers.base import Shape, shape_text
from konv.layers.input import Input
from konv.limits import MAX_CLASSES
from konv.network.report import report
from konv.parameters import check_value

__all__ = ["MOST_PROPOSALS", "proposals_for", "propose"]

MOST_PROPOSALS = 100
_CLASSES = Integer(2, MAX_CLASSES)
_MOST = Integer(1, MOST_PROPOSALS)


def propose(
    input_shape: Shape,
    classes: int,
    *,
    max_parameters: int | None = None,
    max_macs: int | None = None,
    min_receptive_field: int | str | None = None,
    whole: bool = False,
    most: int = 5,
) -> Proposals:
    """Networks for pictures of a shape that keep to all limits, the most promising first.

    They are stages of one or two convolutions with a pool, normalized or not, and end in a dense
    layer, an average over each map, or two dense layers. All of them are looked at where that can
    be done in seconds; the result says whether it was. The order is a rule of thumb.

    Args:
        input_shape: (height, width, channels) of a picture.
        classes: how many are to be told apart.
        max_parameters: of all weights, at most; None: 200,000 and 64 for each class.
        max_macs: multiply-adds for one picture, at most; None: 10 million, or more for large
            pictures.
        min_receptive_field: rows and columns of the picture that a place of the last maps must
            see (or the whole picture, where that is smaller); "full": the whole picture.
        whole: whether every division of the size formula must be whole.
        most: how many are proposed, at most.

    Returns:
        The proposals; the same for the same arguments, always.

    Raises:
        NetworkError: K312, no network keeps to these limits; the fix names limits that one does.
        ParameterError: K201, an argument is not what it should be.

    Example:
        >>> best = propose((28, 28, 1), 10, max_parameters=20_000, whole=True).best
        >>> best.parameters <= 20_000, best.network.output_shape
        (True, (10,))
    """
    asked = {
        "max_parameters": max_parameters,
        "max_macs": max_macs,
        "min_receptive_field": min_receptive_field,
        "whole": whole,
        "most": most,
    }
    return proposals_for(input_shape, classes, asked, words=PYTHON_WORDS, where="propose")


def proposals_for(
    input_shape: Shape,
    classes: int,
    asked: Mapping[str, Any],
    *,
    words: Mapping[str, str],
    where: str,
) -> Proposals:
    """The same, for whoever writes limits in other words; see :func:`impossible`."""
    shape = _picture_shape(input_shape, where)
    classes = check_value("classes", classes, _CLASSES, where=where)
    most = check_value("most", asked["most"], _MOST, where=where)
    check_value("whole", asked["whole"], Boolean(), where=where)
    limits = limits_for(shape, classes, asked, where=where)
    search = Search(shape, classes, limits.whole)
    candidates, fitting = ([], 0) if too_large(shape[:2]) else search.best(limits, most)
    if not candidates:
        raise impossible(search, limits, words=words, where=where)
    return Proposals(
        input_shape=shape,
        classes=classes,
        limits=limits,
        proposals=tuple(
            _proposal(candidate, candidates[0], shape, classes, limits) for candidate in candidates
        ),
        examined=search.examined,
        fitting=fitting,
        outlines=len(search.outlines),
        all_outlines=search.all_outlines,
    )


def _picture_shape(input_shape: Shape, where: str) -> Shape:
    shape = Input(shape=input_shape).shape
    if len(shape) != 3:
        raise ParameterError(
            _("{shape} is no picture", shape=shape_text(shape)),
            code="K201",
            where=where,
            fix=_("(height, width, channels), such as (28, 28, 1)"),
        )
    return shape


def _proposal(
    candidate: Candidate, first: Candidate, shape: Shape, classes: int, limits: Limits
) -> Proposal:
    """A candidate as a network, with the numbers of its own report."""
    name = "-".join(["design", "x".join(map(str, shape)), str(classes)])
    network = built(candidate, shape, classes, name=name)
    sizes = report(network)
    maps = [row for row in sizes.rows if len(row.output_shape) == 3]
    field = maps[-1].receptive_field
    assert field is not None  # its input is a picture
    return Proposal(
        network=network,
        layers=layers_line(candidate, classes),
        parameters=sizes.totals.parameters,
        macs=sizes.totals.macs,
        parameter_bytes=sizes.totals.parameter_bytes,
        activation_bytes=sizes.totals.activation_bytes,
        receptive_field=field,
        merit=candidate.merit,
        reasons=(
            *reasons_for(candidate, shape, classes, limits),
            *_behind(candidate.merit, first.merit),
        ),
    )


def _behind(merit: float, best: float) -> Iterator[str]:
    if merit < best:
        yield _("merit {merit:.2f}; that of the first is {best:.2f}", merit=merit, best=best)
