"""The pages that only a question of one's own has, in sentences that hold for any series."""

from __future__ import annotations

import pandas as pd

from analysis import show
from analysis.design import Design
from analysis.effects.diagnose import Checks
from analysis.effects.estimands import Effects
from analysis.errors import AnalysisError
from analysis.outcome import Outcome, missing_words
from analysis.pages import effect
from analysis.pages.comparison import two_group_note
from analysis.pages.summary import (
    gap_words,
    placebo_words,
    sign_words,
    spread_words,
    starts_words,
    told_words,
)
from analysis.pages.words import Headline, Prose, bracketed, estimated, itself, shown, signed, size
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
    main, design = effect.answer(effects), effects.fit.design
    spread = spread_words(by_series(curve).iloc[0]) if isinstance(curve, Curve) else ""
    why = "whatever else changed at the same time is in it"
    return Headline(
        sentence=main.sentence,
        detail=(*main.detail, spread, gap_words(design, why)),
        short=main.short,
        title=main.title,
    )


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
    failed = [f"{check.question} {check.reason}" for check in checks.failed]
    return Prose(
        points=(
            f"Checks of the model that failed: {' '.join(failed)}" if failed else "",
            "" if isinstance(power, AnalysisError) else told_words(power),
            "The expected path is carried through "
            f"{show.many(int(design.post.sum()), design.outcome.step)}: the further out, the more "
            "it rests on what it follows.",
            *design.outcome.caveats,
        )
    )


def data_headline(outcome: Outcome) -> Headline:
    """What the series is, in one sentence; what is missing, and its ends."""
    known, name = outcome.values.dropna(), show.capital(outcome.name)
    zeros = int((known == 0).sum())
    low, high = known.idxmin(), known.idxmax()
    missing = len(outcome.missing) and missing_words(outcome.missing)
    return Headline(
        sentence=f"{name}: {show.many(len(outcome.periods), outcome.step)}, "
        f"{show.span_name(*outcome.periods[[0, -1]])}, in {outcome.unit}.",
        detail=(
            f"The lowest is {known[low]:,.6g} {show.in_period(low)}, the highest "
            f"{known[high]:,.6g} {show.in_period(high)}.",
            f"Missing, and not filled: {missing}." if missing else f"No {outcome.step} is missing.",
            f"{zeros} of the values are 0." if zeros else "",
        ),
        title=f"{name}: what the figures are",
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
    treated, comparison = compared.words
    ratio = compared.table.loc["ratio"]
    return Headline(
        sentence=f"Against {comparison}, {treated} changed by {estimated(ratio)} on average.",
        detail=(compared.trends.reason,),
        short=bracketed(ratio),
        title=f"{show.capital(treated)} against {comparison}",
    )


def weighted_note(weighted: Weighted) -> Prose:
    """How near the mix was before, the gap after, and how the p-value comes about."""
    design, row = weighted.design, weighted.table.loc["average"]
    ratios, own = weighted.ratios, weighted.ratios.iloc[0]
    before = weighted.design.y[design.pre]
    taken = max(0.0, 100 * (1 - own["before"] ** 2 / before.var(ddof=0)))
    off = 100 * own["before"] if design.in_per_cent else own["before"]
    rank = int((ratios["ratio"] >= own["ratio"]).sum())
    return Prose(
        f"Before, the mix was off by {size(off, row['unit'])} (root mean square): it takes out "
        f"{show.number(taken)}% of how the series moved. "
        + ("" if taken >= POOR else "That is a poor fit, and the gap after means little. ")
        + f"Afterwards the series is {signed(row['estimate'], row['unit'])} from it on average.",
        f"Each of the {len(ratios)} series in turn takes the place of the first. By the ratio of "
        f"its gaps after to those before, the first has place {rank}: p "
        f"{show.p_value(row['p_value'])}. So many series cannot give a p below one by their "
        f"number, {show.p_value(weighted.smallest)}. There is no interval: with one series "
        "under study nothing here says how far chance moves the gap.",
    )


def cannot_rule_out(compared: Compared) -> Prose:
    """What no figure of the comparison can show."""
    treated, comparison = compared.words
    main = compared.effects.fit.design.intervention.called
    return Prose(
        points=(
            f"That {main} reached {comparison} too: the effect on {treated} would then be larger, "
            "or smaller, than it looks.",
            f"That something else touched {treated} or {comparison} alone at the same time.",
            "That the two were drifting apart in a way that is no straight line.",
        )
    )
