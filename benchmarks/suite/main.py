"""One command: measure, print the tables, write the JSON."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from typing import Any

from benchmarks.suite.machine import describe_machine, machine_text
from benchmarks.suite.networks import subject
from benchmarks.suite.options import budget_of, pace_of, read_options
from benchmarks.suite.processors import bind, chosen_processors
from benchmarks.suite.session import cases_of, measure_all, open_session, say
from benchmarks.suite.table import case_tables, failure_lines

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark that the command line asks for."""
    options = read_options(arguments)
    start = time.perf_counter()
    bind(chosen_processors(options.threads))
    say("measuring what the machine can do")
    machine = describe_machine(options.threads)
    print(machine_text(machine))
    report: dict[str, Any] = {"machine": machine}
    with open_session(options) as session:
        subjects = [subject(letter) for letter in options.networks]
        cases = cases_of(subjects, options.tasks, options.batch)
        results = measure_all(session, cases, pace_of(options), budget_of(options))
        print(f"\n{case_tables(results)}")
        report["results"] = [result.to_dict() for result in results]
        notes = [f"{peer}: {reason}" for peer, reason in session.missing.items()]
        notes += failure_lines(results)
        report |= {"versions": session.versions, "missing": session.missing}
    if notes:
        print("\nnot measured\n" + "\n".join(f"  {note}" for note in notes))
    report["seconds"] = time.perf_counter() - start
    print(f"\n{report['seconds']:.0f} s in all")
    if options.json is not None:
        options.json.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    return 0
