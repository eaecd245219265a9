"""The path that would have been expected without the intervention."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd

from analysis import show
from analysis.effects.path import SPAN, Path, observed_values
from analysis.models import Fit
from analysis.show import period_name
from analysis.show.templates import Told

# Rows of the table on a page, and running sums whose ends are worked out each by itself.
MOST_ROWS = 400
MOST_SUMS = 400


@dataclass(frozen=True, kw_only=True)
class Counterfactual(Told):
    """Observed, fitted and counterfactual path, and the differences.

    frame : one row a period of the fit, in the unit of the outcome (totals of the period for
        counts). Columns observed, ahead (the fitted path with the memory of the period before),
        fitted, counterfactual, effect (observed - counterfactual) and cumulative (running sum of
        counterfactual - observed); the last four with `_lower` and `_upper`. Outside the
        post-period the counterfactual is the fitted path, and the sum stays as it is.
    alpha : its intervals hold 100 (1 - alpha)%.
    basis : what was expected follows, and what is taken of the time after an end, in sentences.
    """

    fit: Fit = field(repr=False)
    alpha: float
    frame: pd.DataFrame = field(repr=False)
    basis: tuple[str, ...] = ()

    @property
    def post(self) -> pd.DataFrame:
        """The rows of the post-period."""
        design = self.fit.design
        return self.frame[design.post[design.own]]

    @property
    def rows(self) -> list[tuple[str, Any, str]]:
        """Name, row and difference in words of each row on a page, and the sum of counts."""
        names, post = self._told()
        if self.fit.design.outcome.kind == "count":
            *effects, total = adding_up(post["effect"].to_numpy())
            return [*zip(names, post.itertuples(), effects, strict=True), ("In all", None, total)]
        # A rate, a share or a price has no total.
        effects = [show.estimate(value, signed=True) for value in post["effect"]]
        return list(zip(names, post.itertuples(), effects, strict=True))

    def told(self, *values: float) -> str:
        """A value of the path in words, or the ends of its interval.

        Of a series that goes below 0 no digit is finer than the third of the largest value: near 0
        three digits of a value's own would be false precision.
        """
        if not np.isfinite(values).all():
            return show.NOT_IDENTIFIED
        seen = self.post[["observed", "counterfactual"]]
        if (seen < 0).any(axis=None):
            place = 2 - _power(float(seen.abs().max(axis=None)))
            values = tuple(round(value, place) + 0.0 for value in values)
        return " to ".join(map(show.estimate, values))

    def _told(self) -> tuple[list[str], pd.DataFrame]:
        """The rows of the table with their names: of many, the first and the last, and a sum."""
        post, ends = self.post, MOST_ROWS // 2
        names = [show.capital(period_name(period)) for period in post.index]
        if len(post) <= MOST_ROWS:
            return names, post
        inner, outcome = post.iloc[ends:-ends], self.fit.design.outcome
        together = inner.sum() if outcome.kind == "count" else inner.mean()
        together[["counterfactual_lower", "counterfactual_upper"]] = np.nan
        told = pd.concat([post.iloc[:ends], together.to_frame().T, post.iloc[-ends:]])
        what = "together" if outcome.kind == "count" else "on average"
        middle = f"{show.many(len(inner), outcome.step)} between, {what}"
        return [*names[:ends], middle, *names[-ends:]], told


def trace_counterfactual(fit: Fit, *, alpha: float = 0.05) -> Counterfactual:
    """The path without the intervention: what was seen with its effect taken off, or a forecast.

    See `effects.path`.

    Parameters
    ----------
    fit : of any model.   alpha : 0 < alpha <= 1; intervals hold 100 (1 - alpha)%.

    Raises
    ------
    InputError : alpha outside its bounds.
    """
    path = Path.of(fit, alpha=alpha)
    frame, post = _fitted_frame(fit, alpha), fit.design.post[fit.design.own]
    expected = path.counterfactual
    sums = _running_sums(path)
    pieces = {
        "counterfactual": expected,
        "effect": (path.observed[:, None] - expected)[:, [0, 2, 1]],
        "cumulative": sums,
    }
    for name, values in pieces.items():
        frame.loc[post, _named(name)] = values
    after = np.cumsum(post) == len(expected)
    frame.loc[after & ~post, _named("cumulative")] = pieces["cumulative"][-1]
    return Counterfactual(fit=fit, alpha=alpha, frame=frame, basis=basis_of(fit))


def _running_sums(path: Path) -> np.ndarray:
    """Estimate and ends of the sum after each post-period (J x 3).

    Points are exact. Of many periods, the ends are those of `MOST_SUMS` sums and go straight from
    one to the next: they cost the square of the number of sums.
    """
    J = len(path.exposure)
    lengths = np.unique(np.linspace(1, J, min(J, MOST_SUMS)).round().astype(int))
    ends = path.sums(lengths)[:, SPAN]
    if len(lengths) == J:
        return ends
    sums = np.cumsum(path.counterfactual[:, 0] - path.observed)
    away = [np.interp(np.arange(J) + 1, lengths, ends[:, i] - ends[:, 0]) for i in range(3)]
    return np.asarray(sums[:, None] + np.stack(away, axis=1))


def keeps_trend(fit: Fit) -> bool:
    """Whether the expected path has a trend: a model whose level wanders may leave it out."""
    return "trend" in fit.design.X and not np.isnan(fit.coefficients.get("trend", 0.0))


def basis_of(fit: Fit) -> tuple[str, ...]:
    """What the expected path follows, and what is taken of the time after an end in the window."""
    design, end, words = fit.design, fit.design.intervention.end, show.words("effects/words.yml")
    over = design.own & ~design.post & (design.time > design.T0)
    after = bool(over.any()) and end is not None
    follows = "shift"
    if fit.distribution is None:
        follows = "forecast"
    elif not keeps_trend(fit):
        follows = "no trend"
    elif "slope" in design.step_columns:
        follows = "slope and end" if after else "slope"
    said, step = [words["basis"][follows]], design.outcome.step
    if after and end is not None:
        said.append(words["basis"]["after"].format(day=show.day_name(end + timedelta(days=1))))
    if design.in_per_cent and fit.distribution and not observed_values(design, design.post).all():
        said.append(words["basis"]["none"].format(step=step))
    return tuple(said)


def adding_up(values: np.ndarray) -> list[str]:
    """Values and, last, their sum, as text rounded so that what is printed adds up.

    All are rounded to the third significant digit of the largest, or the fourth of the sum if
    that is coarser; finer if the middle one in size would be left without a digit. Where rounding
    each alone would miss the rounded sum, those nearest to the next number go up or down to it.
    """
    sizes = np.abs(values[np.isfinite(values) & (values != 0)])
    if not len(sizes) or not np.isfinite(values).all():
        return [show.estimate(value, signed=True) for value in (*values, values.sum())]
    largest, middle, whole = map(_power, (sizes.max(), np.median(sizes), abs(values.sum())))
    digits = min(max(min(2 - largest, 3 - whole), -middle), 300)
    scaled = values * 10.0**digits
    rounded = np.rint(scaled)
    missing = int(np.rint(scaled.sum()) - rounded.sum())
    nearest = np.argsort(np.sign(missing) * (rounded - scaled))[: abs(missing)]
    rounded[nearest] += np.sign(missing)
    texts = (*rounded, rounded.sum())
    return [show.number(x / 10.0**digits, max(digits, 0), signed=True) for x in texts]


def _power(size: float) -> int:
    """The power of ten of the first digit of a number as it is rounded to three; 0 for 0."""
    return int(np.floor(np.log10(float(f"{size:.3g}") or 1)))


def _named(name: str) -> list[str]:
    return [name, f"{name}_lower", f"{name}_upper"]


def _fitted_frame(fit: Fit, alpha: float) -> pd.DataFrame:
    """The fitted path; no effect and no difference yet."""
    design, own = fit.design, fit.design.own
    frame = pd.DataFrame({"observed": observed_values(design, own)}, design.periods[own])
    fitted = np.full((own.sum(), 3), np.nan)
    if fit.fitted is not None or fit.distribution is None:
        fitted[:, 0] = fit.expected[own]
    else:
        table = fit.distribution.plain().contrast(design.X.to_numpy()[own], alpha=alpha)
        fitted[:] = table[["estimate", "lower", "upper"]]
    values = design.to_values(fitted.T, own).T
    frame["ahead"] = design.to_values(_one_step_ahead(fit), own)
    for name in ("fitted", "counterfactual"):
        frame[_named(name)] = values
    frame[[*_named("effect"), *_named("cumulative")]] = 0.0
    return frame


def _one_step_ahead(fit: Fit) -> np.ndarray:
    """What the model expects of each period (modelled scale), knowing the one before."""
    own, known = fit.design.own, fit.distribution
    expected = fit.expected[own]
    if known is None:
        return expected
    before = fit.residuals.to_numpy()[own][:-1] * (np.diff(fit.design.time[own]) == 1)
    return np.asarray(expected + float(known.weight @ known.rho) * np.append(0.0, before))
