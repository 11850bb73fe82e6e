"""How a network learns: the loop, augmentation, metrics, callbacks, checkpoints."""

from konv.training.augmentation import Brightness, Crop, Cutout, Flip, Rotate, Shift
from konv.training.callbacks import Callback, CSVLog, EarlyStopping, ModelCheckpoint
from konv.training.evaluation import Evaluation
from konv.training.history import History
from konv.training.metrics import Accuracy, MeanAbsoluteError, TopKAccuracy

__all__ = [
    "Accuracy",
    "Brightness",
    "CSVLog",
    "Callback",
    "Crop",
    "Cutout",
    "EarlyStopping",
    "Evaluation",
    "Flip",
    "History",
    "MeanAbsoluteError",
    "ModelCheckpoint",
    "Rotate",
    "Shift",
    "TopKAccuracy",
]
