"""The outcome of a test: what was asked, what was found, and whether the test is valid here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from analysis import show

Status = Literal["passed", "failed", "not valid"]


@dataclass(frozen=True, kw_only=True)
class Check(show.Shown):
    """One check.

    question : what a reader wants to know, as a question.
    null : the null hypothesis, or the rule that is checked.
    statistic, p_value : None where the check has none; 0 <= p_value <= 1.
    status : "passed", "failed", or "not valid" where the check cannot be run here.
    reason : in words, why it passed, failed, or is not valid.
    """

    name: str
    question: str
    null: str
    statistic: float | None = None
    p_value: float | None = None
    status: Status
    reason: str


def judged(
    name: str,
    question: str,
    null: str,
    reason: str,
    good: bool | None = None,
    statistic: float | None = None,
    p_value: float | None = None,
) -> Check:
    """A check that passed or failed; one that is not valid here where `good` is None."""
    return Check(
        name=name,
        question=question,
        null=null,
        statistic=statistic,
        p_value=p_value,
        status="not valid" if good is None else "passed" if good else "failed",
        reason=reason,
    )
