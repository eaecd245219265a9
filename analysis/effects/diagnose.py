"""Checks of a fit: what could make its numbers wrong, tested where it can be tested."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy import stats
from statsmodels.stats.diagnostic import acorr_ljungbox
from statsmodels.stats.stattools import durbin_watson

from analysis import show
from analysis.checks import Check
from analysis.design import Design
from analysis.design.identified import clashing_terms
from analysis.errors import AnalysisError
from analysis.models import Fit, fit

SIGNIFICANT = 0.05
DW_RANGE = (1.5, 2.5)
EDGE = 0.95
EDGE_WEIGHT = 0.2


@dataclass(frozen=True, kw_only=True)
class Checks:
    """Checks that show themselves as a table."""

    checks: tuple[Check, ...]
    caption: str = "Checks of the model"

    def __getitem__(self, name: str) -> Check:
        """The check with this name."""
        return next(check for check in self.checks if check.name == name)

    @property
    def failed(self) -> tuple[Check, ...]:
        """The checks that failed."""
        return tuple(check for check in self.checks if check.status == "failed")

    @property
    def table(self) -> pd.DataFrame:
        """One row a check."""
        return pd.DataFrame([vars(check) for check in self.checks]).set_index("name")

    def _repr_html_(self) -> str:
        rows = [
            (check.question, check.status, show.p_value(check.p_value), check.reason)
            for check in self.checks
        ]
        header = ["Question", "Result", "p", "What was found"]
        return show.table(header, rows, caption=self.caption, kind="checks")


def check_fit(fitted: Fit) -> Checks:
    """All checks of a fit. One that cannot be run here says why."""
    return Checks(
        checks=(
            check_autocorrelation(fitted),
            check_durbin_watson(fitted),
            check_boundary(fitted),
            check_normality(fitted),
            check_influence(fitted),
            check_trend(fitted),
        )
    )


def check_autocorrelation(fitted: Fit) -> Check:
    """Ljung-Box test on the innovations, up to min(10, n // 5) lags."""
    lags = min(10, len(fitted.innovations) // 5)
    used = int(fitted.rho != 0)
    name, question = "autocorrelation", "Is the model's picture of month-to-month memory enough?"
    null = f"The innovations have no autocorrelation up to lag {lags} (Ljung-Box)."
    question = question.replace("month", fitted.design.outcome.step)
    gap = bool((np.diff(fitted.design.clock[fitted.design.own]) > 1).any())
    if lags <= used or gap:
        reason = "The series has a gap." if gap else "The series is too short."
        return Check(name=name, question=question, null=null, status="not valid", reason=reason)
    test = acorr_ljungbox(fitted.innovations.to_numpy(), lags=[lags], model_df=used)
    statistic, p = float(test["lb_stat"].iloc[0]), float(test["lb_pvalue"].iloc[0])
    good = p >= SIGNIFICANT
    reason = (
        "No sign of memory that the model leaves out."
        if good
        else "The model leaves some memory out. Its intervals may be too narrow."
    )
    return Check(
        name=name,
        question=question,
        null=null,
        statistic=statistic,
        p_value=p,
        status="passed" if good else "failed",
        reason=reason,
    )


def check_durbin_watson(fitted: Fit) -> Check:
    """Durbin-Watson statistic of the innovations; 2 is no correlation, 0 <= DW <= 4."""
    statistic = float(durbin_watson(fitted.innovations.to_numpy()))
    low, high = DW_RANGE
    good = low <= statistic <= high
    return Check(
        name="durbin-watson",
        question="Do neighbouring errors of the model go together?",
        null=f"The statistic lies between {low} and {high}; 2 means that they do not.",
        statistic=statistic,
        status="passed" if good else "failed",
        reason=f"Durbin-Watson is {statistic:.2f}.",
    )


def check_boundary(fitted: Fit) -> Check:
    """Whether the AR(1) coefficient is at the edge of -1 < rho < 1."""
    name, question = "boundary", "Can the errors be told from a random walk?"
    null = f"At most {100 * EDGE_WEIGHT:.0f}% of the weight lies beyond {EDGE} (in size)."
    distribution = fitted.distribution
    if distribution is None or not distribution.sigma.any():
        reason = f"The errors of model {fitted.model} are no AR(1)."
        return Check(name=name, question=question, null=null, status="not valid", reason=reason)
    beyond = float(distribution.weight[np.abs(distribution.rho) > EDGE].sum())
    good = beyond <= EDGE_WEIGHT
    step = fitted.design.outcome.step
    reason = (
        f"The autocorrelation from one {step} to the next is about {show.number(fitted.rho, 2)}"
    )
    if len(distribution.weight) > 1:
        reason += f"; values above {EDGE} have {100 * beyond:.0f}% of the weight"
    if not good:
        reason += ". A random walk cannot be ruled out, which makes the intervals wide"
    return Check(
        name=name,
        question=question,
        null=null,
        statistic=fitted.rho,
        status="passed" if good else "failed",
        reason=reason + ".",
    )


def check_normality(fitted: Fit) -> Check:
    """Shapiro-Wilk test on the innovations (Jarque-Bera above 5,000 rows)."""
    values = fitted.innovations.to_numpy()
    test = stats.shapiro(values) if len(values) <= 5000 else stats.jarque_bera(values)
    good = test.pvalue >= SIGNIFICANT
    return Check(
        name="normality",
        question="Are the errors roughly normal?",
        null="The innovations come from a normal distribution (Shapiro-Wilk).",
        statistic=float(test.statistic),
        p_value=float(test.pvalue),
        status="passed" if good else "failed",
        reason="No sign of heavy tails or a skew."
        if good
        else "Some errors are larger or more lopsided than normal ones. The intervals are then "
        "less exact than they claim to be.",
    )


def check_influence(fitted: Fit) -> Check:
    """The largest move of the average effect when one period is left out, in standard errors."""
    design = fitted.design
    name, question = "influence", f"Does the answer hang on a single {design.outcome.step}?"
    null = f"No {design.outcome.step} moves the average effect by a standard error or more."
    if fitted.distribution is None:
        return _no_terms(name, question, null)
    row = _average_row(design)
    base = fitted.contrast(row).iloc[0]
    moves = {
        period: abs(estimate - base["estimate"]) / base["std_error"]
        for period, estimate in _leave_one_out(fitted, row)
    }
    where, largest = max(moves.items(), key=lambda item: item[1])
    good = largest < 1
    return Check(
        name=name,
        question=question,
        null=null,
        statistic=float(largest),
        status="passed" if good else "failed",
        reason=f"{show.period_name(where)} moves it most: by {largest:.2f} standard errors.",
    )


def check_trend(fitted: Fit) -> Check:
    """Whether a curved trend fits better: the p-value of an added quadratic term."""
    name, question = "trend", "Is a straight trend enough?"
    null = "A quadratic trend adds nothing."
    if fitted.distribution is None:
        return _no_terms(name, question, null)
    design = fitted.design
    curve = (design.time - design.time.mean()) ** 2.0
    curved = replace(design, X=design.X.assign(curve=curve))
    if fitted.distribution is None:
        reason = f"Model {fitted.model} has no terms for the intervention."
        return Check(name=name, question=question, null=null, status="not valid", reason=reason)
    if "trend" not in design.X or clashing_terms(curved.X) or len(curve) - curved.X.shape[1] < 3:
        return Check(
            name=name,
            question=question,
            null=null,
            status="not valid",
            reason="The window cannot tell a curve from the other terms.",
        )
    curved_fit = fit(curved, fitted.model, **fitted.options)
    tested = curved_fit.contrast(np.eye(curved.X.shape[1])[-1]).iloc[0]
    if not np.isfinite(tested["p_value"]):
        reason = "This model does not identify the interval of a curve in this window."
        return Check(name=name, question=question, null=null, status="not valid", reason=reason)
    average = curved_fit.contrast(_average_row(curved)).iloc[0]["estimate"]
    good = tested["p_value"] >= SIGNIFICANT
    log = design.in_per_cent
    effect = show.amount(*((100 * np.expm1(average), "%", 0) if log else (average, "")))
    return Check(
        name=name,
        question=question,
        null=null,
        statistic=float(tested["estimate"] / tested["std_error"]),
        p_value=float(tested["p_value"]),
        status="passed" if good else "failed",
        reason=f"{'No sign of a curve' if good else 'A curve fits better'}. "
        f"With one, the average effect is {effect}.",
    )


def _no_terms(name: str, question: str, null: str) -> Check:
    reason = "This model is fitted to the pre-period only and has no terms for the intervention."
    return Check(name=name, question=question, null=null, status="not valid", reason=reason)


def _average_row(design: Design) -> np.ndarray:
    return design.difference[design.post].mean(axis=0)


def _leave_one_out(fitted: Fit, row: np.ndarray) -> Sequence[tuple[pd.Period, float]]:
    """The estimate of a contrast without each row in turn, where the rest identifies it."""
    found = []
    rows = np.arange(len(fitted.design.y))
    for i, period in enumerate(fitted.design.periods):
        rest = fitted.design.take(rows != i)
        if clashing_terms(rest.X) or not rest.X.any().all():
            continue
        try:
            known = fit(rest, fitted.model, **fitted.options).known
        except AnalysisError:
            continue
        found.append((period, float(known.plain().contrast(row)["estimate"].iloc[0])))
    return found
