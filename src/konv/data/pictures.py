"""One picture from a file or from bytes, however it was stored, within bounds.

The order is: bytes counted → header read → sides and pixels counted → pixels decoded. Nothing is
allocated for a picture before its header has been judged. Only the formats of
:data:`konv.limits.PICTURE_FORMATS` are tried, and of several frames the first is taken.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from io import BytesIO
from typing import IO, TYPE_CHECKING, NoReturn

from konv.data.colours import is_grey, plain
from konv.data.names import written
from konv.data.quiet import QUIET
from konv.errors import DataError, KonvError, LimitError, ParameterError
from konv.language import translate as _
from konv.limits import (
    MAX_PICTURE_FILE_BYTES,
    MAX_PICTURE_PIXELS,
    MAX_PICTURE_SIDE_PX,
    PICTURE_FORMATS,
)

if TYPE_CHECKING:
    from PIL import Image

__all__ = ["PictureForm", "picture_form", "read_picture"]

_ORIENTATION = 0x0112  # the EXIF tag
_TIFF_WIDTH, _TIFF_HEIGHT = 256, 257
# Which transposition puts a picture upright, by the value of the tag (EXIF 2.32, 4.6.4).
_UPRIGHT = {
    2: "FLIP_LEFT_RIGHT",
    3: "ROTATE_180",
    4: "FLIP_TOP_BOTTOM",
    5: "TRANSPOSE",
    6: "ROTATE_270",
    7: "TRANSVERSE",
    8: "ROTATE_90",
}
_LYING = (5, 6, 7, 8)


@dataclass(frozen=True)
class PictureForm:
    """What a header says: the size when upright, and how the pixels are stored."""

    height: int
    width: int
    grey: bool
    mode: str
    has_alpha: bool


def read_picture(
    source: str | os.PathLike[str] | bytes, *, enough_px: tuple[int, int] | None = None
) -> Image.Image:
    """Decode a picture: upright, opaque, grey (mode L) or RGB (mode RGB), 8 bits per channel.

    Args:
        source: a path, or the bytes of a file.
        enough_px: (height, width): a JPEG larger than that by a power of two may be decoded at
            1/2, 1/4 or 1/8 of its size, as long as both sides stay at least as long. This is many
            times faster where the picture is shrunk anyway.

    Returns:
        A Pillow image. :mod:`konv.data.colours` lists the rules for every way of storing colour.

    Raises:
        DataError: K502, when it is no picture, is damaged or incomplete, or cannot be read.
        LimitError: K601 for too many pixels, K602 for too many bytes.
        ParameterError: K201, when ``source`` is neither.

    Example:
        >>> read_picture(b"GIF8")
        Traceback (most recent call last):
        konv.errors.DataError: K502 in bytes: it is not a JPEG, PNG, WEBP, BMP, GIF or TIFF picture
          fix  replace the file, or take it away
    """
    if not isinstance(source, (str, os.PathLike, bytes)):
        raise ParameterError(
            _("source={value}", value=repr(source)[:60]),
            code="K201",
            where="read_picture",
            fix=_("a path, or the bytes of a file"),
        )
    with QUIET:
        try:
            content = source if isinstance(source, bytes) else _content(source)
            _check_bytes(len(content))
            return _decode(content, enough_px)
        except Exception as error:
            _raise_as_ours(error, _place(source))


def picture_form(path: str | os.PathLike[str]) -> PictureForm:
    """Read no more than the header of a picture.

    Raises:
        DataError: K502, when it is no picture or cannot be read.
        LimitError: K601 for too many pixels, K602 for too many bytes.
    """
    with QUIET:
        try:
            with _opened(path) as file:
                _check_bytes(os.fstat(file.fileno()).st_size)
                return _form(_open(file))
        except Exception as error:
            _raise_as_ours(error, _place(path))


def _place(source: str | os.PathLike[str] | bytes) -> str:
    return _("bytes") if isinstance(source, bytes) else written(source)


def _opened(path: str | os.PathLike[str]) -> IO[bytes]:
    # A pipe or a device would block, or never end.
    if not stat.S_ISREG(os.stat(path).st_mode):
        raise _undecodable(_("it is not a file"))
    return open(path, "rb")


def _content(path: str | os.PathLike[str]) -> bytes:
    with _opened(path) as file:
        return file.read(MAX_PICTURE_FILE_BYTES + 1)


def _check_bytes(count: int) -> None:
    if count == 0:
        raise _undecodable(_("the file is empty"))
    if count > MAX_PICTURE_FILE_BYTES:
        raise LimitError(
            _("the file has more than {most:,} bytes", most=MAX_PICTURE_FILE_BYTES),
            code="K602",
            fix=_("save the picture smaller"),
        )


def _open(file: IO[bytes]) -> Image.Image:
    """The header, judged; the pixels are still in the file."""
    from PIL import Image

    image = Image.open(file, formats=PICTURE_FORMATS)
    width, height = image.size
    if max(width, height) > MAX_PICTURE_SIDE_PX or width * height > MAX_PICTURE_PIXELS:
        raise LimitError(
            _("{width:,} × {height:,} pixels", width=width, height=height),
            code="K601",
            fix=_(
                "at most {pixels:,} pixels and {side:,} a side: make the picture smaller",
                pixels=MAX_PICTURE_PIXELS,
                side=MAX_PICTURE_SIDE_PX,
            ),
        )
    return image


def _form(image: Image.Image) -> PictureForm:
    # Newer versions of Pillow give the size of a TIFF picture upright; the tags, as stored.
    tags = getattr(image, "tag_v2", None)
    width, height = image.size if tags is None else (tags[_TIFF_WIDTH], tags[_TIFF_HEIGHT])
    if _orientation_in_header(image) in _LYING:
        width, height = height, width
    return PictureForm(height, width, is_grey(image), image.mode, image.has_transparency_data)


def _decode(content: bytes, enough_px: tuple[int, int] | None) -> Image.Image:
    image = _open(BytesIO(content))
    if enough_px is not None and image.format in ("JPEG", "MPO"):
        height, width = enough_px
        lying = _orientation_in_header(image) in _LYING
        image.draft(None, (height, width) if lying else (width, height))
    image.load()
    return _upright(plain(image), _orientation(image))


def _upright(image: Image.Image, orientation: int) -> Image.Image:
    from PIL import Image

    if orientation not in _UPRIGHT:
        return image
    return image.transpose(Image.Transpose[_UPRIGHT[orientation]])


def _orientation_in_header(image: Image.Image) -> int:
    # Pillow decodes a whole PNG to look for EXIF data behind the pixels.
    if image.format == "PNG" and "exif" not in image.info:
        return 1
    return _orientation(image)


def _orientation(image: Image.Image) -> int:
    try:
        value = image.getexif().get(_ORIENTATION)
    except Exception:  # Pillow's reader raises many kinds; broken EXIF costs no pixel
        return 1
    return value if isinstance(value, int) else 1


def _undecodable(what: str, details: tuple[tuple[str, str], ...] = ()) -> DataError:
    fix = _("replace the file, or take it away")
    return DataError(what, code="K502", details=details, fix=fix)


def _raise_as_ours(error: Exception, where: str) -> NoReturn:
    """Raise what any exception of reading a picture means, with its place."""
    from PIL import Image, UnidentifiedImageError

    if isinstance(error, KonvError):
        raise error.located(where)
    if isinstance(error, Image.DecompressionBombError):
        what = _("its header claims more than {most:,} pixels", most=MAX_PICTURE_PIXELS)
        fix = _("make the picture smaller")
        raise LimitError(what, code="K601", where=where, fix=fix) from error
    if isinstance(error, UnidentifiedImageError):
        *most, last = PICTURE_FORMATS
        what = _("it is not a {formats} or {last} picture", formats=", ".join(most), last=last)
        raise _undecodable(what).located(where) from None
    if isinstance(error, OSError) and error.errno is not None:
        what = _("it cannot be read: {reason}", reason=error.strerror)
        raise _undecodable(what).located(where) from error
    reason = ((_("reason"), str(error).strip() or type(error).__name__),)
    raise _undecodable(_("it is damaged or incomplete"), reason).located(where) from error
