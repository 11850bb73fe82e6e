"""Files: models with all they need to classify a picture, and named arrays."""

from konv.formats.contents import ModelContents
from konv.formats.konv_file import model_bytes, model_from_bytes, read_model, write_model
from konv.formats.record import running_versions, training_record
from konv.formats.tensor_file import read_tensors, tensor_bytes

__all__ = [
    "ModelContents",
    "model_bytes",
    "model_from_bytes",
    "read_model",
    "read_tensors",
    "running_versions",
    "tensor_bytes",
    "training_record",
    "write_model",
]
