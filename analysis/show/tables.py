"""How results and tables are shown in a notebook, on a page and in a terminal: all is escaped."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

import pandas as pd

from analysis.show.numbers import many
from analysis.show.terminal import as_text, fields_text

# What a report collects from a notebook: tables for effects.csv, and the headline.
TABLE_MIME = "application/vnd.analysis.table+json"
HEADLINE_MIME = "application/vnd.analysis.headline+json"
# A table with more rows than this is folded on a page.
MOST_ROWS = 11
# A cell that is an amount, or empty.
AMOUNT = re.compile("((?:[<+\u2212-] ?)?\\d[\\d.,]*(?: times|%)?[*+]*)?")


class Shown:
    """A result that says in a terminal what its tables say on a page; without one, what it holds.

    It stands before @dataclass, which would otherwise write a `__repr__` with every array in it.
    """

    def __init_subclass__(cls, rows: str | None = None) -> None:
        """rows : what the rows of `table` are of, where it is handed on (see `with_table`).

        It may name parts of the result (`{self.model}`) or of each row (`{row.phase_in}`).
        """
        if "__repr__" not in vars(cls):
            cls.__repr__ = Shown.__repr__  # type: ignore[method-assign]
        if rows is not None:

            def bundle(self: Any, **_: object) -> dict[str, Any]:
                of = [rows.format(self=self, row=row) for row in self.table.itertuples()]
                return with_table(self._repr_html_(), self.table, of if any(of) else "")

            cls._repr_mimebundle_ = bundle  # type: ignore[attr-defined]

    def summary(self) -> str:
        """What it says, as text for a terminal of 80 columns."""
        return repr(self)

    def __repr__(self) -> str:
        write = getattr(self, "_repr_html_", None)
        return as_text(write()) if write else fields_text(self)


def with_table(html: str, table: pd.DataFrame, fit: str | Sequence[str] = "") -> dict[str, Any]:
    """A notebook output that shows `html` and hands `table` on to the report's effects.csv.

    It is for results that estimate or check something, so that every number of a page's prose
    and figures has its row: effects, line-ups of models, comparisons, placebos, windows, breaks,
    power, the specification curve, counts before and after, coverage, verdicts. Series, designs
    and sources do not belong there: the record names their tables. A table that a notebook shows
    twice is in the file once.

    fit : what the rows are of, all or each, as first column `fit`; "" if the index says it.
    """
    if not fit and table.index.nlevels == 1 and not isinstance(table.index, pd.RangeIndex):
        table = table.rename_axis("fit")
    plain = table.reset_index(drop=bool(fit) and table.index.name is None)
    if fit:
        plain.insert(0, "fit", fit)
    return {
        "text/html": html,
        "text/plain": as_text(html),
        TABLE_MIME: {"csv": plain.to_csv(index=False, float_format="%.12g")},
    }


def table(
    header: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    caption: str,
    kind: str = "",
) -> str:
    """An HTML table with caption, column headers and row headers, inside a scrolling box.

    The cells are text: whatever they hold is escaped. A long one is folded, or one of the kind
    `long`, but none of the kind `answer`, for which its page is made.
    """
    rows = list(rows)
    kinds = " ".join([kind, *_amounts(rows)]).strip()
    head = "".join(f"<th scope='col'>{escape(name)}</th>" for name in header)
    head = f"<thead><tr>{head}</tr></thead>" if any(header) else ""
    body = "".join(_row(row) for row in rows)
    box = (
        f"<div class='table-box' role='region' tabindex='0' aria-label='{escape(caption)}'>"
        f"<table class='{escape(kinds)}'><caption>{escape(caption)}</caption>"
        f"{head}<tbody>{body}</tbody></table></div>"
    )
    if kind != "long" and (len(rows) <= MOST_ROWS or "answer" in kind.split()):
        return box
    summary = f"{escape(caption)} ({many(len(rows), 'row')})"
    return f"<details class='long'><summary>{summary}</summary>{box}</details>"


def _amounts(rows: Sequence[Sequence[str]]) -> list[str]:
    """Classes that say which columns hold amounts alone, which stand on the right: n2 n4."""
    return [
        f"n{place}"
        for place, cells in enumerate(zip(*rows, strict=False), start=1)
        if place > 1 and any(cells) and all(AMOUNT.fullmatch(cell) for cell in cells)
    ]


def _row(cells: Sequence[str]) -> str:
    first, *rest = cells
    data = "".join(f"<td>{escape(cell)}</td>" for cell in rest)
    return f"<tr><th scope='row'>{escape(first)}</th>{data}</tr>"
