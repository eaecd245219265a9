"""The questions that reviewers ask of an interrupted time series, filled from what a run found.

They are data, in checklist.yml. What no computation can answer is left open and marked so.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

import pandas as pd
import yaml

from analysis import show
from analysis.design import Design
from analysis.effects.diagnose import Checks
from analysis.effects.estimands import Effects
from analysis.errors import AnalysisError
from analysis.models import Fit, find_model
from analysis.outcome import missing_words
from analysis.pages.model_words import scale_words, season_words, shape_words
from analysis.pages.said import say
from analysis.robustness.comparison import Cells, Compared
from analysis.robustness.curve.specification import Curve
from analysis.robustness.placebo import Placebo
from analysis.robustness.power import Power
from analysis.robustness.varied import Windows

# Fewer periods than this on one side are called short; EPOC asks for at least the second.
SHORT, SHORTEST = 12, 3
NEAR = pd.DateOffset(months=6)
WORDING = "EPOC's items are in its own words (doi 10.1186/s13643-018-0877-4, Table 3)."
ANYTHING = "Something that touched one of the two series alone."
WHEN = {"level": "at once", "average": "on average"}
SURE = {"A": "primary text seen", "B": "good secondary source", "C": "weak source"}


@dataclass(frozen=True, kw_only=True)
class Run(show.Shown):
    """What a run found. Parts that were not run are None, or a refusal, and their items say so.

    breaks : what would break the comparison.
    """

    fit: Fit
    effects: Effects
    checks: Checks
    placebo: Placebo | AnalysisError | None = None
    windows: Windows | AnalysisError | None = None
    curve: Curve | AnalysisError | None = None
    compared: Compared | None = None
    unmoved: Cells | None = None
    power: Power | AnalysisError | None = None
    breaks: tuple[str, ...] = ()

    @property
    def design(self) -> Design:
        """The design of the fit."""
        return self.fit.design


@dataclass(frozen=True, kw_only=True)
class Item:
    """One question of the checklist.

    state : "found by the run", "for a person to judge" or "not run".
    found : what the run knows about it, in sentences; empty if nothing.
    open : what a person must judge; empty if nothing.
    """

    source: str
    question: str
    state: str
    found: str
    open: str = ""


@dataclass(frozen=True, kw_only=True)
class Checklist(show.Shown):
    """All items, in the order of the sources."""

    items: tuple[Item, ...] = field(repr=False)

    @property
    def open(self) -> tuple[Item, ...]:
        """The items that a person must judge."""
        return tuple(item for item in self.items if item.state == "for a person to judge")

    @property
    def table(self) -> pd.DataFrame:
        """One row an item."""
        return pd.DataFrame([vars(item) for item in self.items])

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        return show.with_table(self._repr_html_(), self.table)

    def _repr_html_(self) -> str:
        caption = (
            f"Checklist: {len(self.items)} questions, of which {len(self.open)} are left for a "
            f"person to judge. {WORDING}"
        )
        cells = {
            "Question": lambda item: f"{item.question} ({item.source})",
            "State": lambda item: item.state,
            "What is known": lambda item: (
                f"{item.found} {item.open and f'Open: {item.open}'}".strip()
            ),
        }
        return show.columns(self.items, cells, caption=caption, kind="checklist")


def fill_checklist(run: Run) -> Checklist:
    """Every item, from what the run holds."""
    facts = {**_design_facts(run), **_fit_facts(run), **_other_facts(run)}
    text = files("analysis.pages").joinpath("checklist.yml").read_text("utf-8")
    items = []
    for entry in yaml.safe_load(text):
        found, left = say("checklist", entry["fact"], **facts[entry["fact"]]), entry.get("open", "")
        left = left.format(breaks=" ".join(run.breaks) or ANYTHING)
        if entry["fact"] == "comparison" and not run.compared:
            left = ""
        state = "for a person to judge" if left else "found by the run" if found else "not run"
        item = {"source": entry["source"], "question": entry["question"]}
        items.append(Item(**item, state=state, found=found, open=left))
    return Checklist(items=tuple(items))


def _design_facts(run: Run) -> dict[str, dict[str, Any]]:
    """What the series and the design answer."""
    design, outcome, main = run.design, run.design.outcome, run.design.intervention
    step = outcome.step
    known = design.outcome.catalogue.values()
    first, last = pd.Timestamp(main.start) - NEAR, design.periods[-1].end_time
    near = [
        f"{event.label} ({show.day_name(event.start)})"
        for event in known
        if event.name != main.name and first <= pd.Timestamp(event.start) <= last
    ]
    # A file of one's own has a giver and no publisher.
    published = [piece.source.publisher for piece in outcome.pieces if piece.source.vintage]
    return {
        "date": {"main": main, "sure": SURE[main.confidence]},
        "outcome": {"outcome": outcome},
        "periods": {"before": int(design.pre.sum()), "after": int(design.post.sum()),
                    "step": step, "short": SHORT, "shortest": SHORTEST},
        "delay": {"main": main, "step": step,
                  "washout": [show.span_name(*span) for span in design.washout]},
        "season": {"season": season_words(design)},
        "shape": {"shape": shape_words(design)},
        "collection": {"outcome": outcome},
        "publishers": {"publishers": list(dict.fromkeys(published))},
        "missing": {"missing": missing_words(outcome.missing) if len(outcome.missing) else "",
                    "step": step,
                    "out": len(outcome.values.dropna().index.difference(design.periods)),
                    "rounded": [p for p in outcome.pieces if p.source.rounded_to > 1]},
        "events": {"near": near, "inside": [event.label for event in design.events]},
    }  # fmt: skip


def _fit_facts(run: Run) -> dict[str, dict[str, Any]]:
    """What the fit, its effects and its checks answer."""
    labels = {event.name: event.label for event in run.design.events}
    # The waves or indicators of a season are one term to a reader.
    names = ["season" if str(name).startswith("season ") else str(name) for name in run.design.X]
    terms = list(dict.fromkeys(labels.get(name, name) for name in names))
    post, step = run.design.periods[run.design.post], run.design.outcome.step
    # Years hold every season once; of weeks it is the months in which they begin.
    cycle = {"quarter": 4, "year": 1}.get(step, 12)
    covered = len({(period.start_time.month - 1) * cycle // 12 for period in post})
    return {
        "model": {"label": find_model(run.fit.model).label, "terms": terms,
                  "scale": scale_words(run.design)},
        "memory": {"rho": run.fit.rho, "checks": _checked(run.checks, "autocorrelation")},
        "drift": {"checks": _checked(run.checks, "boundary", "trend")},
        "unusual": {"checks": _checked(run.checks, "influence", "normality")},
        "sizes": {"effects": run.effects.effects},
        "bias": {"failed": [check.reason for check in run.checks.failed], "covered": covered,
                 "cycle": cycle,
                 "named": "quarters of the year" if cycle == 4 else "calendar months"},
    }  # fmt: skip


def _checked(checks: Checks, *names: str) -> str:
    """Checks of the fit in words; those that the run does not hold are passed over."""
    return " ".join(
        f"{check.question} {check.status.capitalize()}"
        f"{'' if check.p_value is None else f', {show.p_words(check.p_value)}'}. {check.reason}"
        for check in checks.checks
        if check.name in names
    )


def _other_facts(run: Run) -> dict[str, dict[str, Any]]:
    """What placebo dates, windows, the curve, power and other series answer, if they were run."""
    placebo, windows, curve, power = (
        None if isinstance(part, AnalysisError) else part
        for part in (run.placebo, run.windows, run.curve, run.power)
    )
    table = None if windows is None else windows.table
    rows = [] if power is None else list(power.table.itertuples())
    own = [row for row in rows if row.post_periods == run.design.post.sum()]
    return {
        "choices": {"placebo": placebo, "windows": table, "curve": curve,
                    "unit": "" if table is None else table["unit"].iloc[0]},
        "comparison": {"compared": run.compared,
                       "row": run.compared.table.loc["ratio"] if run.compared else None},
        "power": {"power": power, "rows": own, "when": WHEN},
        "shown": {"shown": [] if run.unmoved is None else list(run.unmoved.table["cell"])},
    }  # fmt: skip
