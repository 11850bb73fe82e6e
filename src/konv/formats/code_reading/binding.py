"""From a call as it is written to the arguments of a layer in the words of Keras 3."""

from __future__ import annotations

from typing import Any

from konv.formats.code_reading.renaming import ALIASES, ARGUMENTS, CLASSES, MERGE_MODES, ORDERS
from konv.formats.code_reading.run import Run
from konv.formats.code_reading.signatures import positional_names
from konv.formats.code_reading.values import Function, Made, Named, Tensor, unknown_in
from konv.formats.code_reading.versions import Dialect, has_rows_and_columns
from konv.language import translate as _
from konv.parameters import short_text

__all__ = ["Bound", "bind", "class_of"]

Bound = tuple[str, dict[str, Any]]
# What matters for the first weights or for training only: it may be unknown.
_OPTIONAL = ("regularizer", "constraint", "initializer", "seed", "trainable", "weights")


def class_of(made: Made) -> str:
    """The class of a layer as it is called since Keras 2."""
    kind = ALIASES.get(made.kind, made.kind)
    return CLASSES.get(kind, kind)


def bind(made: Made, dialect: Dialect, run: Run) -> Bound | None:
    """The class and the arguments of a layer; None if something of them was refused.

    Args:
        made: the call.
        dialect: decides what arguments without a name mean.
        run: takes notes of what is called otherwise now, and refusals.
    """
    before = len(run.refused.found)
    kind = class_of(made)
    if kind != ALIASES.get(made.kind, made.kind):
        run.note(made.line, _("{old} is called {new} now", old=made.kind, new=kind))
    values = _with_names(made, kind, dialect, run)
    if values is None:
        return None
    values = _renamed(values, made, run)
    if kind == "LeakyReLU" and "alpha" in values:
        run.note(made.line, _("{old} is called {new} now", old="alpha", new="negative_slope"))
        values["negative_slope"] = values.pop("alpha")
    if kind == "merge":
        return _merge(values, made.line, run)
    config = {}
    for name, value in values.items():
        plain = _plain(name, value, made, dialect, run)
        if name == "activation" and plain == "hard_sigmoid" and dialect.version < 3:
            run.refuse(
                made.line, _("hard_sigmoid of {version}: 0.2 x + 0.5", version=dialect.label)
            )
        if plain is not _LEFT_OUT:
            config[name] = plain
    for change in (_kernel_size, _normalization, _zero_padding, _order, _initial_weights):
        change(config, made, run)
    return None if len(run.refused.found) > before else (kind, config)


# Arguments without names --------------------------------------------------------------------------


def _with_names(made: Made, kind: str, dialect: Dialect, run: Run) -> dict[str, Any] | None:
    """Each argument under its name in that version of Keras."""
    if not made.args:
        return dict(made.values)
    names = _names(made, kind, dialect, run)
    if names is None:
        return dict(made.values)  # the class itself will be refused
    if len(made.args) > len(names) or set(names[: len(made.args)]) & made.values.keys():
        run.refuse(
            made.line,
            _("{kind} with {count} arguments without a name", kind=kind, count=len(made.args)),
        )
        return None
    return {**dict(zip(names, made.args, strict=False)), **made.values}


def _names(made: Made, kind: str, dialect: Dialect, run: Run) -> tuple[str, ...] | None:
    sized = kind in ("Conv2D", "SeparableConv2D", "Conv2DTranspose")
    if not sized or not has_rows_and_columns(made):
        # Keras 1's words may stand in code that is newer otherwise, and the reverse.
        tuples = sized and len(made.args) > 1 and not isinstance(made.args[1], int)
        version = max(dialect.version, 2) if tuples else dialect.version
        original = made.kind if version == 1 and made.kind.startswith("Atrous") else kind
        return positional_names(original, version)
    filters, rows, columns = made.args[:3]
    newer = {"padding", "strides", "data_format"} & made.values.keys()
    if dialect.rows_and_columns and not (newer and dialect.version > 1):
        run.note(
            made.line,
            _(
                "{rows} and {columns} are the rows and columns of the kernel, stride 1; today's "
                "Keras would take {columns} for the stride: write kernel_size=({rows}, {columns})",
                rows=rows,
                columns=columns,
            ),
        )
        original = "AtrousConvolution2D" if made.kind.startswith("Atrous") else kind
        return positional_names(original, 1)
    run.note(
        made.line,
        _(
            "{kind}({filters}, {rows}, {columns}) means a kernel of {rows}×{rows} and stride "
            "{columns} since Keras 2; if a kernel of {rows}×{columns} was meant, as in Keras 1, "
            "write kernel_size=({rows}, {columns})",
            kind=made.kind,
            filters=filters,
            rows=rows,
            columns=columns,
        ),
    )
    return positional_names(kind, max(dialect.version, 2))


def _renamed(values: dict[str, Any], made: Made, run: Run) -> dict[str, Any]:
    """Keras 1's names replaced; noted where they are written."""
    renamed = {}
    for name, value in values.items():
        new = ARGUMENTS.get(name, name)
        if name in made.values and new != name:
            run.note(made.line, _("{old} is called {new} now", old=name, new=new))
        renamed[new] = value
    return renamed


# Values -------------------------------------------------------------------------------------------

_LEFT_OUT = object()


def _plain(name: str, value: Any, made: Made, dialect: Dialect, run: Run) -> Any:
    """A value as a file of Keras would hold it; what is not known is refused, or left out."""
    unknown = unknown_in(value)
    if unknown is None and not isinstance(value, (Function, Tensor)):
        return _data(value, dialect, run)
    text = unknown.text if unknown is not None else type(value).__name__.lower()
    if any(word in name for word in _OPTIONAL):
        run.note(made.line, _("{name}={value} is not known, and left out", name=name, value=text))
        return _LEFT_OUT
    origin = ""
    if unknown is not None and unknown.line and unknown.line != made.line:
        origin = _(" (from {place})", place=run.place(unknown.line))
    run.refuse(
        made.line,
        _(
            "{kind}({name}={value}): {value} is no constant of the code",
            kind=made.kind,
            name=name,
            value=text,
        )
        + origin,
    )
    return _LEFT_OUT


def _data(value: Any, dialect: Dialect, run: Run) -> Any:
    """Constants as they are; functions by their names; objects as class and configuration."""
    if isinstance(value, Named):
        return value.last
    if isinstance(value, range):
        return list(value)
    if isinstance(value, Made):
        kind = CLASSES.get(value.kind, value.kind)
        names = positional_names(kind, dialect.version) or ()
        config = {**dict(zip(names, value.args, strict=False)), **value.values}
        return {
            "class_name": kind,
            "config": {k: _data(v, dialect, run) for k, v in config.items()},
        }
    return value


# What Keras 1 said in another way -----------------------------------------------------------------


def _merge(values: dict[str, Any], line: int, run: Run) -> Bound | None:
    mode = values.pop("mode", "sum")
    if not isinstance(mode, str) or mode not in MERGE_MODES:
        run.refuse(line, f"merge(mode={short_text(mode)})")
        return None
    kind = MERGE_MODES[mode]
    run.note(line, _('merge(mode="{mode}") is the layer {kind} now', mode=mode, kind=kind))
    config = {"axis": values["axis"]} if kind == "Concatenate" and "axis" in values else {}
    return kind, config | ({"name": values["name"]} if "name" in values else {})


def _kernel_size(config: dict[str, Any], made: Made, run: Run) -> None:
    """Rows and columns together."""
    sizes = [config.pop(name) for name in ("nb_row", "nb_col") if name in config]
    if not sizes:
        return
    if len(sizes) == 1 and isinstance(config.get("kernel_size"), int):
        sizes.insert(0, config["kernel_size"])
    if len(sizes) != 2:
        run.refuse(made.line, _("{kind}: nb_row and nb_col are needed", kind=made.kind))
    config["kernel_size"] = tuple(sizes)


def _normalization(config: dict[str, Any], made: Made, run: Run) -> None:
    """Keras 1's modes: 0 is what there is today."""
    if "Normalization" not in made.kind or "mode" not in config:
        return
    mode = config.pop("mode")
    if mode == 0:
        run.note(made.line, _("mode=0 is the only mode now"))
    else:
        run.refuse(made.line, f"{made.kind}(mode={short_text(mode)})")


def _zero_padding(config: dict[str, Any], made: Made, run: Run) -> None:
    """Four numbers in a row, or with names, were Keras 1's top, bottom, left and right."""
    padding = config.get("padding")
    if made.kind != "ZeroPadding2D" or padding is None:
        return
    if isinstance(padding, dict):
        padding = [padding.get(f"{side}_pad", 0) for side in ("top", "bottom", "left", "right")]
    if isinstance(padding, (list, tuple)) and len(padding) == 4:
        config["padding"] = (tuple(padding[:2]), tuple(padding[2:]))


def _order(config: dict[str, Any], made: Made, run: Run) -> None:
    order = config.get("data_format")
    if order in ("default", None):
        config.pop("data_format", None)
    elif isinstance(order, str):
        config["data_format"] = ORDERS.get(order, order)


def _initial_weights(config: dict[str, Any], made: Made, run: Run) -> None:
    if config.pop("weights", None) is not None:
        run.note(made.line, _("weights=… is left out: the network begins anew"))
