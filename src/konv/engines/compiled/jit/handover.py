"""How one thread hands work over to others without asking the system: three functions.

Every helper has a mailbox, a whole number on a line of the cache of its own: ASLEEP, LISTENING,
BUSY, or the address of a job that it may take. A job is a row of whole numbers, see :class:`Job`.

``serve(mailbox, patience, rest)`` is where helpers live::

    listen; take a job as soon as one lies in the mailbox, do it, listen again;
    when ``patience`` ticks of the clock have passed without a job fall asleep: return

``lead(job, mailboxes, helpers, rest)`` is called by the thread that has work::

    put the job into the mailboxes of helpers that are not busy
    do it, as worker 0
    take it back from those who have not begun: nothing is left to do
    wait for those who have

So nobody waits for a helper that the system lets sleep, and when ``lead`` returns nobody but its
caller knows the job: what it points to may be changed or freed. A job is put into mailboxes by one
thread only, so its address in a mailbox says that it has not been taken.

``clock(ticks)`` writes down what the clock shows by which patience is measured.
"""

from __future__ import annotations

from enum import IntEnum

import llvmlite.ir as ir

from konv.engines.compiled.emit.function import INDEX, POINTER, Function, Value
from konv.engines.compiled.emit.waiting import (
    endless,
    exchange,
    let_others_run,
    pause,
    raise_by,
    seen,
    ticks,
    until,
)
from konv.engines.compiled.target import Target

__all__ = [
    "ASLEEP",
    "CLOCK",
    "JOB_NUMBERS",
    "LEAD",
    "MAILBOX_NUMBERS",
    "SERVE",
    "Job",
    "handover_text",
]

CLOCK, LEAD, SERVE = "clock", "lead", "serve"
ASLEEP, _LISTENING, _BUSY = 0, 1, 2
_LINE_NUMBERS = 8  # whole numbers in a line of the cache
MAILBOX_NUMBERS = _LINE_NUMBERS


class Job(IntEnum):
    """The numbers of a job: what is called, with which addresses, and who does it."""

    RUN = 0
    BASES = 1
    SIZES = 2
    COUNTERS = 3
    BEGUN = _LINE_NUMBERS  # workers so far; the leader is the first
    FINISHED = 2 * _LINE_NUMBERS  # helpers that are done


JOB_NUMBERS = 3 * _LINE_NUMBERS


def handover_text(target: Target) -> str:
    """All of them as LLVM IR."""
    module = ir.Module("konv")
    _lead(Function(module, LEAD, ("job", "mailboxes"), target))
    _serve(Function(module, SERVE, ("mailbox",), target))
    _clock(Function(module, CLOCK, ("ticks",), target))
    return str(module)


def _lead(f: Function) -> None:
    job, helpers, rest = f.pointers["job"], f.first, f.count
    address = f.builder.ptrtoint(job, INDEX)
    begun, finished = (f.at(job, place, INDEX) for place in (Job.BEGUN, Job.FINISHED))
    f.store(f.index(1), begun)
    f.store(f.index(0), finished)
    with f.loop(helpers, [f.index(0)]) as turn:
        # A mailbox that is neither ASLEEP nor LISTENING holds a larger number and stays as it is.
        mailbox = _mailbox(f, turn.index)
        free = f.smaller(seen(f, mailbox), _LISTENING)
        posted = exchange(f, mailbox, free, address)
        turn.results = [f.add(turn.carried[0], f.builder.zext(posted, INDEX))]
    _do(f, job, f.index(0), rest)
    with f.loop(helpers, turn.results) as turn:
        # A helper that listens writes so itself when it finds ASLEEP.
        taken_back = exchange(f, _mailbox(f, turn.index), address, ASLEEP)
        turn.results = [f.subtract(turn.carried[0], f.builder.zext(taken_back, INDEX))]
    (expected,) = turn.results
    until(f, lambda: f.builder.icmp_signed("==", seen(f, finished), expected), rest)
    f.finish()


def _mailbox(f: Function, number: Value) -> Value:
    return f.at(f.pointers["mailboxes"], f.multiply(number, MAILBOX_NUMBERS), INDEX)


def _serve(f: Function) -> None:
    mailbox, patience, rest = f.pointers["mailbox"], f.first, f.count
    # When the last job ended; nobody else looks at it.
    since = f.builder.alloca(INDEX)
    f.store(ticks(f), since)
    with endless(f) as turn:
        state = seen(f, mailbox)
        with f.when(f.builder.icmp_signed(">", state, f.index(_BUSY))):
            _take(f, state, rest)
            f.store(ticks(f), since)
        with f.when(f.builder.icmp_signed("==", state, f.index(ASLEEP))):
            exchange(f, mailbox, ASLEEP, _LISTENING)
        idle = f.subtract(ticks(f), f.load(since, INDEX))
        with f.when(f.builder.icmp_signed(">", idle, patience)):
            turn.leave_if(exchange(f, mailbox, _LISTENING, ASLEEP))
        # Its leader may need this very core: whoever only listens gives way at every turn.
        pause(f)
        let_others_run(f, rest)
    f.finish()


def _clock(f: Function) -> None:
    f.store(ticks(f), f.pointers["ticks"])
    f.finish()


def _take(f: Function, state: Value, rest: Value) -> None:
    """Do the job in the mailbox, unless its leader takes it back in this moment."""
    mailbox = f.pointers["mailbox"]
    with f.when(exchange(f, mailbox, state, _BUSY)):
        job = f.builder.inttoptr(state, POINTER)
        _do(f, job, raise_by(f, f.at(job, Job.BEGUN, INDEX), 1), rest)
        # First this: when the leader returns, its helpers can take the next job.
        exchange(f, mailbox, _BUSY, _LISTENING)
        raise_by(f, f.at(job, Job.FINISHED, INDEX), 1)


def _do(f: Function, job: Value, worker: Value, rest: Value) -> None:
    run, *places = (
        f.load(f.at(job, place, INDEX), INDEX)
        for place in (Job.RUN, Job.BASES, Job.SIZES, Job.COUNTERS)
    )
    kind = ir.FunctionType(ir.VoidType(), [INDEX] * 5)
    f.builder.call(f.builder.inttoptr(run, kind.as_pointer()), [*places, worker, rest])
