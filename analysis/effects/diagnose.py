"""Checks of a fit: what could make its numbers wrong, tested where it can be tested."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import wraps
from typing import Any, cast

import numpy as np
import pandas as pd
from scipy import stats
from statsmodels.stats.diagnostic import acorr_ljungbox
from statsmodels.stats.stattools import durbin_watson

from analysis import show
from analysis.design import Design
from analysis.design.identified import MIN_SPARE, dependent
from analysis.design.scale import told, unit_of
from analysis.effects.checks import Check
from analysis.errors import AnalysisError, attempt
from analysis.models import Fit, fit
from analysis.models.batch import METHODS, Method, Problem, batch_contrasts
from analysis.show.templates import Told

SIGNIFICANT = 0.05
DW_RANGE = (1.5, 2.5)
EDGE = 0.95
# Rows of all fits without one of them, as each is a fit of its own; and fewest such fits.
ROWS = 50_000
FEWEST_LEFT_OUT = 3
EDGE_WEIGHT = 0.2


@dataclass(frozen=True, kw_only=True)
class Checks(Told):
    """The `checks` of a fit, which show themselves as a table."""

    checks: tuple[Check, ...]

    def __getitem__(self, name: str) -> Check:
        """The check with this name."""
        return next(check for check in self.checks if check.name == name)

    @property
    def failed(self) -> tuple[Check, ...]:
        """The checks that failed."""
        return tuple(check for check in self.checks if check.status == "failed")


# Whether a fit passed, or why it cannot be told; and the facts for the words.
Finding = tuple[bool | str, Mapping[str, Any]]
CHECKS: list[Callable[[Fit], Check]] = []


def in_words(name: str) -> Callable[[Callable[[Fit], Finding]], Callable[[Fit], Check]]:
    """Make a check of what finds something in a fit; its words are in `diagnose.yml`."""

    def wrap(find: Callable[[Fit], Finding]) -> Callable[[Fit], Check]:
        @wraps(find)
        def check(fitted: Fit) -> Check:
            found, facts = find(fitted)
            outcome = found if isinstance(found, str) else "passed" if found else "failed"
            told = {"step": fitted.design.outcome.step, **facts}
            words = show.words("effects/diagnose.yml")[name]
            question, reason = (words[part].format(**told) for part in ("question", outcome))
            return Check(
                name=name,
                question=question,
                reason=reason,
                good=found if isinstance(found, bool) else None,
                statistic=facts.get("statistic"),
                p_value=facts.get("p_value"),
            )

        CHECKS.append(check)
        return check

    return wrap


def check_fit(fitted: Fit) -> Checks:
    """All checks of a fit. One that cannot be run here says why.

    Parameters
    ----------
    fitted : a fit of any model.
    """
    return Checks(checks=tuple(check(fitted) for check in CHECKS))


@in_words("autocorrelation")
def check_autocorrelation(fitted: Fit) -> Finding:
    """Ljung-Box test on the innovations, up to min(10, n // 5) lags."""
    innovations, own = _innovations(fitted), fitted.design.time[fitted.design.own]
    lags, used = min(10, len(innovations) // 5), int(fitted.rho != 0)
    gap = (np.diff(own) > 1).any()
    if lags <= used or gap:
        return "gap" if gap else "short", {}
    test = acorr_ljungbox(innovations, lags=[lags], model_df=used)
    statistic, p = float(test["lb_stat"].iloc[0]), float(test["lb_pvalue"].iloc[0])
    return p >= SIGNIFICANT, {"statistic": statistic, "p_value": p}


@in_words("durbin-watson")
def check_durbin_watson(fitted: Fit) -> Finding:
    """Durbin-Watson statistic of the innovations; 2 is no correlation, 0 <= DW <= 4."""
    statistic, (low, high) = float(durbin_watson(_innovations(fitted))), DW_RANGE
    return low <= statistic <= high, {"statistic": statistic}


@in_words("boundary")
def check_boundary(fitted: Fit) -> Finding:
    """Whether the AR(1) coefficient is at the edge of -1 < rho < 1."""
    distribution = fitted.distribution
    if distribution is None or not distribution.sigma.any():
        return "other", {"model": fitted.model}
    beyond = float(distribution.weight[np.abs(distribution.rho) > EDGE].sum())
    told, weight, wanders = show.words("effects/diagnose.yml")["boundary"], "", ""
    if len(distribution.weight) > 1:
        weight = told["weight"].format(edge=EDGE, share=beyond)
    if (straight := fitted.details.get("straight trend")) is not None:
        # A slope that wanders is no matter of rho: the check does not fail for it.
        wanders = told["wanders"].format(share=1 - straight)
    facts = {"rho": show.number(fitted.rho, 2), "weight": weight, "wanders": wanders}
    return beyond <= EDGE_WEIGHT, {**facts, "statistic": fitted.rho}


@in_words("normality")
def check_normality(fitted: Fit) -> Finding:
    """Shapiro-Wilk test on the innovations (Jarque-Bera above 5,000 rows)."""
    values = _innovations(fitted)
    test = stats.shapiro(values) if len(values) <= 5000 else stats.jarque_bera(values)
    p = float(test.pvalue)
    return p >= SIGNIFICANT, {"statistic": float(test.statistic), "p_value": p}


@in_words("influence")
def check_influence(fitted: Fit) -> Finding:
    """The largest move of the average effect when one period is left out, in standard errors."""
    design = fitted.design
    if fitted.distribution is None:
        return "no terms", {}
    row = _average_row(design)
    base, error, *_ = fitted.known.summarise(row)[0]
    likely = _likely(design, row)
    moves = _leave_one_out(fitted, row, likely)
    if not moves or not error > 0:
        return "none", {}
    where, without = max(moves, key=lambda item: abs(item[1] - base))
    largest = float(abs(without - base) / error)
    some = f" Tried without each of the {show.many(len(likely), design.outcome.step)} likeliest to."
    return largest < 1, {
        "statistic": largest,
        "where": show.capital(show.period_name(where)),
        "moved": show.number(largest, 2 if largest < 10 else 0),
        "tried": some if len(likely) < len(design.y) else "",
    }


@in_words("trend")
def check_trend(fitted: Fit) -> Finding:
    """Whether a curved trend fits better: the p-value of an added quadratic term."""
    design = fitted.design
    if fitted.distribution is None:
        return "no terms", {}
    curve = (design.time - design.time.mean()) ** 2.0
    curved = replace(design, X=design.X.assign(curve=curve))
    X = curved.X.to_numpy()
    if "trend" not in design.X or dependent(X).any() or len(X) - X.shape[1] < MIN_SPARE:
        return "not told", {}
    try:
        known = fit(curved, fitted.model, **fitted.options).known
    except AnalysisError as error:
        return "refused", {"problem": error.problem}
    value, std_error, *_, p = known.summarise(np.eye(curved.X.shape[1])[-1])[0]
    if not np.isfinite(p):
        return "not identified", {}
    average = told(known.summarise(_average_row(curved)), design.in_per_cent)[0, 0]
    words = show.rough(average, unit_of(design.outcome, design.scale))
    facts = {"statistic": float(value / std_error), "p_value": float(p), "average": words}
    return bool(p >= SIGNIFICANT), facts


def _innovations(fitted: Fit) -> np.ndarray:
    """Those of the rows that were fitted: of a forecast, the pre-period."""
    rows = fitted.design.pre if fitted.distribution is None else slice(None)
    return fitted.innovations.to_numpy()[rows]


def _average_row(design: Design) -> np.ndarray:
    return design.difference[design.post].mean(axis=0)


def _likely(design: Design, row: np.ndarray) -> np.ndarray:
    """The rows likeliest to move a contrast, by least squares: all, or as many as `ROWS` allow."""
    n, X = len(design.y), design.X.to_numpy()
    Q, R = np.linalg.qr(X)
    y, pull = design.y.to_numpy(), Q @ np.linalg.solve(R.T, row)
    moves = np.abs(pull * (y - Q @ (Q.T @ y)) / np.maximum(1 - (Q**2).sum(axis=1), 1e-9))
    return np.sort(np.argsort(-moves)[: max(ROWS // n, FEWEST_LEFT_OUT)])


def _leave_one_out(
    fitted: Fit, row: np.ndarray, without: np.ndarray
) -> list[tuple[pd.Period, float]]:
    """The median of a contrast without each of some rows in turn, where the rest identifies it."""
    design, rows = fitted.design, np.arange(len(fitted.design.y))
    rests = {
        period: design.take(rows != i)
        for i, period in zip(without, design.periods[without], strict=True)
    }
    rests = {period: d for period, d in rests.items() if not dependent(d.X.to_numpy()).any()}
    if fitted.model in METHODS and not (
        fitted.options or design.comparison or design.terms["rate"]
    ):
        problems = [Problem.of(d, row) for d in rests.values()]
        medians = batch_contrasts(problems, model=cast(Method, fitted.model))["estimate"]
        return list(zip(rests, medians, strict=True))
    fits = {p: attempt(fit, d, fitted.model, **fitted.options) for p, d in rests.items()}
    return [
        (period, float(one.known.plain().summarise(row)[0, 0]))
        for period, one in fits.items()
        if isinstance(one, Fit)
    ]
