"""WHAT AN OPTIMIZER AND A SCHEDULE ARE: fields, formula, and a readable NumPy reference."""

from konv.optimizers.adam import Adam, AdamW
from konv.optimizers.base import Optimizer
from konv.optimizers.choosing import get_optimizer, optimizer_config, optimizer_from_config
from konv.optimizers.rates import (
    Warmup,
    get_schedule,
    schedule_by_name,
    schedule_config,
    schedule_from_config,
)
from konv.optimizers.schedules import Constant, CosineDecay, OneCycle, Schedule, StepDecay
from konv.optimizers.sgd import SGD

__all__ = [
    "SGD",
    "Adam",
    "AdamW",
    "Constant",
    "CosineDecay",
    "OneCycle",
    "Optimizer",
    "Schedule",
    "StepDecay",
    "Warmup",
    "get_optimizer",
    "get_schedule",
    "optimizer_config",
    "optimizer_from_config",
    "schedule_by_name",
    "schedule_config",
    "schedule_from_config",
]
