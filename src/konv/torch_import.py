"""konv.from_torch: a module of PyTorch as a model, compared with the module itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from konv.constraints import Integer, Tuple
from konv.data.preprocessing import Preprocessing
from konv.engines import DEFAULT_ENGINE, Engine
from konv.formats.contents import ClassNames
from konv.formats.exchange.exporting import Trial
from konv.formats.exchange.importing import compared
from konv.formats.pytorch.reading.reading import read_module
from konv.language import translate as _
from konv.limits import MAX_RANK, MAX_UNITS
from konv.model import Model
from konv.network.graph import NETWORK_NAME
from konv.parameters import check_value

__all__ = ["from_torch"]

_PICTURES = 8
_INPUT_SHAPE = Tuple(Integer(1, MAX_UNITS), lengths=(1, MAX_RANK))


def from_torch(
    module: Any,
    input_shape: Sequence[int],
    *,
    class_names: Sequence[str | int | bool] = (),
    preprocessing: Preprocessing | None = None,
    name: str | None = None,
    engine: str | Engine = DEFAULT_ENGINE,
) -> Model:
    """The model that a PyTorch module is, with its weights.

    What ``to_torch`` made comes back as the very network, with the weights that it has now. Any
    other module is traced (``torch.fx``), so what ``forward`` does must not depend on the numbers.
    It is read as it predicts (in eval mode), and stays as it is. Eight random pictures are then
    given to both; the largest difference stands in ``model.record["imported"]``, with all that was
    written differently.

    Args:
        module: an ``nn.Module``.
        input_shape: what it takes, without the batch, as PyTorch has it: (channels, height, width).
            The model takes (height, width, channels), as all of konv.
        class_names: the label of each output, in order.
        preprocessing: how a picture becomes the input: size, mean and deviation of its pixels.
        name: of the network; None: that of the class, or of the network that konv made it of.
        engine: how the model runs.

    Raises:
        FormatError: K410, it holds what konv does not have, with the whole list; K412, PyTorch is
            not installed; K413, the model does not give what the module gives.
        ParameterError: K201, an argument is not what it can be.
        ShapeError: a layer does not fit the input.
    """
    shape = check_value("input_shape", input_shape, _INPUT_SHAPE, where="from_torch")
    chosen = None if name is None else check_value("name", name, NETWORK_NAME, where="from_torch")
    imported = read_module(
        module,
        shape,
        name=chosen,
        class_names=check_value("class_names", class_names, ClassNames(), where="from_torch"),
        preprocessing=preprocessing,
    )
    model = Model.from_contents(imported.contents, engine=engine)
    found, _unproven = compared(
        imported,
        lambda: _trial(model),
        "from_torch",
        fix=_(
            "a module without hooks and without numbers that are not finite; by way of ONNX "
            "where that does not help: torch.onnx.export"
        ),
    )
    measured = {} if found is None else found.to_dict()
    model.record = dict(imported.recorded(**measured).record)
    return model


def _trial(model: Model) -> Trial:
    """Random pictures, with what the model makes of them."""
    random = np.random.default_rng(0)
    pictures = random.standard_normal((_PICTURES, *model.network.input_shape), np.float32)
    return Trial(pictures, model.engine.compile(model.network).forward(model.weights, pictures))
