"""A network as a program: konv's own words, or Keras's."""

from konv.formats.code_writing.keras_code import keras_code
from konv.formats.code_writing.konv_code import konv_code

__all__ = ["keras_code", "konv_code"]
