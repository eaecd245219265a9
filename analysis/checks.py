"""One shape for every check: what was asked, what was found, and whether it holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Status = Literal["passed", "failed", "not valid"]


@dataclass(frozen=True, kw_only=True)
class Check:
    """The answer of one check.

    name : a short label.
    question : what the check asks, in plain words.
    null : what would be true if nothing were wrong.
    statistic, p_value : the figure found and its p-value, 0 <= p_value <= 1; None where the
        check has none.
    status : "passed", "failed", or "not valid" where the check cannot answer.
    reason : the figures behind the status, in one sentence.
    """

    name: str
    question: str
    null: str
    statistic: float | None
    p_value: float | None
    status: Status
    reason: str
