"""PyTorch's own files: pickles, which konv does not open, and what to do instead."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import NoReturn

from konv.data.names import written
from konv.errors import FormatError
from konv.formats.foreign import PICKLE
from konv.formats.opening import head_if_readable
from konv.formats.texts import printable
from konv.language import translate as _

__all__ = ["is_pickle", "refuse_pickle"]

_ENDINGS = (".pt", ".pth", ".bin", ".ckpt", ".pkl")


def is_pickle(path: str | os.PathLike[str]) -> bool:
    """Whether a file is one of ``torch.save``, by how it begins; by its name if it is not there."""
    head = head_if_readable(path)
    if head is None:
        return os.fspath(path).lower().endswith(_ENDINGS)
    return bool(re.match(PICKLE, head, re.DOTALL))


def refuse_pickle(path: str | os.PathLike[str]) -> NoReturn:
    """Refuse a file of ``torch.save``, and say how to make a safe one of it.

    Raises:
        FormatError: K404.
    """
    name = os.fspath(path)
    target = printable(str(Path(name).with_suffix(".safetensors")))
    raise FormatError(
        _("this is a pickle, as torch.save writes it: to open it is to run the code in it"),
        code="K404",
        where=written(path),
        details=[
            (_("in Python"), "import torch, safetensors.torch"),
            ("", f"state = torch.load({name!r}, weights_only=True)"),
            ("", f"safetensors.torch.save_file(state, {target!r})"),
        ],
        fix=_(
            "load it into your module and give the module to konv.from_torch; or make a "
            ".safetensors file of it with these lines, for load_torch_weights of a model with the "
            "same layers"
        ),
    )
