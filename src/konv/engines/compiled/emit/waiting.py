"""The words for threads that wait for each other, beside those of kernels.

A whole number that several threads look at is read with ``seen`` and changed with ``exchange`` or
``raise_by``: what a thread wrote before it changed the number can be read by one that saw it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import llvmlite.ir as ir

from konv.engines.compiled.emit.function import INDEX, INT32, Function, Index, Value
from konv.engines.compiled.record import record

__all__ = [
    "Endless",
    "endless",
    "exchange",
    "let_others_run",
    "pause",
    "raise_by",
    "seen",
    "ticks",
    "until",
]

# Turns of waiting without asking the system for anything: what is waited for takes microseconds.
_PATIENCE_TURNS = 512


@record
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
    """Turn until the condition holds; now and then, let other programs run.

    Who is waited for may be waiting for this very core. But whoever gives a core away often is
    taken for one who does not need it: so it is given away after 512 turns, then 1024, 2048, …

    Args:
        f: where it is written.
        condition: writes what is looked at, turn by turn.
        rest: see :func:`let_others_run`.
    """
    with endless(f) as turn:
        turn.leave_if(condition())
        pause(f)
        patient = f.builder.icmp_unsigned("<", turn.index, f.index(_PATIENCE_TURNS))
        shared_bits = f.builder.and_(turn.index, f.subtract(turn.index, 1))
        power_of_two = f.builder.icmp_signed("==", shared_bits, f.index(0))
        with f.when(f.builder.and_(f.builder.not_(patient), power_of_two)):
            let_others_run(f, rest)


def pause(f: Function) -> None:
    """Tell the processor that this thread only waits: the other one on its core may go first."""
    if f.target.name == "neon":
        # The hint meant for it, yield, does nothing at all on most of them.
        barrier = f.intrinsic("llvm.aarch64.isb", ir.VoidType(), [INT32])
        f.builder.call(barrier, [ir.Constant(INT32, 15)])
    else:
        f.builder.call(f.intrinsic("llvm.x86.sse2.pause", ir.VoidType(), []), [])


def ticks(f: Function) -> Value:
    """What the processor's clock shows: it goes on evenly, at a rate of the processor's own."""
    if f.target.name == "neon":
        # LLVM's usual one is for the system only; this register is for everybody.
        name = f.module.add_metadata(["cntvct_el0"])
        read = f.intrinsic("llvm.read_volatile_register.i64", INDEX, [name.type])
        return f.builder.call(read, [name])
    return f.builder.call(f.intrinsic("llvm.readcyclecounter", INDEX, []), [])


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
