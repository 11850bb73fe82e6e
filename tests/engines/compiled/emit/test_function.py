"""Every word of the vocabulary, written, compiled and run on each instruction set."""

from collections.abc import Callable
from typing import ClassVar

import llvmlite.ir as ir
import numpy as np
import pytest

from konv.engines.compiled.emit.function import BYTE, INDEX, INT32, Function, Piece
from konv.engines.compiled.jit.machine_code import object_code
from konv.engines.compiled.jit.single import KernelFunction, kernel_text
from konv.engines.compiled.kernels.base import Kernel
from konv.engines.compiled.record import record
from konv.engines.compiled.runtime.guarded import guarded_copy
from konv.engines.compiled.target import AARCH64, target_names, target_of

ALL_TARGETS = pytest.mark.parametrize("target", target_names())


@record
class Written(Kernel):
    """A kernel that does what a test writes: x is read, y written."""

    pointers: ClassVar[tuple[str, ...]] = ("x", "y")

    write: Callable[[Function], None]

    def emit(self, f):
        self.write(f)


def numbers_of(write, *, size=8, first=0, count=0, target=None, x=()):
    """The whole numbers y, −1 where nothing is written, after a kernel ran between guard pages."""
    kernel = Written(write)
    assert object_code(kernel_text(kernel, AARCH64), AARCH64)
    x = guarded_copy(np.array(x, np.int64))
    y = guarded_copy(np.full(size, -1, np.int64))
    function = KernelFunction(kernel, target_of(target or target_names()[-1]))
    function(x, y, first=first, count=count)
    return y.tolist()


def put(f, value, place=0):
    f.store(f.index(value), f.at(f.pointers["y"], place, INDEX))


# Whole numbers


@pytest.mark.parametrize(
    ("write", "expected"),
    [
        # first = 7, count = 3
        (lambda f: f.add(), 0),
        (lambda f: f.add(1, 2, 3), 6),
        (lambda f: f.add(f.first, 1, f.count, 2), 13),
        (lambda f: f.add(f.first, 1, -1), 7),
        (lambda f: f.multiply(4, 5), 20),
        (lambda f: f.multiply(f.first, f.count), 21),
        (lambda f: f.multiply(f.first, 1), 7),
        (lambda f: f.multiply(1, f.first), 7),
        (lambda f: f.multiply(0, f.first), 0),
        (lambda f: f.multiply(-2, f.first), -14),
        (lambda f: f.subtract(9, 4), 5),
        (lambda f: f.subtract(f.first, 4), 3),
        (lambda f: f.subtract(4, f.first), -3),
        (lambda f: f.subtract(f.first, f.count), 4),
        (lambda f: f.subtract(f.first, 0), 7),
        (lambda f: f.divide(17, 5)[0], 3),
        (lambda f: f.divide(17, 5)[1], 2),
        (lambda f: f.divide(f.first, 3)[0], 2),
        (lambda f: f.divide(f.first, 3)[1], 1),
        (lambda f: f.divide(f.first, 1)[0], 7),
        (lambda f: f.divide(f.first, 1)[1], 0),
        (lambda f: f.smaller(4, 5), 4),
        (lambda f: f.smaller(f.first, 5), 5),
        (lambda f: f.smaller(f.first, f.count), 3),
        (lambda f: f.smaller(-1, f.count), -1),
        (lambda f: f.known((5, 1, 4, 1), 2), 4),
        (lambda f: f.known((5, 1, 4, 1), f.count), 1),
        (lambda f: f.known((5, 8, 11, 14), f.count), 14),
        (lambda f: f.known((6,), f.subtract(f.count, 3)), 6),
    ],
)
def test_whole_numbers_known_here_or_at_run_time(write, expected):
    assert numbers_of(lambda f: put(f, write(f)), first=7, count=3)[0] == expected


@pytest.mark.parametrize(
    "write",
    [
        lambda f: f.add(1, 2),
        lambda f: f.add(f.first, 1, -1),
        lambda f: f.multiply(f.first, 1),
        lambda f: f.multiply(f.first, 0),
        lambda f: f.subtract(f.first, 0),
        lambda f: f.divide(f.first, 1),
        lambda f: f.smaller(4, 5),
        lambda f: f.known((5, 1), 1),
    ],
)
def test_what_can_be_worked_out_here_writes_no_instruction(write):
    function = Function(ir.Module(), "name", ("x",), AARCH64)
    write(function)
    assert function.builder.block.instructions == []


# Flow


@pytest.mark.parametrize("count", [0, 1, 2, 3, 10])
@pytest.mark.parametrize("known", [True, False])
def test_a_loop_turns_as_often_as_it_should_and_hands_its_values_on(count, known):
    def write(f):
        # Two values at once: the sum of the turns so far, and twice the other plus one.
        with f.loop(count if known else f.count, [f.index(0), f.index(0)]) as turn:
            total, doubled = turn.carried
            turn.results = [f.add(total, turn.index), f.add(f.multiply(doubled, 2), 1)]
            put(f, f.multiply(turn.index, 10), f.add(turn.index, 2))
        for place, result in enumerate(turn.results):
            put(f, result, place)

    expected = [sum(range(count)), 2**count - 1, *[10 * turn for turn in range(count)]]
    assert numbers_of(write, size=count + 2, count=count) == expected


def test_values_that_are_not_handed_on_stay_as_they_were():
    def write(f):
        with f.loop(f.count, [f.index(5), f.index(6)]) as turn:
            turn.results = [turn.carried[1], turn.carried[0]]
        put(f, turn.results[0])
        with f.loop(3, [f.index(8)]) as turn:
            pass
        put(f, turn.results[0], 1)

    assert numbers_of(write, size=2, count=3) == [6, 8]
    assert numbers_of(write, size=2, count=-4) == [5, 8]


@pytest.mark.parametrize("outer", [0, 1, 3])
@pytest.mark.parametrize("inner", [0, 1, 4])
@pytest.mark.parametrize("known", [(True, True), (True, False), (False, True), (False, False)])
def test_loops_in_loops_carry_through(outer, inner, known):
    def write(f):
        counts = [
            number if here else argument
            for number, here, argument in zip(
                (outer, inner), known, (f.first, f.count), strict=True
            )
        ]
        with f.loop(counts[0], [f.index(1)]) as rows:
            with f.loop(counts[1], rows.carried) as columns:
                place = f.add(f.multiply(rows.index, 10), columns.index)
                columns.results = [f.add(f.multiply(columns.carried[0], 3), place)]
            # Something of the outer loop after the inner one has ended.
            rows.results = [f.add(columns.results[0], rows.index)]
        put(f, rows.results[0])

    expected = 1
    for row in range(outer):
        for column in range(inner):
            expected = expected * 3 + 10 * row + column
        expected += row
    assert numbers_of(write, first=outer, count=inner)[0] == expected


@pytest.mark.parametrize("count", [0, 1, 2])
def test_what_is_done_under_a_condition_is_done_when_it_holds(count):
    def write(f):
        put(f, 0)
        with f.when(f.builder.icmp_signed(">", f.count, f.index(0))):
            put(f, 1)
            with f.when(f.builder.icmp_signed(">", f.count, f.index(1))):
                put(f, 2)

    assert numbers_of(write, count=count)[0] == count


@pytest.mark.parametrize(
    ("total", "size", "blocks"),
    [
        (0, 4, []),
        (3, 4, [(0, 3)]),
        (4, 4, [(0, 4)]),
        (5, 4, [(0, 4), (4, 1)]),
        (12, 4, [(0, 4), (4, 4), (8, 4)]),
        (14, 4, [(0, 4), (4, 4), (8, 4), (12, 2)]),
        (3, 1, [(0, 1), (1, 1), (2, 1)]),
    ],
)
def test_blocks_cover_everything_once(total, size, blocks):
    bodies = []

    def write(f):
        for first, count in f.blocks(total, size):
            bodies.append(count)
            put(f, count, first)

    found = numbers_of(write, size=total)
    assert [(place, count) for place, count in enumerate(found) if count > 0] == blocks
    assert len(bodies) <= 2 * 2  # written for two processors


# Vectors


@pytest.mark.parametrize("target", [*target_names(), "neon"])
@pytest.mark.parametrize("total", [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 100])
def test_pieces_cover_everything_once_with_vectors_of_one_width(target, total):
    target = AARCH64 if target == "neon" else target_of(target)
    function = Function(ir.Module(), "name", (), target)
    pieces = function.pieces(total)
    assert [piece.start for piece in pieces] == list(range(0, total, pieces[0].width))
    assert sum(piece.lanes for piece in pieces) == total
    assert all(1 <= piece.lanes <= piece.width for piece in pieces)
    assert all(piece.whole for piece in pieces[:-1])
    (width,) = {piece.width for piece in pieces}
    assert width & (width - 1) == 0
    assert width == target.vector or total <= width < 2 * total


def test_no_numbers_are_no_pieces():
    assert Function(ir.Module(), "name", (), AARCH64).pieces(0) == []


def floats_of(write, x, size, *, count=0, target, dtype=np.float32):
    """The numbers y, 77 where nothing is written, after a kernel ran between guard pages."""
    kernel = Written(write)
    assert object_code(kernel_text(kernel, AARCH64), AARCH64)
    function = KernelFunction(kernel, target_of(target))
    results = []
    for from_start in (False, True):
        y = guarded_copy(np.full(size, 77, dtype), from_start=from_start)
        function(guarded_copy(x, from_start=from_start), y, count=count)
        results.append(y)
    np.testing.assert_array_equal(*results)
    return results[0]


def add_one(f, place, piece, kind=None):
    kinds = () if kind is None else (kind,)
    x, y = (f.at(f.pointers[name], place, *kinds) for name in ("x", "y"))
    vector = f.load_vector(x, piece, *kinds)
    if kind is None:
        result = f.builder.fadd(vector, f.constant(1, piece.width))
    else:
        result = f.builder.add(vector, f.splat(ir.Constant(kind, 1), piece.width))
    f.store_vector(result, y, piece)


@ALL_TARGETS
@pytest.mark.parametrize("total", [1, 2, 3, 5, 8, 9, 13, 16, 17, 23, 32, 37])
def test_pieces_are_read_and_written_and_nothing_beside_them(target, total):
    def write(f):
        for piece in f.pieces(total):
            add_one(f, piece.start, piece)

    x = np.arange(total, dtype=np.float32)
    np.testing.assert_array_equal(floats_of(write, x, total, target=target), x + 1)


@ALL_TARGETS
@pytest.mark.parametrize(("kind", "dtype"), [(BYTE, np.uint8), (INT32, np.int32)])
@pytest.mark.parametrize("total", [1, 3, 16, 21])
def test_pieces_of_whole_numbers_too(target, kind, dtype, total):
    def write(f):
        for piece in f.pieces(total):
            add_one(f, piece.start, piece, kind)

    x = np.arange(total, dtype=dtype)
    np.testing.assert_array_equal(floats_of(write, x, total, target=target, dtype=dtype), x + 1)


@ALL_TARGETS
@pytest.mark.parametrize("lanes", range(1, 17))
def test_numbers_narrowed_and_widened_on_the_way_take_no_more_room_than_they_have(target, lanes):
    """What is in a register as 32 bits lies in memory as 8."""
    width, piece = 16, Piece(0, lanes, 16)

    def write(f):
        wide, narrow = ir.VectorType(INT32, width), ir.VectorType(BYTE, width)
        x = f.builder.zext(f.load_vector(f.pointers["x"], piece, BYTE), wide)
        more = f.builder.icmp_signed(">", x, f.splat(ir.Constant(INT32, 5), width))
        chosen = f.builder.select(more, f.splat(ir.Constant(INT32, 7), width), x)
        f.store_vector(f.builder.trunc(chosen, narrow), f.pointers["y"], piece)

    x = np.arange(lanes, dtype=np.uint8)
    y = floats_of(write, x, lanes, target=target, dtype=np.uint8)
    np.testing.assert_array_equal(y, np.where(x > 5, 7, x))


@ALL_TARGETS
@pytest.mark.parametrize("vectors", [1, 2, 4])
@pytest.mark.parametrize("known", [True, False])
def test_a_row_of_any_length_is_covered_once(target, vectors, known):
    totals = (0, 1, 4, 7, 16, 17, 33, 65, 150)

    def writing(total):
        def write(f):
            for place, piece in f.row(total if known else f.count, vectors):
                add_one(f, place, piece)

        return write

    for total in totals:
        x = np.arange(total, dtype=np.float32)
        y = floats_of(writing(total), x, total, count=total, target=target)
        np.testing.assert_array_equal(y, x + 1)


@ALL_TARGETS
@pytest.mark.parametrize("lanes", range(5))
def test_a_piece_whose_lanes_are_known_at_run_time(target, lanes):
    def write(f):
        piece = Piece(0, f.count, 4)
        assert not piece.whole
        add_one(f, 0, piece)

    x = np.arange(lanes, dtype=np.float32)
    np.testing.assert_array_equal(floats_of(write, x, lanes, count=lanes, target=target), x + 1)


@ALL_TARGETS
def test_lanes_left_over_are_read_as_zero(target):
    def write(f):
        f.store_vector(f.load_vector(f.pointers["x"], Piece(0, 3, 4)), f.pointers["y"], WHOLE)

    x = np.array([5, 6, 7], np.float32)
    assert floats_of(write, x, 4, target=target).tolist() == [5, 6, 7, 0]


WHOLE = Piece(0, 4, 4)


@ALL_TARGETS
@pytest.mark.parametrize(
    ("write", "expected"),
    [
        # x = 1.5, −2, NaN, 0; count = 9
        (lambda f, x: f.multiply_add(x, x, x), [3.75, 2, np.nan, 0]),
        (lambda f, x: f.larger_of(x, f.constant(0.25, 4)), [1.5, 0.25, 0.25, 0.25]),
        (lambda f, x: f.larger_of(f.constant(0.25, 4), x), [1.5, 0.25, np.nan, 0.25]),
        (lambda f, x: f.unary("fabs", x), [1.5, 2, np.nan, 0]),
        (lambda f, x: f.unary("floor", x), [1, -2, np.nan, 0]),
        (lambda f, x: f.splat(f.load(f.at(f.pointers["x"], 1)), 4), [-2] * 4),
        (lambda f, _x: f.constant(0.1, 4), np.full(4, 0.1, np.float32)),
        (lambda f, _x: f.splat(f.scalar(3), 4), [3] * 4),
    ],
)
def test_arithmetic_lane_by_lane(target, write, expected):
    def writing(f):
        x = f.load_vector(f.pointers["x"], WHOLE)
        f.store_vector(write(f, x), f.pointers["y"], WHOLE)

    x = np.array([1.5, -2, np.nan, 0], np.float32)
    np.testing.assert_array_equal(floats_of(writing, x, 4, target=target), expected)


@ALL_TARGETS
def test_scratch_room_is_there_while_the_function_runs(target):
    def write(f):
        room = f.scratch(8)
        with f.loop(f.count) as turn:
            f.store(f.load(f.at(f.pointers["x"], turn.index)), f.at(room, turn.index))
        with f.loop(f.count) as turn:
            back = f.subtract(f.subtract(f.count, 1), turn.index)
            f.store(f.load(f.at(room, back)), f.at(f.pointers["y"], turn.index))

    x = np.arange(8, dtype=np.float32)
    assert floats_of(write, x, 8, count=8, target=target).tolist() == x[::-1].tolist()


@ALL_TARGETS
@pytest.mark.parametrize("place", [-(10**6), -1, 2, 10**6])
def test_memory_that_is_brought_near_need_not_be_there(target, place):
    def write(f):
        f.fetch(f.at(f.pointers["x"], place))
        f.store(f.load(f.pointers["x"]), f.pointers["y"])

    assert floats_of(write, np.array([3, 4], np.float32), 1, target=target).tolist() == [3]


def test_functions_of_llvm_are_declared_once():
    function = Function(ir.Module(), "name", (), AARCH64)
    vector = function.constant(1, 4)
    for _turn in range(3):
        function.multiply_add(vector, vector, vector)
    assert str(function.module).count("declare") == 1


@pytest.mark.parametrize("number", [0.0, -0.0, 1.5, float("inf"), float("nan"), 1e-45])
def test_constants_are_exact_and_equal_ones_are_not_taken_for_the_same(number):
    def write(f):
        for place, value in enumerate((number, 0.0, -0.0, 1)):
            f.store_vector(f.constant(value, 4), f.at(f.pointers["y"], 4 * place), WHOLE)

    y = floats_of(write, np.zeros(1, np.float32), 16, target=target_names()[-1])
    expected = np.repeat(np.array([number, 0, -0.0, 1], np.float32), 4)
    np.testing.assert_array_equal(y, expected)
    np.testing.assert_array_equal(np.signbit(y), np.signbit(expected))
