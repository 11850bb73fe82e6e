"""One command: measure, print the tables, write the JSON."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from benchmarks.suite.fresh import fresh_table, measure_fresh
from benchmarks.suite.layers import layer_subjects, layer_table
from benchmarks.suite.machine import describe_machine, machine_text
from benchmarks.suite.mnist import learnt_table, measure_mnist
from benchmarks.suite.networks import subject
from benchmarks.suite.options import budget_of, pace_of, read_options
from benchmarks.suite.others import others_now
from benchmarks.suite.processors import bind, chosen_processors
from benchmarks.suite.session import Session, cases_of, measure_all, open_session, say
from benchmarks.suite.table import case_tables, failure_lines

__all__ = ["main"]

Failures = list[tuple[str, str]]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark that the command line asks for."""
    options = read_options(arguments)
    start = time.perf_counter()
    bind(chosen_processors(options.threads))
    say("measuring what the machine can do")
    machine = describe_machine(options.threads)
    _show(machine_text(machine) + f"\nkonv's engine: {options.engine}")
    report: dict[str, Any] = {"machine": machine, "options": _plain(options)}
    with open_session(options) as session:
        notes = _measure(session, options, report)
        notes = [f"{peer}: {reason}" for peer, reason in session.missing.items()] + notes
        report |= {"versions": session.versions, "missing": session.missing, "notes": notes}
    if notes:
        _show("not measured\n" + "\n".join(f"  {note}" for note in notes))
    report["seconds"] = time.perf_counter() - start
    report["others_after"] = others_now()
    _show(f"{report['seconds']:.0f} s in all")
    if options.json is not None:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    return 0


def _measure(session: Session, options: argparse.Namespace, report: dict[str, Any]) -> list[str]:
    """Do what is asked for, print it and put it into the report; what could not be measured."""
    notes: list[str] = []
    if not options.only_mnist:
        notes += _measure_cases(session, options, report)
    if not (options.only_mnist or options.layers or options.quick):
        subjects = [subject(letter) for letter in options.networks]
        figures, failures = measure_fresh(session, subjects)
        _show(fresh_table(figures))
        report["fresh"] = [asdict(item) for item in figures]
        notes += _lines(failures)
    if options.mnist is not None:
        learnt, failures = measure_mnist(session, options)
        _show(learnt_table(learnt))
        report["mnist"] = [asdict(item) for item in learnt]
        notes += _lines(failures)
    return notes


def _measure_cases(
    session: Session, options: argparse.Namespace, report: dict[str, Any]
) -> list[str]:
    subjects = layer_subjects() if options.layers else [subject(name) for name in options.networks]
    batches = [32] if options.layers and options.batch is None else options.batch
    cases = cases_of(subjects, options.tasks, batches)
    results = measure_all(session, cases, pace_of(options), budget_of(options))
    if options.layers:
        _show(layer_table(results, report["machine"]["peak_gflops"]))
    else:
        _show(case_tables(results))
    report["results"] = [result.to_dict() for result in results]
    return failure_lines(results)


def _lines(failures: Failures) -> list[str]:
    return [f"{who}: {reason}" for who, reason in failures]


def _plain(options: argparse.Namespace) -> dict[str, Any]:
    """The options as JSON can hold them."""
    return {name: value if isinstance(value, bool | int | float | str | type(None)) else str(value)
            for name, value in vars(options).items()}  # fmt: skip


def _show(text: str) -> None:
    print(f"\n{text}", flush=True)
