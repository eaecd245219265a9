"""Checks of a fit: what could make its numbers wrong, tested where it can be tested."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache, partial
from importlib.resources import files

import numpy as np
import pandas as pd
import yaml
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
    return Checks(checks=tuple(check(fitted) for check in CHECKS))


@cache
def _words() -> dict[str, dict[str, str]]:
    """By check: what it asks, its rule, and what is said of each outcome."""
    text = files("analysis.effects").joinpath("diagnose.yml").read_text("utf-8")
    return dict(yaml.safe_load(text))


def _judge(
    name: str,
    fitted: Fit,
    found: bool | str,
    statistic: float | None = None,
    p_value: float | None = None,
    **facts: object,
) -> Check:
    """A check in its words; `found` is whether it passed, or why it is not valid here."""
    good, words = found if isinstance(found, bool) else None, _words()[name]
    outcome = found if isinstance(found, str) else "passed" if found else "failed"
    facts = {"step": fitted.design.outcome.step, "statistic": statistic, **facts}
    question, rule, reason = (words[part].format(**facts) for part in ("question", "rule", outcome))
    return judged(name, question, rule, reason, good, statistic, p_value)


def check_autocorrelation(fitted: Fit) -> Check:
    """Ljung-Box test on the innovations, up to min(10, n // 5) lags."""
    innovations, own = _innovations(fitted), fitted.design.time[fitted.design.own]
    lags, used = min(10, len(innovations) // 5), int(fitted.rho != 0)
    check, gap = partial(_judge, "autocorrelation", fitted, lags=lags), (np.diff(own) > 1).any()
    if lags <= used or gap:
        return check("gap" if gap else "short")
    test = acorr_ljungbox(innovations, lags=[lags], model_df=used)
    statistic, p = float(test["lb_stat"].iloc[0]), float(test["lb_pvalue"].iloc[0])
    return check(p >= SIGNIFICANT, statistic, p)


def check_durbin_watson(fitted: Fit) -> Check:
    """Durbin-Watson statistic of the innovations; 2 is no correlation, 0 <= DW <= 4."""
    statistic, (low, high) = float(durbin_watson(_innovations(fitted))), DW_RANGE
    good = low <= statistic <= high
    return _judge("durbin-watson", fitted, good, statistic, low=low, high=high)


def check_boundary(fitted: Fit) -> Check:
    """Whether the AR(1) coefficient is at the edge of -1 < rho < 1."""
    check = partial(_judge, "boundary", fitted, most=100 * EDGE_WEIGHT, edge=EDGE)
    distribution = fitted.distribution
    if distribution is None or not distribution.sigma.any():
        return check("other", model=fitted.model)
    beyond = float(distribution.weight[np.abs(distribution.rho) > EDGE].sum())
    weight = wanders = ""
    if len(distribution.weight) > 1:
        weight = f"; values above {EDGE} have {100 * beyond:.0f}% of the weight"
    if (straight := fitted.details.get("straight trend")) is not None:
        # A slope that wanders is no matter of rho: the check does not fail for it.
        wanders = (
            f". Apart from that, the slope of the trend wanders with {100 * (1 - straight):.0f}% "
            "of the weight, which the interval allows for"
        )
    rho = show.number(fitted.rho, 2)
    good = beyond <= EDGE_WEIGHT
    return check(good, fitted.rho, rho=rho, weight=weight, wanders=wanders)


def check_normality(fitted: Fit) -> Check:
    """Shapiro-Wilk test on the innovations (Jarque-Bera above 5,000 rows)."""
    values = _innovations(fitted)
    test = stats.shapiro(values) if len(values) <= 5000 else stats.jarque_bera(values)
    statistic, p = float(test.statistic), float(test.pvalue)
    return _judge("normality", fitted, p >= SIGNIFICANT, statistic, p)


def check_influence(fitted: Fit) -> Check:
    """The largest move of the average effect when one period is left out, in standard errors."""
    design, check = fitted.design, partial(_judge, "influence", fitted)
    if fitted.distribution is None:
        return check("no terms")
    row = _average_row(design)
    base, error, *_ = fitted.known.summarise(row)[0]
    likely = _likely(design, row)
    moves = _leave_one_out(fitted, row, likely)
    if not moves or not error > 0:
        return check("none")
    where, without = max(moves, key=lambda item: abs(item[1] - base))
    largest = float(abs(without - base) / error)
    some = f" Tried without each of the {show.many(len(likely), design.outcome.step)} likeliest to."
    return check(
        largest < 1,
        largest,
        where=show.capital(show.period_name(where)),
        moved=show.number(largest, 2 if largest < 10 else 0),
        tried=some if len(likely) < len(design.y) else "",
    )


def check_trend(fitted: Fit) -> Check:
    """Whether a curved trend fits better: the p-value of an added quadratic term."""
    design, check = fitted.design, partial(_judge, "trend", fitted)
    if fitted.distribution is None:
        return check("no terms")
    curve = (design.time - design.time.mean()) ** 2.0
    curved = replace(design, X=design.X.assign(curve=curve))
    X = curved.X.to_numpy()
    if "trend" not in design.X or dependent(X).any() or len(X) - X.shape[1] < MIN_SPARE:
        return check("not told")
    try:
        known = fit(curved, fitted.model, **fitted.options).known
    except AnalysisError as error:
        return check("refused", problem=error.problem)
    value, std_error, *_, p = known.summarise(np.eye(curved.X.shape[1])[-1])[0]
    if not np.isfinite(p):
        return check("not identified")
    average = told(known.summarise(_average_row(curved)), design.in_per_cent)[0, 0]
    words = show.rough(average, unit_of(design.outcome, design.scale))
    return check(bool(p >= SIGNIFICANT), float(value / std_error), float(p), average=words)


CHECKS = (
    check_autocorrelation,
    check_durbin_watson,
    check_boundary,
    check_normality,
    check_influence,
    check_trend,
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
