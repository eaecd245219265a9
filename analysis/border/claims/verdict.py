"""Each claim beside the figure that the data give, with a verdict by rule.

The rule, in this order, v the value computed and c the figure claimed:
1. v rounds to c at c's digits and differs by at most 1% of it, or v differs by at most 0.1% (as
   later revisions do): supported.
2. v rounds to c: supported after rounding.
3. The claim holds for the comparison `elsewhere`: right size but wrong label.
4. The series only stands for the one claimed, and v is within its tolerance: cannot be checked.
5. Otherwise: not supported.
A bound holds if v keeps to it, a fall if v < 0, a path if c lies between its smallest and largest.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd

from analysis import show
from analysis.border.claims.ledger import Calculation, Claim, Claimed, load_claims
from analysis.border.selection import load_outcome
from analysis.errors import InputError, unknown_name
from analysis.outcome import Outcome
from analysis.show.templates import Told, say


@dataclass(frozen=True, kw_only=True)
class Figure:
    """What the data give for a calculation.

    parts : what the value is made of: the path from first to last, or each year's value.
    """

    check: Calculation
    value: float
    parts: np.ndarray

    @property
    def is_path(self) -> bool:
        """Whether a claim is held against all of the path and not against the value."""
        return self.check.measure == "path"


def measure(calculation: Calculation) -> Figure:
    """The value of a calculation."""
    outcome = load_outcome(**calculation.series)
    base = int(calculation.window_b[0][:4])
    first, last = calculation.years or (base, base)
    years = range(first - base, last - base + 1)
    parts = np.concatenate([_measured(outcome, calculation, shift) for shift in years])
    deepest = calculation.measure == "deepest"
    value = np.median(parts) if calculation.years else parts.min() if deepest else parts[-1]
    return Figure(check=calculation, value=float(value), parts=parts)


def mean_a_day(outcome: Outcome, window: tuple[str, str]) -> tuple[float, float]:
    """Sum and mean a day of a window of months or days, first and last inclusive.

    Days inside a period count as if every day of it had the same number.
    """
    first, last = _days(window)
    part = outcome.window(str(first.date()), str(last.date()))
    starts = np.maximum(part.periods.start_time, first)
    ends = np.minimum(part.periods.end_time.normalize(), last)
    days = ((ends - starts) / pd.Timedelta(days=1) + 1).to_numpy()
    total = float((part.rate.to_numpy() * days).sum())
    return total, total / float(days.sum())


def _measured(outcome: Outcome, calculation: Calculation, shift: int) -> np.ndarray:
    """The value of a comparison moved by `shift` years, or each of a path."""
    after = _shifted(calculation.window_b, shift)
    total, mean = mean_a_day(outcome, after)
    if calculation.window_a is None:
        return np.array([total if calculation.measure == "count" else mean])
    before_total, before_mean = mean_a_day(outcome, _shifted(calculation.window_a, shift))
    if calculation.measure == "total_change":
        return np.array([100 * (total / before_total - 1)])
    if calculation.measure == "change":
        return np.array([100 * (mean / before_mean - 1)])
    part = outcome.window(*(str(day.date()) for day in _days(after)))
    return 100 * (part.rate.to_numpy() / before_mean - 1)


def _days(window: tuple[str, str]) -> tuple[pd.Timestamp, pd.Timestamp]:
    first, last = (pd.Period(end) for end in window)
    return first.start_time, last.end_time.normalize()


def _shifted(window: tuple[str, str], years: int) -> tuple[str, str]:
    first, last = (f"{int(end[:4]) + years}{end[4:]}" for end in window)
    return first, last


Verdict = Literal[
    "supported",
    "supported after rounding",
    "right size but wrong label",
    "not supported",
    "cannot be checked with these data",
]
# How a change is taken: two months of other lengths differ otherwise in total than by day.
TAKEN = {"change": ", as a mean a day", "total_change": ", in total"}
ROUNDED = 0.01
REVISED = 0.001


@dataclass(frozen=True, kw_only=True)
class CheckedClaim(show.Shown):
    """A claim, the value that the data give, the verdict, and why.

    value : in the unit of the claim; None for a path, or if no check is possible.
    path : the lowest and highest change, where the measure is a path (`lower` and `upper` in the
        table).
    also : label, value and unit of each further calculation.
    """

    claim: Claim
    verdict: Verdict
    reason: str
    value: float | None = None
    path: tuple[float, float] | None = None
    also: tuple[tuple[str, float, str], ...] = ()

    @property
    def ends(self) -> list[float]:
        """The value computed, or the ends of a path, the smaller fall first."""
        return [end for end in (*reversed(self.path or ()), self.value) if end is not None]

    @property
    def shown(self) -> str:
        """What the figures give, in words; empty if nothing."""
        return " to ".join(written(end, self.claim.claimed.unit) for end in self.ends)

    @property
    def claimed(self) -> str:
        """The figure claimed, as it was given."""
        claimed, digits = self.claim.claimed, max(self.claim.claimed.digits, 0)
        if claimed.value is None:
            return "a fall"
        if self.claim.check is None:
            return f"{show.number(claimed.value, digits)}{claimed.unit}"
        under = "under " * (claimed.bound == "below")
        return under + written(claimed.value, claimed.unit, digits)

    @property
    def proportions(self) -> list[str]:
        """Each further comparison as a sentence."""
        return [f"{show.capital(label)}: {written(v, unit)}." for label, v, unit in self.also]

    @property
    def said(self) -> str:
        """The claim in its own words, and who said it when."""
        when = f", {show.day_name(self.claim.when)}" if self.claim.when else ""
        return f"\u201c{self.claim.text}\u201d ({self.claim.who}{when})"


@dataclass(frozen=True, kw_only=True)
class CheckedClaims(Told, rows=""):
    """All claims of a ledger, checked."""

    claims: tuple[CheckedClaim, ...] = field(repr=False)

    def __getitem__(self, name: str) -> CheckedClaim:
        """The claim with this name in the ledger."""
        named = {checked.claim.name: checked for checked in self.claims}
        if name not in named:
            raise unknown_name("claim", name, named)
        return named[name]

    @property
    def table(self) -> pd.DataFrame:
        """One row a claim: what was said, the figure claimed, the estimate, the verdict."""
        rows = [
            {
                **{key: getattr(one.claim, key) for key in ("text", "who", "when", "about")},
                "claimed": one.claim.claimed.value,
                "estimate": one.value,
                **dict(zip(("lower", "upper"), one.path or (None, None), strict=True)),
                "unit": one.claim.claimed.unit,
                "verdict": one.verdict,
                "reason": one.reason,
            }
            for one in self.claims
        ]
        return pd.DataFrame(rows, index=pd.Index([c.claim.name for c in self.claims], name="claim"))

    @property
    def counts(self) -> pd.Series:
        """How many claims have each verdict."""
        return self.table["verdict"].value_counts()


def check_claims(claims: Iterable[Claim] | None = None) -> CheckedClaims:
    """Check each claim against the figures; None for the package's own ledger.

    Parameters
    ----------
    claims : of `load_claims`.

    Raises
    ------
    InputError : a comparison asks for a series or a window that the tables do not have (names
        the claim).
    """
    chosen = load_claims() if claims is None else tuple(claims)
    return CheckedClaims(claims=tuple(_check(claim) for claim in chosen))


def _check(claim: Claim) -> CheckedClaim:
    if claim.check is None:
        return CheckedClaim(
            claim=claim,
            verdict="cannot be checked with these data",
            reason=" ".join(filter(None, [claim.no_data, claim.caveat])),
        )
    figure = _named(claim, claim.check)
    elsewhere = _named(claim, claim.elsewhere) if claim.elsewhere else None
    verdict, reason = _judge(claim.claimed, figure, elsewhere)
    return CheckedClaim(
        claim=claim,
        value=None if figure.is_path else figure.value,
        path=(figure.parts.min(), figure.parts.max()) if figure.is_path else None,
        verdict=verdict,
        reason=" ".join(filter(None, [reason, claim.caveat])),
        also=tuple((_labelled(c), _named(claim, c).value, c.unit) for c in claim.also),
    )


def _judge(claimed: Claimed, figure: Figure, elsewhere: Figure | None) -> tuple[Verdict, str]:
    said, near = _computed(figure), figure.check.stands_for
    if _holds(claimed, figure):
        plain = bool(claimed.bound) or figure.is_path
        if not plain and not _within(claimed, figure, ROUNDED):
            why = f" Here {near.why}." if near else ""
            return "supported after rounding", f"{said} This rounds to the figure claimed.{why}"
        revised = not plain and not _rounds(claimed, figure)
        said += " Figures are revised after publication." * revised
        return "supported", said + (f" Here {near.why}." if near else "")
    if elsewhere and _holds(claimed, elsewhere):
        fits = f"The size fits another series, {elsewhere.check.label}."
        return "right size but wrong label", f"{said} {fits} {_computed(elsewhere)}"
    if near and claimed.value and _within(claimed, figure, near.within / 100):
        said += f" That is within {near.within:g}% of the claim, but {near.why}."
        return "cannot be checked with these data", said
    return "not supported", said


def _holds(claimed: Claimed, figure: Figure) -> bool:
    if claimed.value is None or claimed.bound == "below":
        return figure.value < (claimed.value or 0)
    if figure.is_path:
        return bool(figure.parts.min() <= claimed.value <= figure.parts.max())
    return _within(claimed, figure, REVISED) or _rounds(claimed, figure)


def _within(claimed: Claimed, figure: Figure, share: float) -> bool:
    value = claimed.value or 0.0
    return abs(figure.value - value) <= share * abs(value)


def _rounds(claimed: Claimed, figure: Figure) -> bool:
    return abs(figure.value - (claimed.value or 0.0)) <= 0.5 * 10.0**-claimed.digits


def _computed(figure: Figure) -> str:
    check = figure.check
    facts = {
        "before": check.window_a and _window_name(check.window_a),
        "after": _window_name(check.window_b),
        "taken": TAKEN.get(check.measure, ""),
        "value": written(figure.value, check.unit),
    }
    return say("computed", figure=figure, **facts)


def _labelled(calculation: Calculation) -> str:
    taken = TAKEN["total_change"] if calculation.measure == "total_change" else ""
    return f"{calculation.label}{taken}"


def _named(claim: Claim, calculation: Calculation) -> Figure:
    try:
        return measure(calculation)
    except InputError as error:
        raise InputError(
            f"Claim '{claim.name}': {error.problem}", rule=error.rule, remedy=error.remedy
        ) from None


def _window_name(window: tuple[str, str]) -> str:
    first, last = (pd.Period(end) for end in window)
    if first.freqstr == "M":
        return show.span_name(first, last)
    return f"{show.day_name(first)} to {show.day_name(last)}"


def written(value: float, unit: str, digits: int = 1) -> str:
    """A figure beside a claim: per cent to `digits`, counts in full, as they were claimed."""
    return show.amount(value, unit, digits if unit == "%" else 0)
