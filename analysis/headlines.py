"""The first sentence of the page of robustness, from its results. It computes nothing.

The other pages have their own (`prose.answer`, `prose_data.answer`, `prose_claims`,
`prose_comparison`, `prose_weekly`).
"""

from __future__ import annotations

from analysis import show
from analysis.prose import Headline
from analysis.robustness.placebo import Placebo


def placebo_headline(placebo: Placebo) -> Headline:
    """Where the real estimate ranks among the same design at earlier dates."""
    return Headline(
        sentence=placebo.sentence(),
        short=f"p = {show.p_value(placebo.p_value)}",
    )
