"""The page of the data in sentences and tables: sources, agreement, revisions, counting, season."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pandas as pd

from analysis import show
from analysis.border import facts
from analysis.border.audit import Audit, Season
from analysis.border.covariates import figures_source
from analysis.border.events import catalogue
from analysis.border.sources import ALL, LARGE, Encounters
from analysis.outcome import Outcome
from analysis.pages.words import Headline, Prose

MAX_REVISIONS = 20
SPLIT_WORDS = {
    "component": "between or at ports",
    "border": "border",
    "sector": "sector",
    "demographic": "group",
    "citizenship": "citizenship",
    "authority": "Title 8 or Title 42",
}


def answer(audit: Audit, between: Outcome, at_ports: Outcome) -> Headline:
    """What the data are, in one sentence; then how well they agree."""
    publishers = len({table.source.publisher for table in audit.tables})
    first = min(table.periods[0].start_time for table in audit.tables)
    last = max(table.periods[-1].end_time for table in audit.tables)
    return Headline(
        sentence=f"The data are {show.many(len(audit.tables), 'table')} of "
        f"{show.many(publishers, 'publisher')} with counts from {first:%B %Y} to {last:%B %Y}: "
        f"on the southwest border {show.number(between.values.sum())} encounters between ports "
        "of entry and "
        f"{show.number(at_ports.values.sum())} at ports of entry, "
        f"{show.span_name(*between.periods[[0, -1]])}.",
        detail=("An encounter is an event, not a person.", _verdict(audit, reason=True)),
    )


def sources(audit: Audit) -> Prose:
    """The tables in use, in order of preference, and what to keep in mind with each."""
    cells = {
        "Table": lambda table: table.source.title,
        "Vintage": lambda table: table.source.vintage,
        "Span": _table_span,
        "Counts": lambda table: table.source.precision,
        "Can be split by": lambda table: ", ".join(_splits(table)) or "not split",
        "Published as": lambda table: f"{table.source.publisher}: {table.source.file}",
    }
    warned = {t.source.title: " ".join(t.source.caveats) for t in audit.tables}
    return Prose(
        points=tuple((f"{title}:", text) for title, text in warned.items() if text),
        table=show.columns(audit.tables, cells, caption="The tables, in order of use"),
    )


def beside() -> Prose:
    """The tables of what else was measured: what they are, how sure, and what to keep in mind."""
    found = [figures_source(name) for name in facts("covariates.yml")]
    cells = {
        "Table": lambda source: source.title,
        "Vintage": lambda source: source.vintage,
        "How sure": lambda source: source.caveats[0],
        "Published as": lambda source: f"{source.publisher}: {source.file}",
        "To keep in mind": lambda source: " ".join(source.caveats[1:]),
    }
    return Prose(
        "Beside encounters stand figures of what else moved and of what became of people. A: an "
        "agency's own table, checked against a second one. B: a file that gives the published "
        "totals. C: derived, or from the press.",
        table=show.columns(found, cells, caption="What else was measured"),
    )


def agreement(audit: Audit) -> Prose:
    """How many of the comparisons between tables hold, which fail, and all of them in a table."""
    cells = {
        "Question": lambda check: check.question,
        "Result": lambda check: check.status,
        "What was found": lambda check: check.reason,
    }
    caption = "Agreement where tables overlap"
    table = show.columns(audit.checks, cells, caption=caption, kind="compared")
    return Prose(_verdict(audit, reason=False), table=table if audit.checks else "")


def revised(audit: Audit, outcomes: Iterable[Outcome] = ()) -> Prose:
    """What newer releases changed, the largest shares first, and what each series has to say."""
    found = audit.revisions
    notes = tuple(f"{show.capital(o.name)}: {note}" for o in outcomes for note in o.notes)
    if not audit.given:
        return Prose(
            "No file is given, so there is no second release to compare with. Give one with "
            "the parameter data, and this section lists what it changes."
        )
    files = show.join_words(audit.given)
    if found.empty:
        return Prose(
            f"{files}: no month differs from another release of the same table.", points=notes
        )
    share = (found["difference"].abs() / found["old"].clip(lower=1)).rename("share")
    large = int((share > LARGE).sum())
    worst = found.assign(share=share).nlargest(MAX_REVISIONS, "share")
    cells = {
        "Series": lambda row: row.series,
        "Month": lambda row: show.period_name(row.month),
        "Was": lambda row: show.number(row.old),
        "Is": lambda row: show.number(row.new),
        "Difference": lambda row: show.number(row.difference, signed=True),
        "Vintages": lambda row: f"{row.old_vintage}, {row.new_vintage}",
    }
    caption = "Revisions" if len(worst) == len(found) else f"The {len(worst)} largest revisions"
    return Prose(
        f"{files}: {_how_many(len(found), large)}",
        points=notes,
        table=show.columns(worst, cells, caption=caption),
    )


def _how_many(found: int, large: int) -> str:
    figures = "1 monthly figure differs" if found == 1 else f"{found} monthly figures differ"
    rows = " A revision is rarely that large: rows may be missing in a release." if large else ""
    return f"{figures} between releases, {large or 'none'} by more than {LARGE:.0%}.{rows}"


def counting(between: Outcome, at_ports: Outcome, expelled: Mapping[str, Outcome]) -> Prose:
    """What changed in the counting: Title 42 and CBP One, with their size in these series.

    expelled : expulsions under Title 42 between ports, none where the window has none.
    """
    points = [_expelled(between, series) for series in expelled.values()]
    if not points:
        points = ["Title 42 was not in force in this window, so no month holds expulsions."]
    opened, full = catalogue()["cbp-one"].start, catalogue()["cbp-one-1450"].start
    before = at_ports.rate[at_ports.periods < pd.Period(opened, "M")]
    since = at_ports.rate[at_ports.periods > pd.Period(full, "M")]
    ended = pd.Period(catalogue()["proclamation-10888"].start, "M")
    since = since[pd.PeriodIndex(since.index) < ended]
    if len(before) and len(since):
        points.append(
            f"CBP One appointments let people come to the ports of entry from "
            f"{show.day_name(opened)}, at their full number from {show.day_name(full)}. At ports "
            f"{show.number(before.mean())} encounters a day were counted in "
            f"{_span(before)}, and {show.number(since.mean())} in {_span(since)}. A fall "
            "between ports can be a move to the ports, so both belong on one page."
        )
    return Prose(points=tuple(points))


def seasonal(pattern: Season) -> Prose:
    """What the season alone does from May to June."""
    changes = pattern.changes
    fell = int((changes < 0).sum())
    usual = (
        " A fall from May to June is usual, so the two months alone say little about anything "
        "that started in June."
    )
    return Prose(
        f"{changes.index[0]} to {changes.index[-1]}, the mean a day changed from May to June "
        f"by {show.amount(changes.median(), '%')} in the median year; it fell in {fell} of "
        f"{len(changes)} years.{usual * (fell > len(changes) / 2)}"
    )


def _verdict(audit: Audit, *, reason: bool) -> str:
    failed = [check for check in audit.checks if check.status == "failed"]
    total = len(audit.checks)
    if not total:
        return "No two tables overlap, so none can be compared."
    if not failed:
        return f"All {total} comparisons of tables agree within rounding."
    fail = "fails" if len(failed) == 1 else "fail"
    said = f": {failed[0].reason}" if reason and len(failed) == 1 else "."
    return f"{len(failed)} of {total} comparisons of tables {fail}{said}"


def _table_span(table: Encounters) -> str:
    first, last = (period.start_time for period in table.periods[[0, -1]])
    return f"{first:%b %Y} to {last:%b %Y}, {table.frequency}"


def _splits(table: Encounters) -> list[str]:
    return [words for name, words in SPLIT_WORDS.items() if len(table.values(name) - {ALL}) > 1]


def _expelled(between: Outcome, expelled: Outcome) -> str:
    whole = between.values.reindex(expelled.values.index)
    share = 100 * expelled.values.sum() / whole.sum()
    return (
        f"Under Title 42 people were sent back at once, and many tried again. In "
        f"{_span(expelled.values)} {show.number(share)}% of the encounters between ports were "
        "such expulsions, so these months overstate people."
    )


def _span(values: pd.Series) -> str:
    return show.span_name(*pd.PeriodIndex(values.index)[[0, -1]])
