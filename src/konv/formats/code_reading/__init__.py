"""Networks that Keras code describes. The code is read, never run."""

from konv.formats.code_reading.importing import (
    CodeImport,
    network_from_keras_code,
    read_keras_code,
)
from konv.formats.code_reading.training import TrainingSettings

__all__ = ["CodeImport", "TrainingSettings", "network_from_keras_code", "read_keras_code"]
