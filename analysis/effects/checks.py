"""The outcome of a test: what was asked, what was found, and whether the test is valid here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from analysis import show


@dataclass(frozen=True, kw_only=True)
class Check(show.Shown):
    """One check.

    question : what a reader wants to know, as a question.
    reason : in words, why it passed, failed, or is not valid.
    good : whether it passed; None where it cannot be run here.
    statistic, p_value : None where the check has none; 0 <= p_value <= 1.
    """

    name: str
    question: str
    reason: str
    good: bool | None = None
    statistic: float | None = None
    p_value: float | None = None

    @property
    def status(self) -> Literal["passed", "failed", "not valid"]:
        """The verdict in a word."""
        return "not valid" if self.good is None else "passed" if self.good else "failed"
