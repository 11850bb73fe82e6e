"""How networks are run: engines that keep one contract (:mod:`konv.engines.contract`)."""

from konv.engines.choosing import DEFAULT_ENGINE, ENGINE_NAMES, get_engine
from konv.engines.compiled.information import compile_info
from konv.engines.contract import Engine, Pixels, Program, Step, Update
from konv.engines.threads import get_threads, set_threads

__all__ = [
    "DEFAULT_ENGINE",
    "ENGINE_NAMES",
    "Engine",
    "Pixels",
    "Program",
    "Step",
    "Update",
    "compile_info",
    "get_engine",
    "get_threads",
    "set_threads",
]
