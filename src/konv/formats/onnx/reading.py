"""A file as an ONNX model: its messages, before anybody asks what they mean."""

from __future__ import annotations

import os

from konv.data.names import written
from konv.errors import FormatError
from konv.formats.foreign import HEAD_BYTES, looks_like
from konv.formats.onnx.message_bytes import read_message
from konv.formats.onnx.messages import Model
from konv.formats.onnx.wire import Source
from konv.formats.opening import check_size, opened
from konv.formats.texts import malformed
from konv.language import translate as _
from konv.limits import MAX_ONNX_FILE_BYTES

__all__ = ["model_of_bytes", "model_of_file"]


def model_of_file(path: str | os.PathLike[str]) -> Model:
    """The messages of a file. Its arrays are parts of the one piece of memory that it was read to.

    Raises:
        FormatError: K404, it cannot be read; K401, it is no ONNX file.
        LimitError: K602, K604: it is too large, or holds too many values.
    """
    where = written(path)
    with opened(path, where) as file:
        size = os.fstat(file.fileno()).st_size
        check_size(size, MAX_ONNX_FILE_BYTES, where)
        # A file that grows meanwhile is not followed.
        return model_of_bytes(file.read(size), where)


def model_of_bytes(content: bytes, where: str) -> Model:
    """The messages of the content of a file; errors call it ``where``."""
    check_size(len(content), MAX_ONNX_FILE_BYTES, where)
    begins_so = content[:1] == b"\x08"  # the version of the form, which all programs write first
    try:
        model = read_message(Model, memoryview(content), Source(where))
    except FormatError:
        if begins_so:
            raise
        model = Model()
    if model.graph is not None and model.ir_version:
        return model
    if begins_so:
        raise malformed(_("it holds no graph, or no version"), where=where)
    raise FormatError(
        _("this is no ONNX file; it looks like {kind}", kind=looks_like(content[:HEAD_BYTES])),
        code="K401",
        where=where,
        fix=_("give a file that ends in .onnx and was written whole"),
    )
