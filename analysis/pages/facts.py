"""What the texts of the pages ask of results beyond their fields, and the words that they share.

What stands or is imported here is what a text can name.
"""

from __future__ import annotations

from calendar import month_name
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd
from IPython.display import Markdown
from pandas import Period

from analysis import show
from analysis.border import facts
from analysis.border.beside import figures_source
from analysis.border.events import catalogue
from analysis.border.groups import BREAKS
from analysis.border.sources.describe import LARGE
from analysis.border.sources.table import ALL
from analysis.border.weeks import FirstWeeks
from analysis.design import Design
from analysis.design.season import season_parts
from analysis.effects.contrasts import post_span
from analysis.effects.counterfactual import keeps_trend
from analysis.effects.equivalence import rule_out
from analysis.effects.estimands import Effect
from analysis.effects.lineup import LineUp
from analysis.models import find_model, registered_models
from analysis.outcome import Intervention, as_period, missing_words
from analysis.pages import words
from analysis.pages.words import FEWER
from analysis.plot.axes import is_rare
from analysis.robustness.breaks import Breaks
from analysis.robustness.counted import Counted
from analysis.robustness.curve.specification import by_series, invalid_choices
from analysis.robustness.estimating import excludes_zero
from analysis.robustness.history import count_false_alarms, untried_events
from analysis.robustness.varied import PhaseIns
from analysis.show import TIMES, unbroken
from analysis.validation import coverage as simulation
from analysis.validation.coverage import Coverage
from analysis.validation.rejections import load_rejections, share, shares

SHORTEST = 24  # periods of a series that is long enough for the usual coverage


def orientation(intervention: Intervention) -> Markdown:
    """What is studied, who else acted, and where to read of it; empty for what is not described."""
    return Markdown(facts("orientation.yml").get(intervention.name, ""))


def against(effect: Effect) -> str:
    """56% below; 12 times as high as; level with."""
    if effect.estimate == 0:
        return "level with"
    said = words.change(effect.estimate, effect.unit)
    return f"{said} as" if said.endswith("as high") else said


def per_period(effect: Effect, design: Design) -> Effect:
    """The same effect told for each period where a day has less than one of what is counted."""
    outcome = design.outcome
    days = float(outcome.days[design.periods[design.post]].mean())
    if effect.unit != outcome.rate_unit or not is_rare(outcome):
        return effect
    scaled = {name: getattr(effect, name) * days for name in ("estimate", "lower", "upper")}
    return replace(effect, unit=f"{outcome.unit} a {outcome.step}", **scaled)


def absent(design: Design) -> str:
    """The periods from the start to the end that the fit leaves out, in words; empty for none."""
    post = design.periods[design.post]
    out = pd.period_range(design.outcome.periods[design.T0], post[-1]).difference(post)
    return missing_words(out) if len(out) else ""


def row_headers(design: Design) -> dict[str, str]:
    """The columns of the rows around the start that a reader is shown, by their headers."""
    names = {name: name.capitalize() for name in ("trend", *design.terms["intervention"])}
    names |= {event.name: event.label for event in design.events}
    return {name: names[name] for name in design.rows_around() if name in names}


def near_events(design: Design) -> list[Intervention]:
    """Known events from six months before the intervention to the end."""
    main, last = design.intervention, design.periods[-1].end_time
    first = pd.Timestamp(main.start) - pd.DateOffset(months=6)
    every = design.outcome.catalogue.values()
    return [e for e in every if e.name != main.name and first <= pd.Timestamp(e.start) <= last]


def terms_of(design: Design) -> list[str]:
    """The terms by their labels. The waves or indicators of a season are one term to a reader."""
    labels = {event.name: event.label for event in design.events}
    names = ("season" if str(name).startswith("season ") else str(name) for name in design.X)
    return list(dict.fromkeys(labels.get(name, name) for name in names))


def seasons_covered(design: Design) -> tuple[int, int]:
    """How many of the seasons of a year the post-period has, and how many a year has.

    Years hold every season once; of weeks it is the months in which they begin.
    """
    cycle = {"quarter": 4, "year": 1}.get(design.outcome.step, 12)
    months = design.periods[design.post].start_time.month
    return len({(month - 1) * cycle // 12 for month in months}), cycle


def told_weeks(weeks: FirstWeeks) -> list[str]:
    """The changes of the weeks that something was given out about, and of the last one."""
    return [
        f"{words.signed(row.estimate, '%')} in week {i}"
        for i, row in enumerate(weeks.table.itertuples(), 1)
        if pd.notna(row.press) or i == len(weeks.table)
    ]


def averages(varied: PhaseIns) -> pd.DataFrame:
    """The average with a step at once, with the chosen phase-in, and with the longest."""
    part = varied.table[varied.table["estimand"] == "average"]
    chosen = part[part["chosen"]] if part["chosen"].any() else part.iloc[:1]
    return pd.concat([part.iloc[:1], chosen, part.iloc[-1:]]).drop_duplicates("phase_in")


def shares_gone(mixes: LineUp) -> list[float]:
    """Of the first average, the per cents that the others are without, in logs, as it is fitted."""
    logs = np.log1p(mixes.table.xs("average", level="estimand")["estimate"] / 100)
    return sorted(100 * (1 - logs.iloc[1:] / logs.iloc[0]))


def against_counts(moved: pd.DataFrame, counted: Counted) -> dict[str, float]:
    """The counted change of each series that the model sees go the other way.

    moved : rows with `cell` and the standard columns.
    """
    counts = counted.table.set_index("label")["estimate"]
    pairs = moved.set_index("cell")["estimate"].items()
    return {str(name): counts[name] for name, value in pairs if value * counts[name] < 0}


def strongest(found: Mapping[str, Breaks]) -> list[str]:
    """The first periods after the breaks at which the test is strongest, each once."""
    return list(dict.fromkeys(show.period_name(one.path.idxmax() + 1) for one in found.values()))


def usual(found: Coverage, model: str) -> pd.DataFrame:
    """The cells of a model for series that are long enough."""
    return found.table.xs(model, level="model").query(f"n >= {SHORTEST}")


FILTERS = (
    words.bracketed, words.change, words.clear_words, words.ends, words.estimated, words.signed,
    words.size, against, missing_words, per_period, share, shares,
)  # fmt: skip
