"""The first sentence of each page, from its results. It computes nothing.

The page of the main effect has its own (`prose.answer`).
"""

from __future__ import annotations

from analysis import show
from analysis.diagnose import Checks
from analysis.outcome import Outcome
from analysis.prose import Headline
from analysis.robustness.placebo import Placebo
from analysis.selection import COMPONENTS


def data_headline(between: Outcome, at_ports: Outcome, checks: Checks) -> Headline:
    """What the figures are, and how many of the comparisons between publishers fail."""
    span = show.span_name(between.periods[0], between.periods[-1])
    counts = [
        f"{show.number(series.values.sum())} {COMPONENTS[code]}"
        for series, code in ((between, "usbp"), (at_ports, "ofo"))
    ]
    failed = [check.reason for check in checks.failed]
    return Headline(
        sentence=f"{span}: {show.join_words(counts)}, on the southwest border.",
        detail=(
            "An encounter is an event, not a person.",
            f"{len(failed)} of {len(checks.checks)} comparisons between publishers fail. "
            + " ".join(failed),
        ),
    )


def placebo_headline(placebo: Placebo) -> Headline:
    """Where the real estimate ranks among the same design at earlier dates."""
    return Headline(
        sentence=placebo.sentence(),
        short=f"p = {show.p_value(placebo.p_value)}",
    )
