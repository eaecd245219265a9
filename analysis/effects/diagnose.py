"""Checks of a fit: what could make its numbers wrong, tested where it can be tested."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pandas as pd
from scipy import stats
from statsmodels.stats.diagnostic import acorr_ljungbox
from statsmodels.stats.stattools import durbin_watson

from analysis import show
from analysis.checks import Check, judged
from analysis.design import Design
from analysis.design.identified import MIN_SPARE, dependent
from analysis.design.scale import told, unit_of
from analysis.errors import AnalysisError
from analysis.models import Fit, fit

SIGNIFICANT = 0.05
DW_RANGE = (1.5, 2.5)
EDGE = 0.95
# Rows of all fits without one of them, as each is a fit of its own; and fewest such fits.
ROWS = 50_000
FEWEST_LEFT_OUT = 3
EDGE_WEIGHT = 0.2
NO_TERMS = "This model is fitted to the pre-period only and has no terms for the intervention."


@dataclass(frozen=True, kw_only=True)
class Checks(show.Shown):
    """Checks that show themselves as a table."""

    checks: tuple[Check, ...]

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
        return show.table(header, rows, caption="Checks of the model", kind="checks")


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
    innovations = _innovations(fitted)
    lags, used = min(10, len(innovations) // 5), int(fitted.rho != 0)
    step, own = fitted.design.outcome.step, fitted.design.time[fitted.design.own]
    gap = bool((np.diff(own) > 1).any())
    check = partial(
        judged,
        "autocorrelation",
        f"Is the model's picture of {step}-to-{step} memory enough?",
        f"The innovations have no autocorrelation up to lag {lags} (Ljung-Box).",
    )
    if lags <= used or gap:
        return check("The series has a gap." if gap else "The series is too short.")
    test = acorr_ljungbox(innovations, lags=[lags], model_df=used)
    statistic, p = float(test["lb_stat"].iloc[0]), float(test["lb_pvalue"].iloc[0])
    reasons = (
        "The model leaves some memory out. Its intervals may be too narrow.",
        "No sign of memory that the model leaves out.",
    )
    good = p >= SIGNIFICANT
    return check(reasons[good], good, statistic, p)


def check_durbin_watson(fitted: Fit) -> Check:
    """Durbin-Watson statistic of the innovations; 2 is no correlation, 0 <= DW <= 4."""
    statistic = float(durbin_watson(_innovations(fitted)))
    low, high = DW_RANGE
    return judged(
        "durbin-watson",
        "Do neighbouring errors of the model go together?",
        f"The statistic lies between {low} and {high}; 2 means that they do not.",
        f"Durbin-Watson is {statistic:.2f}.",
        low <= statistic <= high,
        statistic,
    )


def check_boundary(fitted: Fit) -> Check:
    """Whether the AR(1) coefficient is at the edge of -1 < rho < 1."""
    check = partial(
        judged,
        "boundary",
        "Can the errors be told from a random walk?",
        f"At most {100 * EDGE_WEIGHT:.0f}% of the weight lies beyond {EDGE} (in size).",
    )
    distribution = fitted.distribution
    if distribution is None or not distribution.sigma.any():
        return check(f"The errors of model {fitted.model} are no AR(1).")
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
    if (straight := fitted.details.get("straight trend")) is not None:
        # A slope that wanders is no matter of rho: the check does not fail for it.
        reason += (
            f". Apart from that, the slope of the trend wanders with {100 * (1 - straight):.0f}% "
            "of the weight, which the interval allows for"
        )
    return check(reason + ".", good, fitted.rho)


def check_normality(fitted: Fit) -> Check:
    """Shapiro-Wilk test on the innovations (Jarque-Bera above 5,000 rows)."""
    values = _innovations(fitted)
    test = stats.shapiro(values) if len(values) <= 5000 else stats.jarque_bera(values)
    reasons = (
        "Some errors are larger or more lopsided than normal ones. The intervals are then less "
        "exact than they claim to be.",
        "No sign of heavy tails or a skew.",
    )
    good = bool(test.pvalue >= SIGNIFICANT)
    return judged(
        "normality",
        "Are the errors roughly normal?",
        "The innovations come from a normal distribution (Shapiro-Wilk).",
        reasons[good],
        good,
        float(test.statistic),
        float(test.pvalue),
    )


def check_influence(fitted: Fit) -> Check:
    """The largest move of the average effect when one period is left out, in standard errors."""
    design, step = fitted.design, fitted.design.outcome.step
    check = partial(
        judged,
        "influence",
        f"Does the answer hang on a single {step}?",
        f"No {step} moves the average effect by a standard error or more.",
    )
    if fitted.distribution is None:
        return check(NO_TERMS)
    row = _average_row(design)
    base, error, *_ = fitted.known.summarise(row)[0]
    likely = _likely(design, row)
    moves = _leave_one_out(fitted, row, likely)
    if not moves or not error > 0:
        return check(f"No {step} can be left out of this design.")
    where, without = max(moves, key=lambda item: abs(item[1] - base))
    largest = float(abs(without - base) / error)
    moved = show.number(largest, 2 if largest < 10 else 0)
    reason = f"{show.capital(show.period_name(where))} moves it most: by {moved} standard errors."
    if len(likely) < len(design.y):
        reason += f" Tried without each of the {show.many(len(likely), step)} likeliest to."
    return check(reason, largest < 1, largest)


def check_trend(fitted: Fit) -> Check:
    """Whether a curved trend fits better: the p-value of an added quadratic term."""
    design = fitted.design
    check = partial(
        judged, "trend", "Is a straight trend enough?", "A quadratic trend adds nothing."
    )
    if fitted.distribution is None:
        return check(NO_TERMS)
    curve = (design.time - design.time.mean()) ** 2.0
    curved = replace(design, X=design.X.assign(curve=curve))
    X = curved.X.to_numpy()
    if "trend" not in design.X or dependent(X).any() or len(X) - X.shape[1] < MIN_SPARE:
        return check("The window cannot tell a curve from the other terms.")
    try:
        known = fit(curved, fitted.model, **fitted.options).known
    except AnalysisError as error:
        return check(f"With a curve this model cannot be fitted: {error.problem}")
    value, std_error, *_, p = known.summarise(np.eye(curved.X.shape[1])[-1])[0]
    if not np.isfinite(p):
        return check("This model does not identify the interval of a curve in this window.")
    average = told(known.summarise(_average_row(curved)), design.in_per_cent)[0, 0]
    unit = unit_of(design.outcome, design.scale)
    good = bool(p >= SIGNIFICANT)
    return check(
        f"{'No sign of a curve' if good else 'A curve fits better'}. "
        f"With one, the average effect is {show.rough(average, unit)}.",
        good,
        float(value / std_error),
        float(p),
    )


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
    errors, pull = (
        design.y.to_numpy() - Q @ (Q.T @ design.y.to_numpy()),
        Q @ np.linalg.solve(R.T, row),
    )
    moves = np.abs(pull * errors / np.maximum(1 - (Q**2).sum(axis=1), 1e-9))
    return np.sort(np.argsort(-moves)[: max(ROWS // n, FEWEST_LEFT_OUT)])


def _leave_one_out(
    fitted: Fit, row: np.ndarray, without: np.ndarray
) -> list[tuple[pd.Period, float]]:
    """The median of a contrast without each of some rows in turn, where the rest identifies it."""
    found, rows = [], np.arange(len(fitted.design.y))
    for i, period in zip(without, fitted.design.periods[without], strict=True):
        rest = fitted.design.take(rows != i)
        if dependent(rest.X.to_numpy()).any():
            continue
        try:
            known = fit(rest, fitted.model, **fitted.options).known
        except AnalysisError:
            continue
        found.append((period, float(known.plain().summarise(row)[0, 0])))
    return found
