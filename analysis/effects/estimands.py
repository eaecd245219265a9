"""The same seven effects for every model, from one path (see `path`).

Signs: `level`, `slope`, `at`, `average`, `last` and `relative` are negative for a fall.
`cumulative` is the sum of counterfactual minus observed, positive when fewer were counted than
expected; `relative` is the same in per cent of the sum of the counterfactual, all periods together.

On a level scale `at`, `average` and `last` are told in per cent of what was expected too, as
`relative(average)` and so on. With y observed and d the effect this is 100 d / (y - d), which rises
with d, so that its interval is as exact as that of d. There are none where the series goes below 0,
nor where y - d, or an end of it, is below a tenth of what was usual before the start: they would be
of any size.

Beside the effects stands `posttrend`, the trend after the start (trend and slope), which is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from analysis import show
from analysis.design import Design
from analysis.design.scale import share_of_expected, told, unit_of, usual_rate
from analysis.effects.contrasts import Contrast, contrasts_of, post_span
from analysis.effects.path import Path, observed_values
from analysis.errors import refuse_bounds, unknown_name
from analysis.models import Fit
from analysis.show.templates import Told

COLUMNS = ["estimate", "std_error", "df", "lower", "upper", "p_value", "unit"]
# What a page does not show of a rate, a share or a price.
TOTALS = ("cumulative", "relative")


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
class Effects(Told, rows="main"):
    """The effects of one fit.

    alpha : their intervals hold 100 (1 - alpha)%.
    absent : the estimands that it cannot give, with the reason.
    """

    fit: Fit = field(repr=False)
    alpha: float
    effects: tuple[Effect, ...]
    absent: Mapping[str, str] = field(default_factory=dict)

    def __getitem__(self, estimand: str) -> Effect:
        """The effect with this name, such as "average" or "at(1)"."""
        effect = self.find(estimand)
        if effect is None:
            raise unknown_name("estimand", estimand, [e.estimand for e in self.effects])
        return effect

    def find(self, estimand: str) -> Effect | None:
        """The same, or None where the fit does not give it."""
        return next((effect for effect in self.effects if effect.estimand == estimand), None)

    @property
    def table(self) -> pd.DataFrame:
        """One row an estimand, columns `label` and the standard columns."""
        rows = {e.estimand: {c: getattr(e, c) for c in ["label", *COLUMNS]} for e in self.effects}
        return pd.DataFrame.from_dict(rows, orient="index").rename_axis("estimand")

    @property
    def shown(self) -> list[Effect]:
        """Those that a page shows: of a rate, a share or a price there is no total."""
        counted = self.fit.design.outcome.kind == "count"
        return [effect for effect in self.effects if counted or effect.estimand not in TOTALS]


def estimate_effects(fit: Fit, *, at: Sequence[int] = (1,), alpha: float = 0.05) -> Effects:
    """The estimands of a fit: level, slope, at(h), average, last, cumulative, relative.

    `average` is the median of its own distribution. Of a mixture it may differ from the mean of
    the medians of the periods, by far less than its interval: -55.96% and -55.92% on the default
    series. On a level scale the total of a measure is the number of post-periods times it exactly.

    Parameters
    ----------
    fit : of any model.
    at : periods after the first affected period, h >= 0; one that the fit does not have is in
        `absent`, with the reason.
    alpha : 0 < alpha < 1; intervals hold 100 (1 - alpha)%.

    Raises
    ------
    InputError : alpha outside its bounds.
    """
    refuse_bounds(("alpha", alpha, 0 < alpha < 1, "above 0 and below 1, 0.05 for 95% intervals"))
    contrasts, absent = contrasts_of(fit.design, at, by_terms=fit.distribution is not None)
    # A trend that differencing or a wandering level takes in has no coefficient.
    lost = "posttrend" if fit.coefficients.isna().get("trend") else ""
    wanted = [contrast for contrast in contrasts if contrast.estimand != lost]
    path = Path.of(fit, alpha=alpha)
    effects = [_effect(fit.design, *pair) for pair in _summaries(path, wanted)]
    shares = [_share(path.fit.design, *pair) for pair in zip(wanted, effects, strict=True)]
    total = _cumulative(path)
    relative = _relative(path, total)
    further = [*_rate(fit, alpha), *shares, total, relative]
    effects += [effect for effect in further if isinstance(effect, Effect)]
    if isinstance(relative, str):
        absent["relative"] = show.words("effects/words.yml")["absent"][relative]
    return Effects(fit=fit, alpha=alpha, effects=tuple(effects), absent=absent)


def _summaries(path: Path, wanted: Sequence[Contrast]) -> Iterator[tuple[Contrast, np.ndarray]]:
    """Each contrast with its summary (6); one of a single period is that of the path."""
    for contrast, row in zip(wanted, _known(path.fit, wanted, path.alpha), strict=True):
        if contrast.periods is not None and np.count_nonzero(contrast.periods) == 1:
            row[0] = contrast.periods @ path.added[:, 0]
        yield contrast, row


def _known(fit: Fit, wanted: Sequence[Contrast], alpha: float) -> np.ndarray:
    """The summaries (k x 6) of contrasts: of terms by the coefficients, of periods by the path."""
    if fit.beyond is None:
        return fit.known.summarise(np.array([contrast.row for contrast in wanted]), alpha)
    of_terms = [contrast.row for contrast in wanted if contrast.periods is None]
    own = fit.known.summarise(np.array(of_terms), alpha) if of_terms else np.empty((0, 6))
    weights = np.array([contrast.periods for contrast in wanted if contrast.periods is not None])
    return np.concatenate([own, fit.added(weights, alpha=alpha)])


def contrast_of(design: Design, estimand: str) -> np.ndarray:
    """The row c of a linear estimand (all but "cumulative"), so that c'b is the estimand.

    Raises
    ------
    InputError : the design does not have this estimand.
    """
    return _contrast(design, estimand).row


def _contrast(design: Design, estimand: str) -> Contrast:
    horizon = re.fullmatch(r"at\((\d+)\)", estimand)
    at = [int(horizon[1])] if horizon else []
    known = {contrast.estimand: contrast for contrast in contrasts_of(design, at)[0]}
    if estimand not in known:
        raise unknown_name("linear estimand of this design", estimand, known)
    return known[estimand]


def linear_effect(fit: Fit, estimand: str, *, alpha: float = 0.05) -> Effect:
    """One linear estimand of a fit, without the rest of its path.

    In per cent of what was expected where that can be, of one named `relative(...)`.
    """
    own = re.sub(r"^relative\((.+)\)$", r"\1", estimand)
    contrast = _contrast(fit.design, own)
    effect = _effect(fit.design, contrast, _known(fit, [contrast], alpha)[0])
    share = effect if own == estimand else _share(fit.design, contrast, effect)
    return share if isinstance(share, Effect) else effect


def _effect(design: Design, contrast: Contrast, summary: np.ndarray) -> Effect:
    row = told(summary[None], design.in_per_cent)[0]
    unit = unit_of(design.outcome, design.scale, contrast.estimand)
    return _made(contrast.estimand, contrast.label, row, unit)


def _made(estimand: str, label: str, row: np.ndarray, unit: str) -> Effect:
    """An effect from its estimate, std_error, df, lower, upper and p_value."""
    numbers = dict(zip(COLUMNS[:-1], map(float, row), strict=True))
    return Effect(estimand=estimand, label=label, unit=unit, **numbers)


def _rate(fit: Fit, alpha: float) -> list[Effect]:
    """The rate of the part that remembers, where it is estimated: delta, a share a period."""
    design, main = fit.design, fit.design.intervention
    if not design.terms["rate"] or fit.distribution is None or main.delta is None:
        return []
    names = design.X.columns
    size = float(fit.coefficients[main.remembering])
    row = (names == design.terms["rate"][0]).astype(float) / size
    _, error, df, lower, upper, _ = fit.known.summarise(row, alpha)[0]
    label = f"Share left after one more {design.outcome.step}, of what fades"
    if main.remembering == "gradual":
        label = f"Share of the way still to go after one more {design.outcome.step}"
    ends = np.clip(main.delta + np.array([lower, upper]), 0, 1)
    return [_made("delta", label, np.array([main.delta, error, df, *ends, np.nan]), "")]


def _cumulative(path: Path) -> Effect:
    outcome = path.fit.design.outcome
    verb = "counted" if outcome.kind == "count" else "observed"
    label = f"Expected less {verb}, in all, {post_span(path.fit.design)}"
    row = path.sums([len(path.exposure)])[0]
    return _made("cumulative", label, row, outcome.unit)


def _relative(path: Path, total: Effect) -> Effect | str:
    """The total in per cent of what was expected, or why not."""
    observed = float(path.observed.sum())
    expected = observed + np.array([total.estimate, total.upper, total.lower])
    label = f"In all, of what was expected, {post_span(path.fit.design)}"
    usual = _usual(path.fit.design) * float(path.exposure.sum())
    return _of_expected("relative", label, total, observed, expected, usual)


def _share(design: Design, contrast: Contrast, effect: Effect) -> Effect | str:
    """An effect over periods in per cent of what was expected, where it is told in a unit."""
    if design.in_per_cent or contrast.periods is None:
        return ""
    observed = float(contrast.periods @ _rates(design, design.post))
    expected = observed - np.array([effect.estimate, effect.lower, effect.upper])
    label = f"{effect.label}, of what was expected"
    usual = _usual(design) * float(contrast.periods.sum())
    return _of_expected(f"relative({effect.estimand})", label, effect, observed, expected, usual)


def _rates(design: Design, rows: np.ndarray) -> np.ndarray:
    return np.asarray(observed_values(design, rows) / design.exposure[rows])


def _usual(design: Design) -> float:
    """The mean rate before the start, on a level scale; infinite where the series goes below 0."""
    if design.in_per_cent:
        return 0.0
    return float(usual_rate(_rates(design, design.own), design.pre[design.own]))


def _of_expected(
    estimand: str,
    label: str,
    effect: Effect,
    observed: float,
    expected: np.ndarray,
    usual: float,
) -> Effect | str:
    """What was seen less what was expected (3) in per cent of it, or the word for why not."""
    if np.isinf(usual):
        return "below zero"
    if observed < 0 or (expected <= 0).any():
        return "no share"
    estimate, lower, upper = share_of_expected(observed, expected, usual)
    if np.isnan([estimate, lower, upper]).any():
        return "near zero"
    error = 100 * observed / expected[0] ** 2 * effect.std_error
    row = np.array([estimate, error, effect.df, lower, upper, effect.p_value])
    return _made(estimand, label, row, "%")
