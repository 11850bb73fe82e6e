"""The words for threads that wait for each other, beside those of kernels.

A whole number that several threads look at is read with ``seen`` and changed with ``exchange`` or
``raise_by``: what a thread wrote before it changed the number can be read by one that saw it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import llvmlite.ir as ir

from konv.engines.compiled.emit.function import INDEX, INT32, Function, Index, Value

__all__ = ["Endless", "endless", "exchange", "let_others_run", "pause", "raise_by", "seen", "until"]

# Turns of waiting without asking the system for anything: what is waited for takes microseconds.
_PATIENCE = 100


@dataclass(frozen=True)
class Endless:
    """One turn of a loop without a count.

    Args:
        function: where it is written.
        index: which turn.
        after: what follows the loop.
    """

    function: Function
    index: Value
    after: Value

    def leave_if(self, condition: Value) -> None:
        """End the loop here if the condition holds."""
        builder = self.function.builder
        onwards = builder.append_basic_block("onwards")
        builder.cbranch(condition, self.after, onwards)
        builder.position_at_end(onwards)


@contextmanager
def endless(f: Function) -> Iterator[Endless]:
    """A body that is run until it leaves."""
    builder = f.builder
    before = builder.block
    body, after = (builder.append_basic_block(name) for name in ("again", "left"))
    builder.branch(body)
    builder.position_at_end(body)
    index = builder.phi(INDEX)
    index.add_incoming(f.index(0), before)
    yield Endless(f, index, after)
    index.add_incoming(f.add(index, 1), builder.block)
    builder.branch(body)
    builder.position_at_end(after)


def until(f: Function, condition: Callable[[], Value], rest: Value) -> None:
    """Turn until the condition holds; after a while, let other programs run.

    Args:
        f: where it is written.
        condition: writes what is looked at, turn by turn.
        rest: see :func:`let_others_run`.
    """
    with endless(f) as turn:
        turn.leave_if(condition())
        pause(f)
        with f.when(f.builder.icmp_signed(">", turn.index, f.index(_PATIENCE))):
            let_others_run(f, rest)


def pause(f: Function) -> None:
    """Tell the processor that this thread only waits: the other one on its core may go first."""
    if f.target.name == "neon":
        hint = f.intrinsic("llvm.aarch64.hint", ir.VoidType(), [INT32])
        f.builder.call(hint, [ir.Constant(INT32, 1)])
    else:
        f.builder.call(f.intrinsic("llvm.x86.sse2.pause", ir.VoidType(), []), [])


def let_others_run(f: Function, rest: Value) -> None:
    """Ask the system to let other programs run; ``rest`` is the address of what asks it."""
    kind = ir.FunctionType(INT32, [])
    f.builder.call(f.builder.inttoptr(rest, kind.as_pointer()), [])


def seen(f: Function, pointer: Value) -> Value:
    """The whole number there, and with it all that was written before it was."""
    return f.builder.load_atomic(pointer, "acquire", 8, typ=INDEX)


def exchange(f: Function, pointer: Value, expected: Index, wanted: Index) -> Value:
    """Write a whole number if another one is there; whether it was."""
    result = f.builder.cmpxchg(
        pointer, f.index(expected), f.index(wanted), "acq_rel", failordering="monotonic"
    )
    return f.builder.extract_value(result, 1)


def raise_by(f: Function, pointer: Value, number: Index) -> Value:
    """Add to the whole number there; what it was before."""
    return f.builder.atomic_rmw("add", pointer, f.index(number), "acq_rel")
