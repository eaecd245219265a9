"""The pages that only a question of one's own has, in sentences that hold for any series."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from analysis import show
from analysis.design import Design
from analysis.effects.diagnose import Checks
from analysis.effects.estimands import Effects
from analysis.errors import AnalysisError
from analysis.outcome import Outcome, missing_words
from analysis.pages import effect
from analysis.pages.comparison import two_group_note
from analysis.pages.said import prose, say
from analysis.pages.summary import (
    gap_words,
    placebo_words,
    sign_words,
    spread_words,
    starts_words,
    told_words,
)
from analysis.pages.words import Headline, Prose, bracketed, itself, shown
from analysis.robustness.comparison import Compared
from analysis.robustness.curve.specification import Curve, by_series
from analysis.robustness.placebo import Placebo
from analysis.robustness.power import Power
from analysis.robustness.varied import Windows
from analysis.robustness.weighted import Weighted

__all__ = [
    "answer",
    "cannot_rule_out",
    "comparison_headline",
    "data_headline",
    "holds",
    "itself",
    "shown",
    "stays_open",
    "two_group_note",
    "values_table",
    "weighted_note",
]
# So many values stand on the page; the rest is in effects.csv.
MOST_VALUES = 400
# A mix that takes out less than this share, in per cent, of how the series moved before fits badly.
POOR = 75


def answer(effects: Effects, curve: Curve | AnalysisError) -> Headline:
    """The answer with its range over choices, and what it does not say."""
    main = effect.answer(effects)
    spread = spread_words(by_series(curve).iloc[0]) if isinstance(curve, Curve) else ""
    gap = gap_words(effects.fit.design, "whatever else changed at the same time is in it")
    return replace(main, detail=(*main.detail, spread, gap))


def holds(
    placebo: Placebo | AnalysisError, windows: Windows | AnalysisError, curve: Curve | AnalysisError
) -> Prose:
    """Placebo dates, first periods and the sign over all choices, as far as they could be had."""
    return Prose(
        points=(
            f"Earlier dates cannot be tried: {placebo.rule}"
            if isinstance(placebo, AnalysisError)
            else placebo_words(placebo),
            "" if isinstance(windows, AnalysisError) else starts_words(windows),
            "" if isinstance(curve, AnalysisError) else sign_words(by_series(curve).iloc[0]),
        )
    )


def stays_open(checks: Checks, power: Power | AnalysisError, design: Design) -> Prose:
    """What the figures cannot settle, and the checks that failed."""
    told = "" if isinstance(power, AnalysisError) else told_words(power)
    return prose("question", "open", failed=checks.failed, told=told, step=design.outcome.step,
                 periods=int(design.post.sum()), caveats=design.outcome.caveats)  # fmt: skip


def data_headline(outcome: Outcome) -> Headline:
    """What the series is, in one sentence; what is missing, and its ends."""
    known = outcome.values.dropna()
    missing = missing_words(outcome.missing) if len(outcome.missing) else ""
    return Headline(
        sentence=say("question", "series", outcome=outcome),
        detail=(
            say("question", "ends", known=known),
            say("question", "missing", step=outcome.step, missing=missing),
            say("question", "zeros", count=int((known == 0).sum())),
        ),
        title=f"{show.capital(outcome.name)}: what the figures are",
    )


def values_table(outcome: Outcome) -> Prose:
    """The values as they are modelled from, newest last."""
    values = outcome.values.iloc[-MOST_VALUES:]
    rows = [
        (show.period_name(period), "missing" if pd.isna(value) else f"{value:,.6g}")
        for period, value in values.items()
    ]
    cut = "" if len(values) == len(outcome.values) else f"The last {len(values)} values. "
    table = show.table([outcome.step.title(), outcome.unit], rows, caption=f"{cut}{outcome.name}")
    return Prose(table=table)


def comparison_headline(compared: Compared) -> Headline:
    """The effect on one series relative to the other, and whether they went the same way before."""
    (treated, comparison), ratio = compared.words, compared.table.loc["ratio"]
    named = {"treated": treated, "comparison": comparison}
    return Headline(
        sentence=say("question", "against", **named, ratio=ratio),
        detail=(compared.trends.reason,),
        short=bracketed(ratio),
        title=f"{show.capital(treated)} against {comparison}",
    )


def weighted_note(weighted: Weighted) -> Prose:
    """How near the mix was before, the gap after, and how the p-value comes about."""
    design, own = weighted.design, weighted.ratios.iloc[0]
    before = design.y[design.pre]
    taken = max(0.0, 100 * (1 - own["before"] ** 2 / before.var(ddof=0)))
    off = 100 * own["before"] if design.in_per_cent else own["before"]
    rank = int((weighted.ratios["ratio"] >= own["ratio"]).sum())
    return prose("question", "weighted", weighted=weighted, row=weighted.table.loc["average"],
                 off=off, taken=taken, poor=POOR, rank=rank)  # fmt: skip


def cannot_rule_out(compared: Compared) -> Prose:
    """What no figure of the comparison can show."""
    treated, comparison = compared.words
    main = compared.effects.fit.design.intervention
    return prose("question", "cannot", main=main, treated=treated, comparison=comparison)
