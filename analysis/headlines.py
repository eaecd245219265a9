"""The first sentence of each page, from its results. It computes nothing.

The pages of the main effect and of the data have their own (`prose.answer`,
`prose_data.answer`).
"""

from __future__ import annotations

from analysis import show
from analysis.claims import CheckedClaims
from analysis.outcome import Outcome
from analysis.prose import Headline
from analysis.robustness.comparison import Cells, Compared
from analysis.robustness.placebo import Placebo
from analysis.robustness.weekly import FirstWeeks


def claims_headline(checked: CheckedClaims) -> Headline:
    """How many claims have which verdict, most frequent first."""
    verdicts = checked.table["verdict"].value_counts()
    parts = [f"{count} {verdict}" for verdict, count in verdicts.items()]
    return Headline(
        sentence=f"Of {len(checked.claims)} claims and published figures: {show.join_words(parts)}."
    )


def placebo_headline(placebo: Placebo) -> Headline:
    """Where the real estimate ranks among the same design at earlier dates."""
    return Headline(
        sentence=placebo.sentence(),
        short=f"p = {show.p_value(placebo.p_value)}",
    )


def groups_headline(compared: Compared, unmoved: Cells) -> Headline:
    """The effect on the ratio, and which of the series that should not move did move."""
    ratio = compared.table.loc["ratio"]
    moved = unmoved.table[(unmoved.table["lower"] > 0) | (unmoved.table["upper"] < 0)]
    detail = [
        f"{row.cell}, which the restrictions are not about, moved too: "
        f"{show.amount(row.estimate, row.unit)} "
        f"({show.interval(row.lower, row.upper, row.unit)}). That speaks against reading the "
        "whole change as the work of the restrictions."
        for row in moved.itertuples()
    ]
    return Headline(
        sentence="Relative to unaccompanied children, who are exempt, encounters of families and "
        f"single adults changed by {show.amount(ratio['estimate'], ratio['unit'], 0)} "
        f"({show.interval(ratio['lower'], ratio['upper'], ratio['unit'], 0)}) on average.",
        detail=(compared.trends.reason, *detail),
        short=show.amount(ratio["estimate"], ratio["unit"], 0),
    )


def weekly_headline(weeks: FirstWeeks, outcome: Outcome) -> Headline:
    """What the series is, and how far the last of the first weeks lies from the base."""
    last = weeks.table.iloc[-1]
    return Headline(
        sentence=f"In {show.period_name(last['period'])}, {outcome.name} stood at "
        f"{show.amount(last['estimate'], '%', 0)} against the time before the restrictions.",
        detail=tuple(str(piece) for piece in outcome.pieces)
        + tuple(caveat for piece in outcome.pieces for caveat in piece.source.caveats),
    )
