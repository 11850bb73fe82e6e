"""Hostile code: it is never run, and ends in an error or a network, soon and in little memory."""

import builtins
import json
import os
import random
import re
import subprocess
import sys
import time
import tracemalloc

import pytest

from konv.errors import FormatError, KonvError, LimitError
from konv.formats.code_reading import network_from_keras_code, read_keras_code
from konv.limits import MAX_CODE_BYTES

MANY = MAX_CODE_BYTES - 10
MODEL = "model = Sequential([Dense(3, input_dim=4)])\n"

# (code, whether a network comes of it, when MODEL stands before it)
HOSTILE = {
    "a loop": ("for i in range(10**9):\n    pass", False),
    "a loop without end": ("while True:\n    pass", False),
    "loops in loops": ("for i in range(999):\n" + "    for j in range(999): pass", False),
    "a power": ("x = 2**10**9", True),
    "a power of a power": ("x = (10**50)**(10**50)", True),
    "a shift": ("x = 1 << 10**10", True),
    "a long text": ("x = 'a' * 10**10", True),
    "a long list": ("x = [0] * 10**10", True),
    "a list that doubles": ("x = [0]\nfor i in range(100):\n    x = x + x", True),
    "a text that doubles": ("x = 'ab'\nfor i in range(100):\n    x += x", True),
    "a tuple of itself": (
        "x = (0,)\nfor i in range(99):\n    x = (x, x)\ny = x == x\nz = str(x)",
        True,
    ),
    "a list in itself": ("x = []\nx.append(x)\ny = x == x\nz = f'{x}'", True),
    "lists of lists": ("x = [[0 for i in range(9999)] for j in range(9999)]", False),
    "an endless extension": ("x = []\nx.extend(range(10**9))", True),
    "a wide format": ("x = '%999999999d' % 3\ny = f'{3:>999999999}'", True),
    "recursion": ("def f(n):\n    return f(n)\nf(1)", False),
    "recursion twice": ("def f(n):\n    f(n)\n    f(n)\nf(1)", False),
    "calls of calls": (
        "def f0(): return 1\n"
        + "\n".join(f"def f{n}():\n    f{n - 1}()\n    f{n - 1}()" for n in range(1, 40))
        + "\nf39()",
        False,
    ),
    "a deep expression": ("x = " + "(" * 150 + "1" + ")" * 150, True),
    "a long chain of names": ("x = a" + ".b" * 9_000, False),
    "a long sum": ("x = " + "1+" * 9_000 + "1", False),
    "minus signs": ("x = " + "-" * 20_000 + "1", False),
    "nots": ("x = " + "not " * 20_000 + "1", False),
    "open brackets": ("x = " + "(" * MANY, False),
    "all names": ("a\n" * (MANY // 2), False),
    "all commas": ("a," * (MANY // 2), False),
    "a hundred thousand layers": ("for i in range(10**5):\n    model.add(Dense(1))", False),
    "models of models": ("for i in range(60):\n    model = Sequential([model, model])", False),
    "a model in itself": ("model.add(model)", False),
    "a huge layer": ("model.add(Dense(10**60))", False),
    "a layer beyond memory": ("model.add(Dense(10**6)); model.add(Dense(10**6))", False),
    "a size below nothing": ("model.add(Dense(-1))", False),
    "no number": ("model.add(Dropout(1e999))", False),
    "surrogates": ("x = '\ud800'\nmodel.add(Dense(3, name='\\ud800'))", None),
    "a zero byte": ("\0", False),
}


@pytest.mark.parametrize(("code", "passes"), HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_code_ends_soon_and_in_little_memory(code, passes):
    tracemalloc.start()
    start = time.process_time()
    found = outcome(MODEL + code + "\n")
    seconds = time.process_time() - start
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert passes is None or isinstance(found, tuple) == passes
    assert seconds < 10  # tracing makes it several times as slow; 5 without
    assert peak < 64 * 2**20


@pytest.mark.parametrize(
    "code",
    [
        "import os\nos.system('touch {path}')",
        "open('{path}', 'w').write('x')",
        "__import__('os').system('touch {path}')",
        "eval(\"open('{path}', 'w')\")",
        "exec(\"open('{path}', 'w')\")",
        "[c for c in ().__class__.__base__.__subclasses__()]\nopen('{path}', 'w')",
        "x = '{{0.__class__}}'.format(3)\n'{path}'.__class__",
        "model.add(Lambda(lambda x: open('{path}', 'w')))",
        "from pathlib import Path\nPath('{path}').touch()",
        "class C:\n    open('{path}', 'w')\n",
        "def f(x=open('{path}', 'w')): pass\nf()",
    ],
)
def test_code_is_never_run(tmp_path, monkeypatch, code):
    path = tmp_path / "proof"

    def refuse(*args, **values):
        raise AssertionError("code of the file was run")

    for name in ("eval", "exec"):
        monkeypatch.setattr(builtins, name, refuse)
    monkeypatch.setattr(os, "system", refuse)
    # What does not touch the model is passed over; the rest is refused.
    assert outcome(MODEL + code.format(path=path)) in ((3,), "K410")
    assert not path.exists()


def test_nothing_that_a_file_names_is_imported():
    code = """
import sys
from konv.formats.code_reading import network_from_keras_code
before = set(sys.modules)
network_from_keras_code('''
import antigravity, this
from keras.models import Sequential
import tensorflow as tf
model = Sequential([Dense(3, input_dim=4)])
''')
print({"antigravity", "this", "keras", "tensorflow"} & (set(sys.modules) - before))
"""
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert printed.stdout.strip() == "set()", printed.stderr


LISTING = """\
from keras.models import Sequential
from keras.layers import *
model = Sequential()
for n in (4, 8):
    model.add(Convolution2D(n, 3, 3, border_mode="same", input_shape=(1, 8, 8)))
model.add(Flatten())
model.add(Dense(10 // 5, activation="softmax"))
model.compile(optimizer="sgd", loss="mse")
"""


WIRED = """\
from keras.models import Model
x = Input((1, 8, 8))
def block(y, n, *more, size=3, **options):
    y = Convolution2D(n, size, size, dim_ordering="th", border_mode="same", **options)(y)
    return BatchNormalization(axis=1)(y)
a = block(x, 4, bias=False)
b = merge([a, block(a, n=4)], mode="sum")
inner = Sequential([Dense(3, input_dim=256), Activation("relu")])
model = Model(input=x, output=inner(Flatten()(b + a)))
"""


def outcome(text):
    """Only a network or an error of konv may come of a text."""
    try:
        return network_from_keras_code(text).network.output_shape
    except KonvError as error:
        return error.code if len(str(error)) < 20_000 else "a text without end"


def test_a_listing_that_is_cut_anywhere_is_a_network_or_an_error():
    for end in range(len(LISTING)):
        outcome(LISTING[:end])
    assert outcome(LISTING) == (2,)
    assert outcome(WIRED) == (3,)


@pytest.mark.parametrize("listing", [LISTING, WIRED], ids=["in a row", "wired"])
def test_a_listing_with_letters_that_are_wrong_is_a_network_or_an_error(listing):
    chance = random.Random(5)
    signs = "()[]{},.:=+-*/'\"\\ \n\t0123456789abxyz가\0#@"
    for _attempt in range(300):
        text = list(listing)
        for _change in range(chance.randint(1, 3)):
            text[chance.randrange(len(text))] = chance.choice(signs)
        outcome("".join(text))


@pytest.mark.parametrize("listing", [LISTING, WIRED], ids=["in a row", "wired"])
def test_a_listing_whose_words_stand_elsewhere_is_a_network_or_an_error(listing):
    chance = random.Random(6)
    for _attempt in range(300):
        words = re.findall(r"\w+|\s+|[^\w\s]", listing)
        for _change in range(chance.randint(1, 4)):
            first, second = chance.randrange(len(words)), chance.randrange(len(words))
            words[first], words[second] = words[second], words[first]
        outcome("".join(words))


def test_a_notebook_of_any_bytes_is_an_error(tmp_path):
    path = tmp_path / "net.ipynb"
    whole = json.dumps({"cells": [{"cell_type": "code", "source": [LISTING]}]}).encode()
    for end in range(0, len(whole), 7):
        path.write_bytes(whole[:end])
        with pytest.raises((FormatError, LimitError)):
            read_keras_code(path)
    path.write_bytes(whole)
    assert read_keras_code(path).network.output_shape == (2,)
