"""What becomes of one argument of a Keras layer: a field, a note, or a refusal; never nothing.

Each function takes the layer that is being read, the name of the argument and its value.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from konv.constraints import RefusalError
from konv.formats.exchange.imported import Note
from konv.formats.exchange.refusals import Refusals
from konv.formats.keras.words import activation_word, initializer_word, own_class, plain_value
from konv.formats.texts import printable
from konv.language import translate as _
from konv.layers.activation_layers import ReLU
from konv.layers.base import Layer
from konv.layers.fields import LayerName
from konv.limits import MAX_NAME_CHARACTERS
from konv.parameters import short_text

__all__ = [
    "COMMON",
    "Argument",
    "LayerInMaking",
    "activation",
    "as_called",
    "axis",
    "initializer",
    "konv_name",
    "number",
    "only",
    "same",
    "training_only",
    "window_padding",
]

# The layers that may stand in the place of an activation's name.
_ACTIVATION_LAYERS = ("Activation", "ReLU", "LeakyReLU", "ELU", "Softmax")


@dataclass
class LayerInMaking:
    """A layer of Keras on its way to konv.

    Args:
        kind: its class.
        where: its place, for notes and refusals.
        notes, refused: where what is ignored or not supported is written down.
        inner: translates a layer that stands inside of it, as an activation.
        fields: konv's fields so far.
        behind: layers that konv needs behind it.
        failed: whether anything about it was refused.
    """

    kind: str
    where: str
    notes: list[Note]
    refused: Refusals
    inner: Callable[[str, Mapping[str, Any]], tuple[Layer, ...]]
    fields: dict[str, Any] = field(default_factory=dict)
    behind: tuple[Layer, ...] = ()
    failed: bool = False

    def note(self, text: str) -> None:
        """Write down what is ignored, or written differently."""
        self.notes.append(Note(self.where, text))

    def refuse(self, name: str, value: Any) -> None:
        """Put an argument on the list of what is not supported."""
        self.failed = True
        shown = printable(f"{short_text_of(name)}={short_text(value)}")
        self.refused.add(self.where, f"{self.kind}({shown})")


Argument = Callable[[LayerInMaking, str, Any], None]


def short_text_of(name: Any) -> str:
    """A name from a file as it is shown: no longer than that of a layer."""
    text = name if isinstance(name, str) else short_text(name)
    return text if len(text) <= 60 else text[:59] + "…"


def same(layer: LayerInMaking, name: str, value: Any) -> None:
    """The same field, of the same values."""
    layer.fields[name] = plain_value(value)


def as_called(field_name: str) -> Argument:
    """The same value under another name."""

    def renamed(layer: LayerInMaking, name: str, value: Any) -> None:
        layer.fields[field_name] = plain_value(value)

    return renamed


def number(layer: LayerInMaking, name: str, value: Any) -> None:
    """A number, which some versions of Keras write as an array of one."""
    value = plain_value(value)
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    layer.fields[name] = value


def axis(layer: LayerInMaking, name: str, value: Any) -> None:
    """One axis; Keras 2 writes a list of one."""
    number(layer, name, value)


def window_padding(layer: LayerInMaking, name: str, value: Any) -> None:
    """ "valid" or "same", in any case; konv's other paddings are no words of Keras."""
    word = value.lower() if isinstance(value, str) else value
    if word in ("valid", "same"):
        layer.fields["padding"] = word
    else:
        layer.refuse(name, value)


def only(*meaningless: Any) -> Argument:
    """An argument that konv lacks, and that changes nothing at one of these values."""

    def neutral(layer: LayerInMaking, name: str, value: Any) -> None:
        if not any(type(value) is type(one) and value == one for one in meaningless):
            layer.refuse(name, value)

    return neutral


def training_only(layer: LayerInMaking, name: str, value: Any) -> None:
    """What matters while Keras trains, and never afterwards."""
    if value is not None and value is not False:
        layer.note(_("{name} is ignored: it matters for training only", name=name))


def initializer(layer: LayerInMaking, name: str, value: Any) -> None:
    """How weights begin; of no matter where they are read from a file."""
    if value is None:
        return
    word = initializer_word(value)
    if word is not None:
        layer.fields[name] = word
        return
    shown = own_class(value) if isinstance(value, Mapping) else value
    layer.note(
        _(
            "{name} {value} is not konv's: weights that are not read from a file begin otherwise",
            name=name,
            value=printable(short_text(shown)),
        )
    )


def activation(layer: LayerInMaking, name: str, value: Any) -> None:
    """A word, or a layer in its place, which then comes behind."""
    word = activation_word(value)
    if word is not None:
        layer.fields["activation"] = word
    elif value == "relu6":
        layer.behind = (ReLU(max_value=6),)
    elif isinstance(value, Mapping) and own_class(value) in _ACTIVATION_LAYERS:
        config = value.get("config")
        if isinstance(config, Mapping):
            layer.behind = layer.inner(str(own_class(value)), config)
        if not layer.behind:
            layer.refuse(name, own_class(value))
    else:
        shown = value.get("class_name") if isinstance(value, Mapping) else value
        layer.refuse(name, shown)


def layer_name(layer: LayerInMaking, name: str, value: Any) -> None:
    """A name; what konv's names cannot hold is replaced."""
    if value is None:
        return
    given = value if isinstance(value, str) else short_text(value)
    layer.fields["name"] = konv_name(given)
    if given != layer.fields["name"]:
        layer.note(_("it is called {name} in konv", name=layer.fields["name"]))


def konv_name(name: str) -> str:
    """The nearest name that a layer of konv can have.

    Example:
        >>> konv_name("block1/conv:0")
        'block1_conv_0'
    """
    text = "".join(sign if sign.isprintable() and sign not in "/:" else "_" for sign in name)
    try:
        return LayerName().accept(text[:MAX_NAME_CHARACTERS].strip() or "layer")
    except RefusalError:
        return "layer"


def trainable(layer: LayerInMaking, name: str, value: Any) -> None:
    """konv trains all weights."""
    if value is False:
        layer.note(_("trainable=False is ignored: konv trains every layer"))
    elif value is not True and value is not None:
        layer.refuse(name, value)


def dtype(layer: LayerInMaking, name: str, value: Any) -> None:
    """float32, which konv computes in; mixed policies keep float32 weights."""
    if isinstance(value, Mapping):
        config = value.get("config")
        known = own_class(value) in ("DTypePolicy", "Policy") and isinstance(config, Mapping)
        value = config.get("name") if known and isinstance(config, Mapping) else own_class(value)
    if value in ("mixed_float16", "mixed_bfloat16"):
        layer.note(_("{dtype} is ignored: konv computes in float32", dtype=value))
    elif value not in (None, "float32"):
        layer.refuse(name, value)


def declared_input(layer: LayerInMaking, name: str, value: Any) -> None:
    """The shape of its input, which whoever wires the layers looks at."""


COMMON: Mapping[str, Argument] = {
    "name": layer_name,
    "trainable": trainable,
    "dtype": dtype,
    "batch_input_shape": declared_input,
    "input_shape": declared_input,
    "input_dim": declared_input,
}
