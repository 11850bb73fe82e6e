"""The formats that konv writes, by the names that stand behind ``--to``."""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType

from konv.constraints import Choice
from konv.errors import ParameterError
from konv.formats.exchange.target import Target
from konv.formats.own_targets import JsonTarget, KonvTarget, YamlTarget
from konv.language import translate as _
from konv.parameters import check_value

__all__ = ["TARGETS", "target_for", "target_named"]


def _onnx() -> Target:
    from konv.formats.onnx.export.target import OnnxTarget

    return OnnxTarget()


def _keras() -> Target:
    from konv.formats.keras.target import KerasTarget

    return KerasTarget()


def _state_dict() -> Target:
    from konv.formats.pytorch.targets import StateDictTarget

    return StateDictTarget()


def _torch_code() -> Target:
    from konv.formats.pytorch.targets import TorchCodeTarget

    return TorchCodeTarget()


def _keras_code() -> Target:
    from konv.formats.code_writing.targets import KerasCodeTarget

    return KerasCodeTarget()


def _konv_code() -> Target:
    from konv.formats.code_writing.targets import KonvCodeTarget

    return KonvCodeTarget()


def _c() -> Target:
    from konv.formats.c.target import CTarget

    return CTarget()


def _object() -> Target:
    from konv.formats.object_code.target import ObjectTarget

    return ObjectTarget()


# Each is imported when it is used: most commands write nothing for others.
TARGETS: MappingProxyType[str, Callable[[], Target]] = MappingProxyType(
    {
        "konv": KonvTarget,
        "yaml": YamlTarget,
        "json": JsonTarget,
        "onnx": _onnx,
        "keras": _keras,
        "safetensors": _state_dict,
        "torch-code": _torch_code,
        "keras-code": _keras_code,
        "konv-code": _konv_code,
        "c": _c,
        "object": _object,
    }
)


def target_named(name: str) -> Target:
    """The format of that name.

    Raises:
        ParameterError: K201, there is none.
    """
    return TARGETS[check_value("to", name, Choice(tuple(TARGETS)), where="export")]()


def target_for(path: str) -> Target:
    """The format that a path asks for by its ending; the longest ending counts.

    Raises:
        ParameterError: K201, none has that ending.

    Example:
        >>> target_for("digits.konv").name
        'konv'
    """
    targets = [make() for make in TARGETS.values()]
    fitting = [target for target in targets if path.lower().endswith(target.ending)]
    if not fitting:
        raise ParameterError(
            _("no format has the ending of {path}", path=path),
            code="K201",
            where="export",
            fix=_("one of {endings}", endings=", ".join(target.ending for target in targets)),
        )
    return max(fitting, key=lambda target: len(target.ending))
