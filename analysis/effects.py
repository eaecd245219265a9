"""The same six effects for every model, and the path that would have been expected without it.

Signs: `level`, `slope`, `at`, `average` and `last` are negative for a fall. `cumulative` is the
sum of counterfactual minus observed, so it is positive when fewer were counted than expected.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import pandas as pd

from analysis import show
from analysis.design import Design
from analysis.errors import InputError, unknown_name
from analysis.models import Fit
from analysis.show import period_name, span_name

Interval = Literal["mean", "observation"]
DRAWS = 10_000
SEED = 20240605
# More path draws than this are made in fewer replicates, to bound memory (160 MB a matrix).
MAX_PATH_CELLS = 20_000_000
COLUMNS = ["estimate", "std_error", "df", "lower", "upper", "p_value", "unit"]


@dataclass(frozen=True, kw_only=True)
class Effect:
    """One estimand of one fit.

    estimate, std_error, lower, upper : in `unit`. For a log outcome the unit is per cent and
        the standard error is by the delta method. lower <= estimate <= upper, or NaN where the
        interval is not identified.
    """

    estimand: str
    label: str
    estimate: float
    std_error: float
    df: float
    lower: float
    upper: float
    p_value: float
    unit: str

    @property
    def identified(self) -> bool:
        """Whether the data give the estimate an interval."""
        return bool(np.isfinite(self.lower) and np.isfinite(self.upper))


@dataclass(frozen=True, kw_only=True)
class Effects:
    """The effects of one fit, and the estimands that it cannot give, with the reason."""

    fit: Fit = field(repr=False)
    alpha: float
    effects: tuple[Effect, ...]
    absent: Mapping[str, str] = field(default_factory=dict)

    def __getitem__(self, estimand: str) -> Effect:
        """The effect with this name, such as "average" or "at(1)"."""
        for effect in self.effects:
            if effect.estimand == estimand:
                return effect
        raise unknown_name("estimand", estimand, [e.estimand for e in self.effects])

    @property
    def table(self) -> pd.DataFrame:
        """One row an estimand, columns `label` and the standard columns."""
        rows = {e.estimand: {c: getattr(e, c) for c in ["label", *COLUMNS]} for e in self.effects}
        return pd.DataFrame.from_dict(rows, orient="index").rename_axis("estimand")

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        keyed = pd.concat({"main": self.table}, names=["fit"])
        return show.with_table(self._repr_html_(), keyed)

    def _repr_html_(self) -> str:
        rows = [
            (
                effect.label,
                show.amount(effect.estimate, effect.unit),
                show.interval(effect.lower, effect.upper, effect.unit),
                show.p_value(effect.p_value),
            )
            for effect in self.effects
        ]
        rows += [("Not given: " + reason, "", "", "") for reason in self.absent.values()]
        header = ["Effect", "Estimate", _interval_name(self.alpha), "p"]
        return show.table(header, rows, caption=f"Effects on {self.fit.design.outcome.name}")


@dataclass(frozen=True, kw_only=True)
class Counterfactual:
    """Observed, fitted and counterfactual path, and the differences.

    frame : one row a period of the fit, in the unit of the outcome (totals of the period for
        counts). Columns observed, fitted, counterfactual, effect (observed - counterfactual) and
        cumulative (running sum of counterfactual - observed); the last four with `_lower` and
        `_upper`. In the pre-period the counterfactual is the fitted path.
    interval : "mean" for the expected path, "observation" for what could have been counted.
    """

    fit: Fit = field(repr=False)
    alpha: float
    interval: Interval
    frame: pd.DataFrame = field(repr=False)

    @property
    def post(self) -> pd.DataFrame:
        """The rows of the post-period."""
        return self.frame[self.fit.design.post]

    def _repr_html_(self) -> str:
        exact = self.fit.design.outcome.kind == "count"
        rows = [
            (
                period_name(row.Index),
                show.number(row.observed) if exact else show.estimate(row.observed),
                show.estimate(row.counterfactual),
                show.interval(row.counterfactual_lower, row.counterfactual_upper, ""),
                show.estimate(row.effect, signed=True),
            )
            for row in self.post.itertuples()
        ]
        unit, kind = self.fit.design.outcome.unit, _interval_name(self.alpha)
        header = ["Period", "Observed", "Expected without it", kind, "Difference"]
        return show.table(header, rows, caption=f"Observed and expected {unit}")


def estimate_effects(
    fit: Fit,
    *,
    at: Sequence[int] = (1,),
    alpha: float = 0.05,
    draws: int = DRAWS,
    seed: int = SEED,
) -> Effects:
    """The six estimands of a fit: level, slope, at(h), average, last, cumulative.

    Parameters
    ----------
    at : periods after the first affected period, h >= 0.
    alpha : 0 < alpha < 1; intervals hold 100 (1 - alpha)%.
    draws, seed : for the interval of the cumulative effect.

    Raises
    ------
    InputError : alpha outside its bounds.
    """
    if not 0 < alpha < 1:
        raise InputError(
            f"alpha is {alpha}.",
            rule="alpha is above 0 and below 1.",
            remedy="Use 0.05 for 95% intervals.",
        )
    contrasts, absent = _contrasts(fit.design, at)
    table = fit.contrast(np.array([row for _, _, row in contrasts]), alpha=alpha)
    effects = [
        _effect(fit.design, name, label, values)
        for (name, label, _), values in zip(contrasts, table.to_dict("records"), strict=True)
    ]
    effects.append(_cumulative(fit, alpha, draws, seed))
    return Effects(fit=fit, alpha=alpha, effects=tuple(effects), absent=absent)


def trace_counterfactual(
    fit: Fit,
    *,
    interval: Interval = "observation",
    alpha: float = 0.05,
    draws: int = DRAWS,
    seed: int = SEED,
) -> Counterfactual:
    """The path without the intervention, given what was seen before it.

    The path starts from the last pre-period error and returns to the trend as the
    autocorrelation lets it. Points and intervals are medians and quantiles of the same draws.
    """
    if interval not in ("mean", "observation"):
        raise unknown_name("interval", interval, ["mean", "observation"])
    design = fit.design
    frame = pd.DataFrame({"observed": design.outcome.values.reindex(design.periods)})
    fitted = fit.contrast(design.X.to_numpy(), alpha=alpha)
    for suffix, column in (("", "estimate"), ("_lower", "lower"), ("_upper", "upper")):
        frame[f"fitted{suffix}"] = _to_values(design, fitted[column].to_numpy(), design.periods)
        frame[f"counterfactual{suffix}"] = frame[f"fitted{suffix}"]
        frame[f"effect{suffix}"] = 0.0
        frame[f"cumulative{suffix}"] = 0.0
    path = _path_draws(fit, interval, draws, seed)
    observed = frame["observed"].to_numpy()[design.post]
    pieces = {
        "counterfactual": path,
        "effect": observed - path,
        "cumulative": np.cumsum(path - observed, axis=1),
    }
    for name, values in pieces.items():
        quantiles = np.quantile(values, [0.5, alpha / 2, 1 - alpha / 2], axis=0)
        columns = [name, f"{name}_lower", f"{name}_upper"]
        frame.loc[design.post, columns] = quantiles.T
    return Counterfactual(fit=fit, alpha=alpha, interval=interval, frame=frame)


@dataclass(frozen=True, kw_only=True)
class LineUp:
    """The same effects of several fits. `table` is indexed by (fit, estimand)."""

    table: pd.DataFrame = field(repr=False)
    alpha: float

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        return show.with_table(self._repr_html_(), self.table)

    def _repr_html_(self) -> str:
        rows = [
            (
                name,
                row["label"],
                show.amount(row["estimate"], row["unit"]),
                show.interval(row["lower"], row["upper"], row["unit"]),
            )
            for (name, _), row in self.table.iterrows()
        ]
        header = ["Model", "Effect", "Estimate", _interval_name(self.alpha)]
        return show.table(header, rows, caption="The same effects under different choices")


def line_up(
    fits: Mapping[str, Fit],
    *,
    estimands: Sequence[str] = ("level", "average"),
    alpha: float = 0.05,
) -> LineUp:
    """The same effects of several fits in one table; those that a fit has not are left out."""
    tables = {name: estimate_effects(fit, alpha=alpha).table for name, fit in fits.items()}
    chosen = {name: t.loc[[e for e in estimands if e in t.index]] for name, t in tables.items()}
    return LineUp(table=pd.concat(chosen, names=["fit"]), alpha=alpha)


def contrast_of(design: Design, estimand: str) -> np.ndarray:
    """The row c of a linear estimand (all but "cumulative"), so that c'b is the estimand.

    Raises
    ------
    InputError : the design does not have this estimand.
    """
    known = {name: row for name, _, row in _contrasts(design, _horizons(estimand))[0]}
    if estimand not in known:
        raise unknown_name("linear estimand of this design", estimand, known)
    return known[estimand]


def linear_effect(fit: Fit, estimand: str, *, alpha: float = 0.05) -> Effect:
    """One linear estimand of a fit, without the draws that the cumulative effect needs."""
    row = contrast_of(fit.design, estimand)
    values = fit.contrast(row[None], alpha=alpha).to_dict("records")[0]
    labels = {name: label for name, label, _ in _contrasts(fit.design, _horizons(estimand))[0]}
    return _effect(fit.design, estimand, labels[estimand], values)


def _horizons(estimand: str) -> tuple[int, ...]:
    """(h,) for "at(h)", else nothing."""
    found = re.fullmatch(r"at\((\d+)\)", estimand)
    return (int(found[1]),) if found else ()


def _contrasts(
    design: Design, at: Sequence[int]
) -> tuple[list[tuple[str, str, np.ndarray]], dict[str, str]]:
    """Name, label and row of each linear estimand; and those that this design has not."""
    step, periods = design.outcome.step, design.periods[design.post]
    difference = (design.X - design.X_counterfactual).to_numpy()
    post_rows = difference[design.post]
    since = design.time[design.post] - design.T0
    unit = pd.DataFrame(np.eye(len(design.X.columns)), design.X.columns, design.X.columns)
    found, absent = [], {}
    for name, label in (
        ("level", "At once, when fully in force"),
        ("slope", f"Further change each {step} after that"),
    ):
        if name in design.step_columns:
            found.append((name, label, unit.loc[name].to_numpy()))
        else:
            absent[name] = f"The design has no {name} term."
    for h in at:
        if h in since:
            row = post_rows[since == h][0]
            found.append(
                (
                    f"at({h})",
                    f"{_after(h, step)}, in {period_name(design.outcome.periods[design.T0 + h])}",
                    row,
                )
            )
        else:
            absent[f"at({h})"] = f"The fit has no {step} that is {h} after the start."
    span = span_name(periods[0], periods[-1])
    found.append(("average", f"On average, {span}", post_rows.mean(axis=0)))
    found.append(("last", f"At the end, in {period_name(periods[-1])}", post_rows[-1]))
    return found, absent


def _effect(design: Design, name: str, label: str, row: Mapping[str, float]) -> Effect:
    estimate, lower, upper = row["estimate"], row["lower"], row["upper"]
    error, unit = row["std_error"], design.outcome.rate_unit
    if design.scale == "log":
        error = 100 * np.exp(estimate) * error
        estimate, lower, upper = (100 * np.expm1(x) for x in (estimate, lower, upper))
        unit = "%"
    if name == "slope":
        unit = f"{unit} a {design.outcome.step}"
    return Effect(
        estimand=name,
        label=label,
        estimate=float(estimate),
        std_error=float(error),
        df=row["df"],
        lower=float(lower),
        upper=float(upper),
        p_value=row["p_value"],
        unit=unit,
    )


def _cumulative(fit: Fit, alpha: float, draws: int, seed: int) -> Effect:
    design = fit.design
    periods = design.periods[design.post]
    observed = design.outcome.values.reindex(periods).to_numpy()
    path = _path_draws(fit, "observation", draws, seed)
    total = (path - observed).sum(axis=1)
    middle, lower, upper = np.quantile(total, [0.5, alpha / 2, 1 - alpha / 2])
    tail = min((total <= 0).sum(), (total >= 0).sum())
    return Effect(
        estimand="cumulative",
        label=f"Fewer than expected, in all, {span_name(periods[0], periods[-1])}",
        estimate=float(middle),
        # The draws have tails without a variance, so their spread is read off the quartiles.
        std_error=float(np.diff(np.quantile(total, [0.25, 0.75]))[0] / 1.349),
        df=float(fit.distribution.df),
        lower=float(lower),
        upper=float(upper),
        p_value=float(min(1.0, 2 * (1 + tail) / (1 + len(total)))),
        unit=design.outcome.unit,
    )


def _path_draws(fit: Fit, interval: Interval, draws: int, seed: int) -> np.ndarray:
    """Draws of the counterfactual in the outcome's unit (draws x post-periods).

    The error of each draw starts at its last pre-period residual and decays by rho a period;
    for an observation, new innovations are added on the way.
    """
    design = fit.design
    periods = design.periods[design.post]
    size = max(1000, min(draws, MAX_PATH_CELLS // len(periods)))
    rng = np.random.default_rng(seed)
    drawn = fit.distribution.draw(size, rng)
    expected = drawn.coefficients @ design.X_counterfactual.to_numpy()[design.post].T
    last = np.flatnonzero(design.pre)[-1]
    error = design.y.iloc[last] - drawn.coefficients @ design.X.to_numpy()[last]
    path = np.empty_like(expected)
    for j, gap in enumerate(np.diff(design.time[last:])):
        phi = drawn.rho**gap
        error = phi * error
        if interval == "observation":
            spread = drawn.sigma * np.sqrt((1 - phi**2) / (1 - drawn.rho**2))
            error = error + spread * rng.standard_normal(size)
        path[:, j] = expected[:, j] + error
    return _to_values(design, path, periods)


def _to_values(design: Design, modelled: np.ndarray, periods: pd.PeriodIndex) -> np.ndarray:
    """From the modelled scale to the outcome's unit; the last axis runs over `periods`."""
    rate = np.exp(modelled) if design.scale == "log" else modelled
    if design.outcome.kind == "measure":
        return rate
    return np.asarray(rate * design.outcome.days.reindex(periods).to_numpy())


def _after(h: int, step: str) -> str:
    if h == 0:
        return f"In the first {step}"
    return f"{h} {step}{'s' if h > 1 else ''} later"


def _interval_name(alpha: float) -> str:
    return f"{100 * (1 - alpha):g}% interval"
