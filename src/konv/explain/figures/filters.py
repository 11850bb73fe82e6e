"""The filters of a convolution, as pictures of their weights."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from konv.errors import ParameterError
from konv.explain.figures.filter_tiles import Filters, filters_of
from konv.explain.figures.grid import Grid, columns_for
from konv.explain.figures.page import Page
from konv.explain.figures.page_file import new_page
from konv.explain.figures.pixels import Scale
from konv.language import translate as _
from konv.maps.choosing import convolution
from konv.model import Model

__all__ = ["filters_figure"]


def filters_figure(
    model_or_kernel: Model | Any, path: str | os.PathLike[str], *, layer: str | None = None
) -> Path:
    """Draw the filters of a convolution, at most 64.

    Weights are shades of grey around 0; with three input channels, shades of red, green and blue;
    with any other number, each kernel of a filter stands alone.

    Args:
        model_or_kernel: a model, or the kernels themselves (height, width, channels, filters).
        path: a .png or .svg file; it is replaced.
        layer: the name of a convolution of the model; None: the first.

    Returns:
        The path.

    Raises:
        FormatError: K405, it cannot be written.
        NetworkError: K305, there is no such layer; K310, the model has no convolution.
        ParameterError: K201, these are no kernels, or the layer has none.
    """
    if isinstance(model_or_kernel, Model):
        node = convolution(model_or_kernel.network, layer, where="filters_figure")
        filters = filters_of(model_or_kernel, node)
    else:
        filters = Filters(_checked_kernel(model_or_kernel))
    with new_page(path, labels=[filters.layer]) as page:
        _draw(page, filters)
    return Path(path)


def _checked_kernel(value: Any) -> NDArray[Any]:
    kernel = np.asarray(value)
    if kernel.ndim != 4 or not kernel.size or kernel.dtype.kind not in "iuf":
        raise ParameterError(
            _("kernels of shape {shape}, {kind}", shape=kernel.shape, kind=kernel.dtype),
            code="K201",
            where="filters_figure",
            fix=_("a model, or numbers of shape (height, width, channels, filters)"),
        )
    return kernel


def _draw(page: Page, filters: Filters) -> None:
    scale = Scale.around_zero(filters.kernel)
    tiles = filters.tiles(scale)
    shape = filters.kernel.shape[:2]
    grid = Grid(shape, len(tiles), columns_for(len(tiles)), lines=1)
    page.lay_out(
        filters.title(page.labels[0]),
        subtitle=filters.legend(scale),
        body_in=grid.height_in,
        notes=filters.notes(),
    )
    grid.draw(page, tiles)
