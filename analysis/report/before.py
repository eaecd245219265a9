"""What is refused or said of a run before a kernel starts."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import Any

from analysis.errors import attempt
from analysis.reading.content import refuse_no_file
from analysis.report.parameters import AUTO, Value

# The rooms that know series are imported only where there is something to look at.
# Smaller files are not read for `say_if_long`: they hold fewer periods.
SMALL = 30_000
LONG = 3_000
# What the page of the effect took on daily series of 5,000 to 50,000 periods (in 2026, one core).
SECONDS = (10, 1 / 700)
GIGABYTES = (0.5, 1 / 11_000)


def refuse_doubtful(values: Mapping[str, Value]) -> None:
    """Refuse given official files if rows of the months that are asked for may be missing.

    Raises
    ------
    DataError : rows may be missing.
    """
    from analysis.border.question import ask
    from analysis.border.sources.reading import read_data, refuse_doubts

    if data := values.get("data"):
        notes = ask(values).outcome.notes
        refuse_doubts(read_data(str(data)), notes)


def refuse_series(values: Mapping[str, Value]) -> None:
    """Refuse a file, official figures or a window of them that are not there.

    Raises
    ------
    InputError : no such file or series, or a window outside it.
    """
    from analysis.border import facts
    from analysis.border.selection import load_outcome
    from analysis.border.sources.reading import find_files
    from analysis.border.sources.table import DIMENSIONS

    for path in find_files(str(values["data"])) if values.get("data") else ():
        refuse_no_file(path)
    if not values.get("data") and "component" in values:
        names, told = [*DIMENSIONS, "start", "end"], facts("study.yml")
        asked: dict[str, Any] = {name: values[name] for name in names if name in values}
        load_outcome(**{k: told.get(k) if v == AUTO else v for k, v in asked.items()})


def say_if_long(values: Mapping[str, Value]) -> None:
    """Say on the terminal what a page of a long series takes."""
    path = os.path.expanduser(str(values.get("data", "")))
    if not os.path.isfile(path) or os.path.getsize(path) < SMALL:
        return
    from analysis.border.question import Question, ask

    question = attempt(ask, values)
    if isinstance(question, Question) and (n := len(question.outcome.periods)) > LONG:
        seconds, memory = (base + n * each for base, each in (SECONDS, GIGABYTES))
        print(
            f"{n:,} {question.outcome.step}s are many: a page may take {seconds:.0f} seconds and "
            f"{memory:.1f} GB of memory. A later start or longer periods (step=weeks) take less.",
            file=sys.stderr,
        )
