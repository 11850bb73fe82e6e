"""The one list of engines: an engine that is added here can be asked for by name everywhere."""

from __future__ import annotations

from konv.constraints import did_you_mean
from konv.engines.contract import Engine
from konv.errors import EngineError
from konv.language import translate as _

__all__ = ["DEFAULT_ENGINE", "ENGINE_NAMES", "get_engine"]

ENGINE_NAMES = ("compiled", "reference")
DEFAULT_ENGINE = "compiled"


def get_engine(engine: str | Engine = DEFAULT_ENGINE) -> Engine:
    """The engine of that name, or the engine itself.

    Raises:
        EngineError: K701, there is none of that name.
    """
    if engine == "compiled":
        from konv.engines.compiled.engine import CompiledEngine

        return CompiledEngine()
    if engine == "reference":
        from konv.engines.reference.program import ReferenceEngine

        return ReferenceEngine()
    if not isinstance(engine, str) and callable(getattr(engine, "compile", None)):
        return engine
    raise EngineError(
        _("there is no engine {name}", name=repr(engine)[:60]),
        code="K701",
        fix=_("one of {names}", names=", ".join(ENGINE_NAMES)) + did_you_mean(engine, ENGINE_NAMES),
    )
