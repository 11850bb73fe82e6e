"""Pictures from anywhere → arrays: :func:`load` labelled ones, :func:`check` them, read others."""

from konv.data.dataset import Dataset, Split
from konv.data.doctor import check
from konv.data.findings import Case, Finding, Findings, Statistics
from konv.data.loading import load
from konv.data.pictures import read_picture
from konv.data.preprocessing import Preprocessing
from konv.data.unlabelled import ReadPictures, find_pictures, read_arrays

__all__ = [
    "Case",
    "Dataset",
    "Finding",
    "Findings",
    "Preprocessing",
    "ReadPictures",
    "Split",
    "Statistics",
    "check",
    "find_pictures",
    "load",
    "read_arrays",
    "read_picture",
]
