"""The C file: a comment that says all one must know, the weights, the functions, the calls."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Mapping

import numpy as np

from konv.formats.c.functions import needed_functions
from konv.formats.c.inference import Argument, Array, Call, Constant, Inference, Part, Place, Window
from konv.formats.c.names import identifiers, quoted
from konv.formats.c.preparing import preparation_text
from konv.formats.contents import ModelContents
from konv.network.graph import Network
from konv.version import __version__

__all__ = ["c_text", "code_text", "facts", "interface_text", "names_of"]

_FLOAT_BYTES = 4
_NUMBERS_A_LINE = 8
_PIECE = 2**16  # Python needs 60 bytes for the digits of a number
_WIDTH = 100
# The words of math.h that functions may use.
_OF_MATH = ("INFINITY", "erff", "expf", "expm1f", "log1pf", "tanhf")


def c_text(contents: ModelContents, inference: Inference) -> str:
    """The whole file."""
    names = names_of(inference)
    code = code_text(contents, inference)
    parts = [
        _head(contents, inference),
        _includes(code),
        interface_text(contents, inference),
        "#ifdef __cplusplus\n#define restrict\n#endif\n",
        "/* Indices are larger than what 16 bits hold. */\n"
        "typedef char konv_int_has_32_bits[sizeof(int) >= 4 ? 1 : -1];\n",
        _class_names(contents),
        *(_array(names[constant.name], constant) for constant in inference.constants),
        code,
        "#ifdef __cplusplus\n}\n#endif\n",
    ]
    return "\n".join(part for part in parts if part)


def code_text(contents: ModelContents, inference: Inference) -> str:
    """What is neither weights nor names: windows, memory, functions, and the calls."""
    names = names_of(inference)
    functions = {f"konv_{name}" for name in inference.functions}
    if inference.middle is None:
        functions.add("konv_largest")
    if inference.windows:
        functions.add("konv_window")
    parts = needed_functions(functions)
    for layer, window in inference.windows:
        name = names[f"{layer}/window"]
        parts.append(f"static const konv_window {name} = {{\n    {_numbers(window)}\n}};\n")
    if inference.memory:
        parts.append(f"static float konv_memory[{inference.memory}];\n")
    parts.append(_prepare(inference, names))
    parts.append(_predict(contents.network, inference, names))
    return "\n".join(parts)


def interface_text(contents: ModelContents, inference: Inference) -> str:
    """What a caller must know: sizes, and what can be called."""
    classes = 2 if inference.output_size == 1 else inference.output_size
    lines = [
        f"#define KONV_INPUT_SIZE {inference.input_size}",
        f"#define KONV_OUTPUT_SIZE {inference.output_size}",
        f"#define KONV_INPUT_SHAPE {_braces(contents.network.input_shape)}",
        f"#define KONV_OUTPUT_SHAPE {_braces(contents.network.output_shape)}",
        f"#define KONV_CLASSES {classes}",
        "",
        "#ifdef __cplusplus",
        'extern "C" {',
        "#endif",
        "",
        "/* The number of the class of a picture. in and out must not overlap. */",
        "int konv_predict(const float *in, float *out);",
        "/* Pixels, row by row, the colours of one side by side, become the input. */",
        "void konv_prepare(const unsigned char *pixels, float *in);",
    ]
    if contents.class_names:
        lines.append("extern const char *const konv_class_names[KONV_CLASSES];")
    return "\n".join(lines) + "\n"


def _class_names(contents: ModelContents) -> str:
    """The names of the classes as an array of texts."""
    if not contents.class_names:
        return ""
    lines = (f"    {quoted(str(name))},\n" for name in contents.class_names)
    return f"const char *const konv_class_names[KONV_CLASSES] = {{\n{''.join(lines)}}};\n"


def facts(contents: ModelContents, inference: Inference) -> list[str]:
    """What the comment at the beginning says, but for how to build it."""
    network = contents.network
    weights = sum(constant.values.size for constant in inference.constants) * _FLOAT_BYTES
    memory = inference.memory * _FLOAT_BYTES
    lines = [
        f"in      {inference.input_size:,} numbers, {_shape(network, network.input_shape)}",
        f"out     {inference.output_size:,} numbers{_meaning(inference)}",
        f"memory  {memory:,} bytes, static: no call may begin before another has ended",
        f"weights {weights:,} bytes, constant: they may stay in read-only memory",
        f"stack   less than 2,048 bytes; {network.macs:,} multiply-adds a picture",
        "",
        *preparation_text(contents),
        "",
    ]
    if not contents.class_names:
        return [*lines, "The names of the classes were not recorded."]
    lines.append("The number that konv_predict returns, and the class:")
    return lines + [f"  {i}  {quoted(str(name))}" for i, name in enumerate(contents.class_names)]


def _braces(shape: tuple[int, ...]) -> str:
    return "{" + ", ".join(map(str, shape)) + "}"


def names_of(inference: Inference) -> dict[str, str]:
    """The names in C of all weights, and of the windows, which are called layer/window."""
    windows = (f"{layer}/window" for layer, _window in inference.windows)
    return identifiers([*(constant.name for constant in inference.constants), *windows])


def _head(contents: ModelContents, inference: Inference) -> str:
    build = "cc -std=c99 -O3 -c this_file.c, and link with -lm"
    lines = [
        f"{quoted(contents.network.name)}: a network as C99, written by konv {__version__}.",
        "",
        *facts(contents, inference),
        "",
        f"Build it with {build}. To have two networks in one",
        "program, give one of them other names: -Dkonv_predict=other_predict, and so on.",
    ]
    return "/*\n" + "".join(f" * {line}".rstrip() + "\n" for line in lines) + " */\n"


def _shape(network: Network, shape: tuple[int, ...]) -> str:
    if len(shape) == 3:
        turned = network.data_format == "channels_first"
        words = ("channel", "row", "column") if turned else ("row", "column", "channel")
        sizes = zip(shape, words, strict=True)
        return "".join(f"[{size} {word}{'s' if size > 1 else ''}]" for size, word in sizes)
    return f"[{math.prod(shape)}]"


def _meaning(inference: Inference) -> str:
    if inference.middle is None:
        return "; konv_predict returns where the largest stands"
    return f"; konv_predict returns 1 if it is above {inference.middle:g}, else 0"


def _includes(code: str) -> str:
    return "#include <math.h>\n" if any(word in code for word in _OF_MATH) else ""


def _array(name: str, constant: Constant) -> str:
    values = constant.values.ravel()
    pieces = (_lines(values[i : i + _PIECE]) for i in range(0, values.size, _PIECE))
    return f"static const float {name}[{values.size}] = {{\n{''.join(pieces)}}};\n"


def _lines(values: Array) -> str:
    """The shortest decimals that are these very numbers of float32."""
    numbers = [f"{digits}f" for digits in values.astype(str).tolist()]
    return "".join(
        f"    {', '.join(numbers[i : i + _NUMBERS_A_LINE])},\n"
        for i in range(0, len(numbers), _NUMBERS_A_LINE)
    )


def _numbers(window: Window) -> str:
    """Its numbers, with more room between what the lines of the struct divide."""
    numbers = [*map(str, window.numbers)]
    groups = (numbers[:3], numbers[3:6], *(numbers[i : i + 2] for i in range(6, 14, 2)))
    return ",  ".join(", ".join(group) for group in groups)


def _prepare(inference: Inference, names: Mapping[str, str]) -> str:
    call = _call(inference.preparation, names)
    return f"void konv_prepare(const unsigned char *pixels, float *in)\n{{\n{call}}}\n"


def _predict(network: Network, inference: Inference, names: Mapping[str, str]) -> str:
    lines = ["int konv_predict(const float *in, float *out)\n", "{\n"]
    before = ""
    for call in inference.calls:
        if call.layer != before:
            before = call.layer
            lines.append(f"    /* {_caption(network, call.layer)} */\n")
        lines.append(_call(call, names))
    if inference.middle is None:
        lines.append(f"    return konv_largest({inference.output_size}, out);\n")
    else:
        lines.append(f"    return out[0] > {_float(inference.middle)};\n")
    return "".join([*lines, "}\n"])


def _caption(network: Network, layer: str) -> str:
    node = network.node(layer)
    shapes = " and ".join("x".join(map(str, shape)) for shape in node.input_shapes)
    return f"{quoted(layer)}: {shapes} -> {'x'.join(map(str, node.output_shape))}"


def _call(call: Call, names: Mapping[str, str]) -> str:
    arguments = ", ".join(_argument(item, call.layer, names) for item in call.arguments)
    indent = " " * len(f"    konv_{call.function}(")
    lines = textwrap.wrap(
        f"konv_{call.function}({arguments});",
        width=_WIDTH,
        initial_indent="    ",
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return "\n".join(lines) + "\n"


def _argument(item: Argument, layer: str, names: Mapping[str, str]) -> str:
    if isinstance(item, Window):
        return f"&{names[f'{layer}/window']}"
    if isinstance(item, Constant):
        return names[item.name]
    if isinstance(item, Place):
        return _place(item, 0)
    if isinstance(item, Part):
        return _place(item.place, item.start)
    if item is None:
        return "0"
    return _float(item) if isinstance(item, float) else str(item)


def _place(place: Place, start: int) -> str:
    name, start = (place.name, start) if place.name else ("konv_memory", place.offset + start)
    return f"{name} + {start}" if start else name


def _float(number: float) -> str:
    return "INFINITY" if number == math.inf else f"{np.float32(number)}f"
