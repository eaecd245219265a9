"""The page of claims in sentences. It computes nothing."""

from __future__ import annotations

from collections.abc import Sequence

from analysis import show
from analysis.border.claims.verdict import CheckedClaim, CheckedClaims, proportions
from analysis.pages.words import Headline, Prose

# In the order of the headline, with the verb that goes with a number of claims.
WORDS = {
    "supported": "{n} are supported",
    "supported after rounding": "{n} after rounding",
    "right size but wrong label": "{n} of the right size but wrongly labelled",
    "not supported": "{n} not supported",
    "cannot be checked with these data": "{n} not to be checked with these data",
}


def claims_headline(checked: CheckedClaims) -> Headline:
    """How many claims have which verdict, in the order from supported to not to be checked."""
    counts = checked.counts
    parts = [text.format(n=counts[v]) for v, text in WORDS.items() if v in counts]
    sound = counts.get("supported", 0) + counts.get("supported after rounding", 0)
    return Headline(
        sentence=f"Of {len(checked.claims)} claims and published figures, "
        f"{show.join_words(parts)}.",
        detail=(_contradicted(checked),),
        short=f"{sound} of {len(checked.claims)} supported",
    )


def what_became_of(checked: CheckedClaims, names: Sequence[str]) -> Prose:
    """The named claims one by one: who said what, the verdict, the reason, the proportions."""
    return Prose(points=tuple(_story(checked[name]) for name in names))


def _contradicted(checked: CheckedClaims) -> str:
    wrong = [one.claim for one in checked.claims if one.verdict == "not supported"]
    if wrong:
        said = show.join_words([f"\u201c{claim.text}\u201d ({claim.who})" for claim in wrong])
        return f"Not supported: {said}."
    mislabelled = [
        f"{one.said} does not hold for the series that it names: that gives {one.shown}."
        for one in checked.claims
        if one.verdict == "right size but wrong label"
    ]
    return " ".join(
        [
            "Each figure that can be checked fits some series.",
            *mislabelled,
            "A verdict is about the arithmetic and the label.",
        ]
    )


def _story(one: CheckedClaim) -> str:
    return " ".join(filter(None, [f"{one.said}: {one.verdict}.", one.reason, *proportions(one)]))
