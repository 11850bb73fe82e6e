"""Networks that Keras code describes. The code is read, never run."""

from konv.formats.keras_code.importing import (
    CodeImport,
    network_from_keras_code,
    read_keras_code,
)
from konv.formats.keras_code.training import TrainingSettings

__all__ = ["CodeImport", "TrainingSettings", "network_from_keras_code", "read_keras_code"]
