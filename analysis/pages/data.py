"""The page of the data in sentences and tables: sources, agreement, revisions, counting, season."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pandas as pd

from analysis import show
from analysis.border import facts
from analysis.border.audit import Audit, Season
from analysis.border.covariates import figures_source
from analysis.border.events import catalogue
from analysis.border.sources.describe import LARGE
from analysis.border.sources.table import ALL, Encounters
from analysis.outcome import Outcome
from analysis.pages.said import prose, say
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
        sentence=say("data", "headline", tables=len(audit.tables), publishers=publishers,
                     first=first, last=last, between=between, at_ports=at_ports),
        detail=("An encounter is an event, not a person.", _verdict(audit, reason=True)),
    )  # fmt: skip


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
    table = show.columns(found, cells, caption="What else was measured")
    return prose("data", "beside", table=table)


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
    if not audit.given:
        return prose("data", "none_given")
    share = (found["difference"].abs() / found["old"].clip(lower=1)).astype(float)
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
    return prose("data", "revised", files=audit.given, found=len(found), most=LARGE,
                 large=int((share > LARGE).sum()),
                 notes=[(outcome.name, note) for outcome in outcomes for note in outcome.notes],
                 table=show.columns(worst, cells, caption=caption) if len(found) else "",
    )  # fmt: skip


def counting(between: Outcome, at_ports: Outcome, expelled: Mapping[str, Outcome]) -> Prose:
    """What changed in the counting: Title 42 and CBP One, with their size in these series.

    expelled : expulsions under Title 42 between ports, none where the window has none.
    """
    opened, full = catalogue()["cbp-one"].start, catalogue()["cbp-one-1450"].start
    ended = pd.Period(catalogue()["proclamation-10888"].start, "M")
    months, rate = at_ports.periods, at_ports.rate
    shares = [_expelled(between, one) for one in expelled.values()]
    return prose("data", "counting", expelled=shares,
                 opened=opened, full=full, before=rate[months < pd.Period(opened, "M")],
                 since=rate[(months > pd.Period(full, "M")) & (months < ended)])  # fmt: skip


def seasonal(pattern: Season) -> Prose:
    """What the season alone does from May to June."""
    fell = int((pattern.changes < 0).sum())
    return prose("data", "seasonal", changes=pattern.changes, fell=fell)


def _verdict(audit: Audit, *, reason: bool) -> str:
    failed = [check for check in audit.checks if check.status == "failed"]
    return say("data", "verdict", total=len(audit.checks), failed=failed, reason=reason)


def _table_span(table: Encounters) -> str:
    first, last = (period.start_time for period in table.periods[[0, -1]])
    return f"{first:%b %Y} to {last:%b %Y}, {table.frequency}"


def _splits(table: Encounters) -> list[str]:
    return [words for name, words in SPLIT_WORDS.items() if len(table.values(name) - {ALL}) > 1]


def _expelled(between: Outcome, expelled: Outcome) -> tuple[str, float]:
    """The span of expulsions, and their share in per cent of all encounters in it."""
    values = expelled.values
    span = show.span_name(*pd.PeriodIndex(values.index)[[0, -1]])
    return span, float(100 * values.sum() / between.values.reindex(values.index).sum())
