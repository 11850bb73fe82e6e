"""A machine function in the making: the words that kernels are written in.

A kernel says what happens with loops over indices, pointers into arrays, and vectors of float32
numbers; this class writes it down as LLVM IR in its final form, so that no optimiser has to run.

Indices may be Python's whole numbers or values that are known only at run time. What can be worked
out here is: ``multiply(row, 1)`` writes no instruction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import llvmlite.ir as ir

from konv.engines.compiled.emit.values import (
    BOOLEAN,
    BYTE,
    BYTES,
    DOUBLE,
    FLOAT,
    INDEX,
    INT32,
    POINTER,
    Index,
    Piece,
    Value,
    everywhere,
    first_lane,
    known_mask,
    mask_type,
    pieces_of,
    type_name,
    undefined_vector,
    vector_type,
    whole_number,
)
from konv.engines.compiled.target import Target

__all__ = [
    "BYTE",
    "DOUBLE",
    "FLOAT",
    "INDEX",
    "INT32",
    "POINTER",
    "Function",
    "Index",
    "Loop",
    "Piece",
    "Value",
    "pieces_of",
]


@dataclass
class Loop:
    """One turn of a loop that is being written.

    Args:
        index: which turn.
        carried: what the turn before handed on.
        results: what this turn hands on: set it in the body. After the loop: what the last turn
            handed on.
    """

    index: Index
    carried: list[Value]
    results: list[Value] = field(default_factory=list)


class Function:
    """A function ``name(pointers…, i64 first, i64 count)`` in the making.

    Args:
        module: where it is written.
        name: unique in the module.
        pointers: the names of its pointer arguments.
        target: the processor it is for.
    """

    def __init__(
        self, module: ir.Module, name: str, pointers: Sequence[str], target: Target
    ) -> None:
        arguments = [POINTER] * len(pointers) + [INDEX, INDEX]
        self.ir = ir.Function(module, ir.FunctionType(ir.VoidType(), arguments), name)
        self.ir.attributes.add("nounwind")
        self.module = module
        self.target = target
        self.pointers = dict(zip(pointers, self.ir.args, strict=False))
        self.first, self.count = self.ir.args[-2:]
        self.builder = ir.IRBuilder(self.ir.append_basic_block("entry"))

    def finish(self) -> None:
        """The end of the function."""
        self.builder.ret_void()

    # Whole numbers

    def index(self, value: Index) -> Value:
        """A whole number as a value."""
        return whole_number(INDEX, value) if isinstance(value, int) else value

    def add(self, *terms: Index) -> Index:
        """Their sum."""
        known = sum(term for term in terms if isinstance(term, int))
        unknown = [term for term in terms if not isinstance(term, int)]
        if not unknown:
            return known
        total = unknown[0]
        for term in unknown[1:]:
            total = self.builder.add(total, term)
        return self.builder.add(total, self.index(known)) if known else total

    def multiply(self, first: Index, second: Index) -> Index:
        """Their product."""
        if isinstance(first, int):
            first, second = second, first
        if isinstance(first, int):
            return first * second
        if isinstance(second, int) and second in (0, 1):
            return first if second else 0
        return self.builder.mul(first, self.index(second))

    def subtract(self, first: Index, second: Index) -> Index:
        """Their difference."""
        if isinstance(second, int):
            return self.add(first, -second)
        return self.builder.sub(self.index(first), second)

    def divide(self, first: Index, second: int) -> tuple[Index, Index]:
        """Quotient and remainder of numbers ≥ 0."""
        if isinstance(first, int):
            return divmod(first, second)
        if second == 1:
            return first, 0
        return (
            self.builder.udiv(first, self.index(second)),
            self.builder.urem(first, self.index(second)),
        )

    def smaller(self, first: Index, second: Index) -> Index:
        """The smaller of two."""
        if isinstance(first, int) and isinstance(second, int):
            return min(first, second)
        first, second = self.index(first), self.index(second)
        return self.builder.select(self.builder.icmp_signed("<", first, second), first, second)

    def larger(self, first: Index, second: Index) -> Index:
        """The larger of two."""
        if isinstance(first, int) and isinstance(second, int):
            return max(first, second)
        first, second = self.index(first), self.index(second)
        return self.builder.select(self.builder.icmp_signed(">", first, second), first, second)

    def known(self, values: Sequence[int], place: Index) -> Index:
        """``values[place]``: looked up in a table only where there is no rule to work it out."""
        if isinstance(place, int):
            return values[place]
        step = values[1] - values[0] if len(values) > 1 else 0
        if list(values) == [values[0] + i * step for i in range(len(values))]:
            return self.add(self.multiply(place, step), values[0])
        kind = ir.ArrayType(INDEX, len(values))
        name = self.module.get_unique_name("table")
        table = ir.GlobalVariable(self.module, kind, name)
        table.linkage, table.global_constant = "internal", True
        table.initializer = ir.Constant(kind, list(values))
        return self.load(self.at(table, place, INDEX), INDEX)

    # Flow

    @contextmanager
    def loop(self, count: Index, carried: Sequence[Value] = ()) -> Iterator[Loop]:
        """A body that is run ``count`` times, which may be 0.

        Example, the sum of an array of n numbers::

            with f.loop(n, [f.scalar(0)]) as turn:
                turn.results = [f.builder.fadd(turn.carried[0], f.load(f.at(array, turn.index)))]
            total = turn.results[0]
        """
        if isinstance(count, int) and count <= 1:
            turn = Loop(0, list(carried), list(carried))
            if count == 1:
                yield turn
            else:
                with self._nowhere():
                    yield turn
                turn.results = list(carried)
            return
        builder = self.builder
        before = builder.block
        body, after = (builder.append_basic_block(name) for name in ("body", "after"))
        if isinstance(count, int):
            builder.branch(body)
        else:
            builder.cbranch(builder.icmp_signed(">", count, self.index(0)), body, after)
        builder.position_at_end(body)
        index = builder.phi(INDEX)
        index.add_incoming(self.index(0), before)
        phis = [builder.phi(value.type) for value in carried]
        turn = Loop(index, list(phis), list(phis))
        yield turn
        following = builder.add(index, self.index(1))
        end = builder.block
        builder.cbranch(builder.icmp_signed("<", following, self.index(count)), body, after)
        index.add_incoming(following, end)
        for phi, first, result in zip(phis, carried, turn.results, strict=True):
            phi.add_incoming(first, before)
            phi.add_incoming(result, end)
        builder.position_at_end(after)
        if not isinstance(count, int):
            turn.results = self._merged(turn.results, end, carried, before)

    def _merged(
        self, values: Sequence[Value], end: Value, others: Sequence[Value], before: Value
    ) -> list[Value]:
        merged = [self.builder.phi(value.type) for value in values]
        for phi, value, other in zip(merged, values, others, strict=True):
            phi.add_incoming(value, end)
            phi.add_incoming(other, before)
        return merged

    @contextmanager
    def _nowhere(self) -> Iterator[None]:
        """What is written in the body is never run: it stands behind a branch that is not taken."""
        with self.when(ir.Constant(BOOLEAN, 0)):
            yield

    @contextmanager
    def when(self, condition: Value) -> Iterator[None]:
        """A body that is run if the condition holds."""
        body, after = (self.builder.append_basic_block(name) for name in ("then", "after"))
        self.builder.cbranch(condition, body, after)
        self.builder.position_at_end(body)
        yield
        self.builder.branch(after)
        self.builder.position_at_end(after)

    def blocks(self, total: int, size: int) -> Iterator[tuple[Index, int]]:
        """``total`` things in blocks of ``size``: (first of the block, how many it has).

        Written as a loop over the whole blocks, and once more for what is left. The consumer's
        body is written at most twice::

            for first, count in f.blocks(width, 12): …
        """
        whole, rest = divmod(total, size)
        if whole:
            with self.loop(whole) as turn:
                yield self.multiply(turn.index, size), size
        if rest:
            yield whole * size, rest

    def row(self, total: Index, vectors: int = 1) -> Iterator[tuple[Index, Piece]]:
        """``total`` neighbouring numbers, vector by vector: (where one begins, its piece).

        Written as a loop over blocks of some vectors, and again for what is left. The consumer's
        body is written at most ``vectors`` + 2 times if the total is known at run time only, and
        at most 2 · ``vectors`` times otherwise.
        """
        wide = self.target.vector
        block = vectors * wide
        whole = total // block if isinstance(total, int) else self.divide(total, block)[0]
        if whole != 0:
            with self.loop(whole) as turn:
                for start in range(0, block, wide):
                    yield self.add(self.multiply(turn.index, block), start), Piece(0, wide, wide)
        done = self.multiply(whole, block)
        if isinstance(total, int):
            for piece in self.pieces(total - whole * block):
                yield done + piece.start, piece
            return
        left, last = self.divide(self.subtract(total, done), wide)
        if vectors > 1:
            with self.loop(left) as turn:
                yield self.add(done, self.multiply(turn.index, wide)), Piece(0, wide, wide)
        with self.when(self.builder.icmp_signed(">", last, self.index(0))):
            yield self.subtract(total, last), Piece(0, last, wide)

    # Memory

    def at(self, pointer: Value, offset: Index, kind: Any = FLOAT) -> Value:
        """The address of an element."""
        if isinstance(offset, int) and offset == 0:
            return pointer
        return self.builder.gep(pointer, [self.index(offset)], source_etype=kind)

    def hidden(self, pointer: Value) -> Value:
        """The same address, and LLVM does not see how it came about.

        Otherwise it weighs every address in an inner loop against all loops around: half of the
        time that machine code takes, for nothing.
        """
        kind = ir.FunctionType(POINTER, [POINTER])
        return self.builder.asm(kind, "", "=r,0", [pointer], side_effect=False)

    def scratch(self, numbers: int) -> Value:
        """Room for some float32 numbers on the stack, while the function runs: keep it small."""
        with self.builder.goto_entry_block():
            room = self.builder.alloca(ir.ArrayType(FLOAT, numbers))
        room.align, room.type = 64, POINTER  # llvmlite makes it a pointer with a type
        return room

    def load(self, pointer: Value, kind: Any = FLOAT) -> Value:
        """One element."""
        return self.builder.load(pointer, typ=kind, align=BYTES[kind])

    def fetch(self, pointer: Value) -> None:
        """Have a line of memory brought near, wherever it is; nothing happens if it is nowhere."""
        fetch = self.intrinsic("llvm.prefetch.p0", ir.VoidType(), [POINTER, INT32, INT32, INT32])
        to_read, near, data = (whole_number(INT32, number) for number in (0, 3, 1))
        self.builder.call(fetch, [pointer, to_read, near, data])

    def store(self, value: Value, pointer: Value) -> None:
        """Write one element."""
        self.builder.store(value, pointer, align=BYTES.get(value.type, 1))

    # Vectors

    def pieces(self, total: int) -> list[Piece]:
        """``total`` neighbouring numbers as vectors of this processor: see :func:`pieces_of`."""
        return pieces_of(total, self.target)

    def load_vector(self, pointer: Value, piece: Piece, kind: Any = FLOAT) -> Value:
        """The numbers of a piece, of which ``pointer`` is the first; 0 in the lanes left over."""
        vector = vector_type(kind, piece.width)
        if piece.whole:
            return self.builder.load(pointer, typ=vector, align=BYTES[kind])
        name = f"llvm.masked.load.v{piece.width}{type_name(kind)}.p0"
        load = self.intrinsic(name, vector, [POINTER, INT32, mask_type(piece), vector])
        alignment, nothing = ir.Constant(INT32, BYTES[kind]), ir.Constant(vector, None)
        return self.builder.call(load, [pointer, alignment, self.mask(piece), nothing])

    def store_vector(self, value: Value, pointer: Value, piece: Piece) -> None:
        """Write the numbers of a piece, the first of them to ``pointer``."""
        kind = value.type.element
        if piece.whole:
            self.builder.store(value, pointer, align=BYTES[kind])
            return
        if piece.lanes == 1:
            # LLVM stores more than that where the numbers have just been narrowed.
            alone = self.builder.extract_element(value, whole_number(INT32, 0))
            self.builder.store(alone, pointer, align=BYTES[kind])
            return
        name = f"llvm.masked.store.v{piece.width}{type_name(kind)}.p0"
        store = self.intrinsic(name, ir.VoidType(), [value.type, POINTER, INT32, mask_type(piece)])
        alignment = whole_number(INT32, BYTES[kind])
        self.builder.call(store, [value, pointer, alignment, self.mask(piece)])

    def mask(self, piece: Piece) -> Value:
        """Which lanes of its vector a piece uses."""
        if isinstance(piece.lanes, int):
            return known_mask(piece)
        used = self.splat(self.builder.trunc(piece.lanes, INT32), piece.width)
        lanes = ir.Constant(used.type, list(range(piece.width)))
        return self.builder.icmp_signed("<", lanes, used)

    def splat(self, scalar: Value, width: int) -> Value:
        """A vector that holds one number everywhere."""
        undefined = undefined_vector(scalar.type, width)
        alone = self.builder.insert_element(undefined, scalar, whole_number(INT32, 0))
        return self.builder.shuffle_vector(alone, undefined, first_lane(width))

    def constant(self, number: float, width: int, kind: Any = FLOAT) -> Value:
        """A vector that holds one known number everywhere."""
        return everywhere(kind, float(number).hex(), width)

    def scalar(self, number: float) -> Value:
        """One known number."""
        return ir.Constant(FLOAT, number)

    # Arithmetic

    def multiply_add(self, first: Value, second: Value, third: Value) -> Value:
        """first · second + third, rounded once where the processor can."""
        kind = first.type
        return self.builder.call(
            self.intrinsic(f"llvm.fmuladd.{type_name(kind)}", kind, [kind] * 3),
            [first, second, third],
        )

    def larger_of(self, first: Value, second: Value) -> Value:
        """The larger number, lane by lane; the second where the first is not a number."""
        return self.builder.select(self.builder.fcmp_ordered(">", first, second), first, second)

    def across(self, vector: Value, combine: Callable[[Value, Value], Value]) -> Value:
        """All lanes as one number: the halves are combined until they are one lane each."""
        while (half := vector.type.count // 2) > 0:
            nothing = ir.Constant(vector.type, ir.Undefined)
            order = ir.VectorType(INT32, half)
            low, high = (
                self.builder.shuffle_vector(vector, nothing, ir.Constant(order, list(lanes)))
                for lanes in (range(half), range(half, 2 * half))
            )
            vector = combine(low, high)
        return self.builder.extract_element(vector, ir.Constant(INT32, 0))

    def unary(self, operation: str, value: Value) -> Value:
        """One of LLVM's own functions of one number: ``sqrt``, ``fabs``, ``floor``."""
        kind = value.type
        function = self.intrinsic(f"llvm.{operation}.{type_name(kind)}", kind, [kind])
        return self.builder.call(function, [value])

    def intrinsic(self, name: str, result: Any, arguments: Sequence[Any]) -> Value:
        """One of LLVM's own functions, declared once per module."""
        known = self.module.globals.get(name)
        if known is not None:
            return known
        return ir.Function(self.module, ir.FunctionType(result, arguments), name)
