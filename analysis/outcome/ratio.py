"""The ratio of two series, period by period."""

from __future__ import annotations

from analysis.errors import InputError
from analysis.outcome.series import Outcome, make_outcome


def ratio_outcome(treated: Outcome, comparison: Outcome, *, name: str | None = None) -> Outcome:
    """The ratio of two series over the periods that both have.

    Raises
    ------
    InputError : no period in common, or the comparison has a zero.
    """
    both = treated.periods.intersection(comparison.periods)
    if not len(both):
        raise InputError(
            f"'{treated.name}' and '{comparison.name}' have no period in common.",
            rule="A ratio is taken period by period.",
            remedy="Choose two series of the same frequency and time.",
        )
    below = comparison.values[both]
    if (below == 0).any():
        raise InputError(
            f"'{comparison.name}' is 0 in {below.index[below == 0][0]}.",
            rule="The lower series of a ratio is never 0.",
            remedy="Choose a larger group, or another window.",
        )
    return make_outcome(
        treated.values[both] / below,
        name=name or _ratio_name(treated, comparison),
        unit="ratio",
        kind="measure",
        pieces=(*treated.pieces, *comparison.pieces),
        catalogue=treated.catalogue,
    )


def own_words(first: Outcome, second: Outcome) -> tuple[str, str, str]:
    """The parts that the names of two series begin with in common, and each one's rest."""
    one, other = first.parts or (first.name,), second.parts or (second.name,)
    same = 0
    while same < min(len(one), len(other)) - 1 and one[same] == other[same]:
        same += 1
    return ", ".join(one[:same]), ", ".join(one[same:]), ", ".join(other[same:])


def _ratio_name(treated: Outcome, comparison: Outcome) -> str:
    head, above, below = own_words(treated, comparison)
    return f"ratio of {above} to {below}" + (f", {head}" if head else "")
