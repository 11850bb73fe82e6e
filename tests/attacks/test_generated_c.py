"""Models made to harm those who build the C that konv writes of them: names stay names."""

import re
import subprocess

import pytest

from konv.formats.c.target import CTarget
from konv.formats.contents import ModelContents
from konv.formats.object_code.target import ObjectTarget
from konv.layers import Activation, BatchNormalization, Conv2D, Dense, Flatten, Input
from konv.network.graph import sequential
from konv.network.weights import new_weights
from oracles.c_programs import COMPILERS, STRICTER, built, needs_c

# Why each could do harm.
CLASS_NAMES = (
    '"; int system(const char *); /*',  # ends the text
    "*/ #error gone /*",  # ends the comment
    "*\\\n/ #error gone",  # ends it after two lines are joined
    "cat\\",  # takes the quotation mark, or the next line
    "??/",  # a trigraph: the same backslash
    "??'??(??)??<??>??-??!??=??/\"",  # all trigraphs
    "one\ntwo\r\n#error three",  # a line of its own
    "\u202e tac \u2066",  # turns the direction of what is shown
    "\u2028#error line\u2029",  # a line for editors
    "\\x41\\u0041\\N{BEL}\\0",  # looks like an escape
    "\x1b[2J\x07",  # moves a terminal's cursor
    "%s%s%s%n",  # a format
    "${HOME}`id`$(id)",  # for a shell
    "#define int long",
    "고양이 猫 🐈 é e\u0301",
    "\ufeff",
    "x" * 1000,
    "",
)
# Fields of a network hold no control characters, "/" or ":" in layers; all else may come.
LAYER_NAMES = (
    'a"; int b; ??',
    "*\\ #error",
    "??\\",
    "int",
    "konv_memory",
    "konv_convolve",
    "main",
    "합성곱 층",
    "0",
    "_",
    "__LINE__",
    "defined",
    "x" * 120,
    "y" * 119 + "1",
    "y" * 119 + "2",
    "INFINITY",
    "expf",
    "in",
    "out",
    "é",
    "a b",
    "a-b",
    "a_b",
)


def hostile():
    """A network with all these names, whose layers all have arrays of their own."""
    names = iter(LAYER_NAMES)
    layers = [
        Input((4, 4, 1)),
        Conv2D(1, 2, name=next(names)),
        *(BatchNormalization(name=name) for name in names),
        Activation("sigmoid", name="*"),
        Flatten(),
        Dense(len(CLASS_NAMES), name="**"),
    ]
    network = sequential(layers, name='*/ #error "gone" ??/')
    return ModelContents(network, new_weights(network, 1), class_names=CLASS_NAMES)


def without_texts(source):
    """The C without its comments and texts, as the language defines them."""
    joined = re.sub(r"\\\n", "", source.replace("??/", "\\"))
    return re.sub(r'/\*.*?\*/|"(?:\\.|[^"\\\n])*"', "", joined, flags=re.S)


@pytest.fixture(scope="module")
def source():
    return CTarget().write(hostile(), "hostile").files["hostile.c"].decode("utf-8")


def test_outside_of_comments_and_texts_there_is_nothing_of_a_name(source):
    code = without_texts(source)
    assert code.isascii()
    for word in ("#error", "system", "gone", "tac", "`", "$", "\\", "%", '"', "'"):
        assert word not in code, word
    directives = {line.split()[0] for line in code.splitlines() if line.startswith("#")}
    assert directives == {"#include", "#define", "#ifdef", "#endif"}


def test_no_character_hides_or_turns_what_is_shown(source):
    hidden = {sign for sign in source if not sign.isprintable()}
    assert hidden == {"\n"}


def test_there_is_no_trigraph_and_no_joined_line(source):
    assert "??" not in source
    assert "\\\n" not in source


@needs_c
@pytest.mark.parametrize("compiler", COMPILERS)
def test_compilers_read_the_names_as_they_were_given(source, tmp_path, compiler):
    main = (
        "\n#include <stdio.h>\nint main(void)\n{\n"
        "    for (int i = 0; i < KONV_CLASSES; ++i) {\n"
        "        fputs(konv_class_names[i], stdout);\n        putchar(0);\n    }\n"
        "    return 0;\n}\n"
    )
    path = tmp_path / "hostile.c"
    path.write_text(source + main, "utf-8")
    program = built(tmp_path, [path], flags=(*STRICTER, "-Wtrigraphs"), compiler=compiler)
    said = subprocess.run([str(program)], capture_output=True, check=True).stdout
    assert tuple(said.decode("utf-8").split("\0")[:-1]) == CLASS_NAMES


def test_the_header_of_an_object_file_is_as_harmless():
    files = ObjectTarget("thumbv7em-none-eabi").write(hostile(), '*/ "#error').files
    header = files['*/ "#error.h'].decode("utf-8")
    code = without_texts(header)
    assert code.isascii()
    assert "#error" not in code
    assert "??" not in header
    assert "\\\n" not in header
    assert header.count("*/") == header.count("/*")


def test_an_object_file_holds_the_names_as_they_were_given():
    content, _header = (
        ObjectTarget("thumbv7em-none-eabi").write(hostile(), "hostile").files.values()
    )
    for name in CLASS_NAMES:
        assert name.encode("utf-8") + b"\0" in content
