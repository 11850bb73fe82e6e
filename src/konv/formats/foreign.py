"""What a file that is not ours looks like, by its first bytes. Nothing in it is run."""

from __future__ import annotations

import re

from konv.language import translate as _

__all__ = ["HDF5", "HEAD_BYTES", "KERAS_ARCHIVE", "ONNX", "PICKLE", "TENSORS", "looks_like"]

HEAD_BYTES = 512  # what looks_like needs to see
HDF5 = rb"\x89HDF\r\n\x1a\n"
KERAS_ARCHIVE = rb"PK\x03\x04.{26}(metadata\.json|config\.json|model\.weights\.h5)"
# ir_version (field 1) as a small number, then any other field of a ModelProto.
ONNX = rb"\x08[\x01-\x1f][\x12\x1a\x22\x28\x32\x3a\x42]"
# A safetensors file begins with the length of its header, below 2^40, and with the header.
TENSORS = rb".{5}\x00\x00\x00\{"
# What torch.save writes: a ZIP archive with a pickle in it, or a pickle as it is. The length of a
# header may begin like a pickle, too: 640 is 80 02.
PICKLE = rb"(?!" + TENSORS + rb")(PK\x03\x04.*data\.pkl|\x80[\x02-\x05])"


def looks_like(head: bytes) -> str:
    """The kind of file that begins with ``head``, as the end of "it looks like …".

    Example:
        >>> looks_like(b"\\x89HDF\\r\\n\\x1a\\n")
        "an HDF5 file, such as Keras's .h5"
    """
    if not head:
        return _("an empty file")
    for pattern, kind in _kinds():
        if re.match(pattern, head, re.DOTALL):
            return kind
    # The head may end in the middle of a character of up to four bytes.
    text = head.decode("utf-8", "ignore")
    if len(text.encode()) > len(head) - 4 and all(c.isprintable() or c.isspace() for c in text):
        return _("a text")
    return _("nothing that konv knows")


def _kinds() -> tuple[tuple[bytes, str], ...]:
    """(pattern of the first bytes, kind): the first that matches counts."""
    return (
        (HDF5, _("an HDF5 file, such as Keras's .h5")),
        (rb"PK\x03\x04.*data\.pkl", _("a PyTorch file (.pt): a ZIP archive with a pickle in it")),
        (KERAS_ARCHIVE, _("a Keras file (.keras)")),
        (rb"PK\x03\x04.*\.npy", _("a NumPy archive (.npz)")),
        (rb"PK[\x03\x05]", _("a ZIP archive")),
        (rb"\x80[\x02-\x05]", _("a Python pickle, such as an older .pt of PyTorch")),
        (rb"c[\w.]+\n[\w.]+\n|\([dl]p?\d*\n", _("a Python pickle")),
        (ONNX, _("an ONNX file")),
        (rb".{4}TFL3", _("a TensorFlow Lite file")),
        (rb"GGUF", _("a GGUF file")),
        (rb"\x93NUMPY", _("a NumPy array (.npy)")),
        (rb"\x89PNG|\xff\xd8\xff|GIF8|II\*\x00|MM\x00\*|RIFF.{4}WEBP|BM", _("a picture")),
        (rb"%PDF", _("a PDF document")),
        (rb"\x1f\x8b|BZh|\xfd7zXZ|7z\xbc\xaf|\x28\xb5\x2f\xfd", _("a compressed file")),
        (rb"\x7fELF|MZ|\xcf\xfa\xed\xfe", _("a program")),
        (
            rb"version https://git-lfs",
            _("a pointer of Git LFS: the file itself was not downloaded"),
        ),
        (rb"(?i:\s*<(!doctype|html))", _("a web page, as a failed download leaves it")),
    )
