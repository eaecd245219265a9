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
from typing import Any, Literal

import numpy as np
import pandas as pd

from analysis import show
from analysis.border.claims.ledger import Claim, Claimed, Comparison, load_claims
from analysis.border.claims.measures import measure
from analysis.errors import InputError, unknown_name

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
class CheckedClaim:
    """A claim, the value that the data give, the verdict, and why.

    value : in the unit of the claim; None for a path, or if no check is possible.
    path : the lowest and highest change, where the measure is a path (`lower` and `upper` in the
        table).
    also : label, value and unit of each further comparison.
    """

    claim: Claim
    verdict: Verdict
    reason: str
    value: float | None = None
    path: tuple[float, float] | None = None
    also: tuple[tuple[str, float, str], ...] = ()


@dataclass(frozen=True, kw_only=True)
class CheckedClaims:
    """All claims of a ledger, checked."""

    claims: tuple[CheckedClaim, ...] = field(repr=False)

    def __getitem__(self, name: str) -> CheckedClaim:
        """The claim with this name in the ledger."""
        found = {checked.claim.name: checked for checked in self.claims}
        if name not in found:
            raise unknown_name("claim", name, found)
        return found[name]

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

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        return show.with_table(self._repr_html_(), self.table.rename_axis("fit"))

    def _repr_html_(self) -> str:
        rows = [
            (
                f"{checked.claim.text} ({said_by(checked.claim)})",
                _claimed(checked.claim),
                _shown(checked),
                checked.verdict,
                " ".join([checked.reason, *proportions(checked)]),
            )
            for checked in self.claims
        ]
        header = ["What was said", "Claimed", "Figures give", "Verdict", "Why"]
        return show.table(header, rows, caption="Claims beside the figures", kind="claims")


def check_claims(claims: Iterable[Claim] | None = None) -> CheckedClaims:
    """Check each claim against the figures; None for the package's own ledger.

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
    value, parts = _named(claim, claim.check)
    elsewhere = _named(claim, claim.elsewhere) if claim.elsewhere else None
    verdict, reason = _judge(claim, value, parts, elsewhere)
    return CheckedClaim(
        claim=claim,
        value=None if claim.check.measure == "path" else value,
        path=(parts.min(), parts.max()) if claim.check.measure == "path" else None,
        verdict=verdict,
        reason=" ".join(filter(None, [reason, claim.caveat])),
        also=tuple((_labelled(c), _named(claim, c)[0], c.unit) for c in claim.also),
    )


def _judge(
    claim: Claim, value: float, parts: np.ndarray, elsewhere: tuple[float, np.ndarray] | None
) -> tuple[Verdict, str]:
    claimed, check = claim.claimed, claim.check
    assert check is not None
    found = _found(check, value, parts)
    if _holds(claimed, check, value, parts):
        return _supported(claimed, check, value, found)
    if elsewhere is not None and claim.elsewhere is not None:
        other_value, other_parts = elsewhere
        if _holds(claimed, claim.elsewhere, other_value, other_parts):
            other = _found(claim.elsewhere, other_value, other_parts)
            reason = f"{found} The size fits another series, {claim.elsewhere.label}. {other}"
            return "right size but wrong label", reason
    near, size = check.stands_for, claimed.value or 0.0
    if near and size and abs(value - size) <= near.within / 100 * abs(size):
        reason = f"{found} That is within {near.within:g}% of the claim, but {near.why}."
        return "cannot be checked with these data", reason
    return "not supported", found


def _supported(
    claimed: Claimed, check: Comparison, value: float, found: str
) -> tuple[Verdict, str]:
    near = f" Here {check.stands_for.why}." if check.stands_for else ""
    if claimed.value is None or claimed.bound or check.measure == "path":
        return "supported", found + near
    difference = abs(value - claimed.value)
    if difference <= REVISED * abs(claimed.value):
        exact = "" if _rounds(value, claimed) else " Figures are revised after publication."
        return "supported", found + exact + near
    if difference <= ROUNDED * abs(claimed.value):
        return "supported", found + near
    return "supported after rounding", f"{found} This rounds to the figure claimed.{near}"


def _holds(claimed: Claimed, check: Comparison, value: float, parts: np.ndarray) -> bool:
    if claimed.value is None:
        return value < 0
    if claimed.bound == "below":
        return value < claimed.value
    if check.measure == "path":
        return bool(parts.min() <= claimed.value <= parts.max())
    revised = abs(value - claimed.value) <= REVISED * abs(claimed.value)
    return revised or _rounds(value, claimed)


def _rounds(value: float, claimed: Claimed) -> bool:
    assert claimed.value is not None
    return abs(value - claimed.value) <= 0.5 * 10.0**-claimed.digits


def _found(check: Comparison, value: float, parts: np.ndarray) -> str:
    before = f" against {_window_name(check.window_a)}" if check.window_a else ""
    when = f"{_window_name(check.window_b)}{before}"
    if check.measure == "path":
        ends = (show.amount(parts[i], "%") for i in (0, -1))
        return f"{when}: the changes go from {' to '.join(ends)}."
    return f"{when}{TAKEN.get(check.measure, '')}: {written(value, check.unit)}."


def _labelled(comparison: Comparison) -> str:
    taken = TAKEN["total_change"] if comparison.measure == "total_change" else ""
    return f"{comparison.label}{taken}"


def _named(claim: Claim, comparison: Comparison) -> tuple[float, np.ndarray]:
    try:
        return measure(comparison)
    except InputError as error:
        raise InputError(
            f"Claim '{claim.name}': {error.problem}", rule=error.rule, remedy=error.remedy
        ) from None


def _window_name(window: tuple[str, str] | None) -> str:
    assert window is not None
    first, last = (pd.Period(end) for end in window)
    if first.freqstr == "M":
        return show.span_name(first, last)
    return f"{show.day_name(first)} to {show.day_name(last)}"


def said_by(claim: Claim) -> str:
    """Who said it, and when if that is known."""
    return claim.who if claim.when is None else f"{claim.who}, {show.day_name(claim.when)}"


def written(value: float, unit: str, digits: int = 1) -> str:
    """A figure beside a claim: per cent to `digits`, counts in full, as they were claimed."""
    return show.amount(value, unit, digits if unit == "%" else 0)


def proportions(checked: CheckedClaim) -> list[str]:
    """Each further comparison of a claim as a sentence."""
    return [
        f"{show.capital(label)}: {written(value, unit)}." for label, value, unit in checked.also
    ]


def _claimed(claim: Claim) -> str:
    claimed = claim.claimed
    if claimed.value is None:
        return "a fall"
    if claim.check is None:
        return f"{show.number(claimed.value, max(claimed.digits, 0))}{claimed.unit}"
    text = written(claimed.value, claimed.unit, max(claimed.digits, 0))
    return f"under {text}" if claimed.bound == "below" else text


def _shown(checked: CheckedClaim) -> str:
    unit = checked.claim.claimed.unit
    if checked.path:
        return " to ".join(written(end, unit) for end in reversed(checked.path))
    return "" if checked.value is None else written(checked.value, unit)
