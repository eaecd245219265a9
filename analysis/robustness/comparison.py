"""A comparison group inside the border: what all groups share cancels in their ratio."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd

from analysis import show
from analysis.design import Design, build_design
from analysis.design.scale import Scale, to_per_cent
from analysis.effects.checks import Check
from analysis.effects.estimands import Effects, estimate_effects
from analysis.errors import unknown_name
from analysis.models import fit
from analysis.models.batch import Problem, batch_contrasts
from analysis.models.registry import DEFAULT_MODEL
from analysis.outcome import Outcome, Which, own_words, ratio_outcome
from analysis.robustness.estimating import (
    NO_OPTIONS,
    estimate_designs,
    excludes_zero,
    try_designs,
)
from analysis.show.templates import Told, say

SIGNIFICANT = 0.05


@dataclass(frozen=True, kw_only=True)
class Compared(Told, rows=""):
    """A treated group against a comparison group.

    table : rows `ratio` (the effect on the treated group relative to the comparison group),
        `treated` and `comparison` (each group alone), with the standard columns.
    words : the treated and the comparison group in the words that tell them apart.
    effects : all effects on the ratio.   trends : the check of trends before the intervention.
    """

    table: pd.DataFrame = field(repr=False)
    words: tuple[str, str]
    effects: Effects
    trends: Check


@dataclass(frozen=True, kw_only=True)
class Cells(Told):
    """The same estimate in several series (a forest).

    table : `cell`, `first`, `last`, `mean_a_day` (before the intervention), the standard columns.
    left_out : as of `try_designs`.
    designs : by cell.   alpha : of the intervals.
    """

    table: pd.DataFrame = field(repr=False)
    left_out: pd.DataFrame = field(repr=False)
    designs: Mapping[str, Design] = field(repr=False)
    alpha: float

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        return show.with_table(self._repr_html_(), self.table.set_index("cell"))

    @property
    def clear(self) -> int:
        """In how many series the interval does not hold zero."""
        return int(excludes_zero(self.table).sum())


def compare_groups(
    treated: Outcome,
    comparison: Outcome,
    intervention: Which,
    *,
    events: Sequence[Which] = (),
    season: int | str = 0,
    model: str = DEFAULT_MODEL,
    options: Mapping[str, Any] = NO_OPTIONS,
    alpha: float = 0.05,
) -> Compared:
    """The effect on the ratio of two groups, and on each of them alone.

    The log of a ratio is the difference of the logs, so whatever moves both groups by the same
    share cancels: season (hence no season terms unless asked for), smuggling, enforcement in
    Mexico. The two series are cut to the periods that both have.

    Parameters
    ----------
    treated, comparison : series of rates.
    intervention, events, season : as in `build_design`, for all three designs.
    model, options, alpha : as in `run_placebos`.

    Raises
    ------
    InputError : no period in common, or a zero in the comparison group.
    DesignError : the window cannot identify the design.
    """
    ratio = ratio_outcome(treated, comparison)
    first, last = ratio.periods[[0, -1]]
    series = {
        "ratio": ratio,
        "treated": treated.window(first, last),
        "comparison": comparison.window(first, last),
    }
    designs = {
        key: build_design(outcome, intervention, events=events, season=season)
        for key, outcome in series.items()
    }
    labels = [f"Relative: {treated.name} against {comparison.name}", treated.name, comparison.name]
    estimates = estimate_designs(
        designs.values(), "average", model=model, options=options, alpha=alpha
    )
    estimates.insert(0, "label", labels)
    fitted = fit(designs["ratio"], model, **options)
    return Compared(
        table=estimates.set_index(pd.Index(designs, name="fit")),
        words=own_words(treated, comparison)[1:],
        effects=estimate_effects(fitted, alpha=alpha),
        trends=check_trends(designs["ratio"], alpha=alpha),
    )


def check_trends(design: Design, *, alpha: float = SIGNIFICANT) -> Check:
    """Whether a ratio had a trend before the intervention (AR(1), autocorrelation integrated out).

    The pre-period alone is fitted with the design's constant, trend, events and season.

    Parameters
    ----------
    design : of a ratio.   alpha : p from which on no trend is told, 0 < alpha <= 1.

    Raises
    ------
    InputError : alpha outside its bounds.
    """
    before = design.take(design.pre)
    pre = before.X.drop(columns=design.step_columns)
    pre = pre.loc[:, pre.abs().sum() > 0]
    check = Check(
        name="trends before",
        question="Did the two groups go the same way before?",
        reason="The pre-period is too short to tell, or the design has no trend.",
    )
    if "trend" not in pre or len(pre) - pre.shape[1] < 3:
        return check
    contrast = (pre.columns == "trend").astype(float) * design.outcome.steps_per_year
    problem = Problem.of(replace(before, X=pre), contrast)
    trend = batch_contrasts([problem], alpha=alpha).iloc[0]
    p_value = float(trend["p_value"])
    good = p_value >= alpha
    reason, size = _trend_reason(trend, good, design, alpha), float(trend["estimate"])
    return replace(check, reason=reason, good=good, statistic=size, p_value=p_value)


def estimate_cells(
    cells: Mapping[str, Outcome],
    intervention: Which | Mapping[str, Which],
    *,
    start: str | None = None,
    end: str | None = None,
    events: Sequence[Which] = (),
    season: int | str = "auto",
    scale: Scale = "log",
    model: str = DEFAULT_MODEL,
    options: Mapping[str, Any] = NO_OPTIONS,
    alpha: float = 0.05,
) -> Cells:
    """The same design in each series; one that cannot have it is left out with the reason.

    A series that ends before `end` is used until its own end (see `last` in the table).

    intervention : one for all, or for each series by name.

    Parameters
    ----------
    cells : series by name.   start, end : of the window; None for those of each series.
    events, season, scale : as in `build_design`.   model, options, alpha : as in `run_placebos`.

    Raises
    ------
    InputError : none of the series can be estimated.
    """

    def alone(name: str) -> Design:
        window = cells[name].window(start, cells[name].last_by(end))
        which = intervention
        if isinstance(which, Mapping):
            if name not in which:
                raise unknown_name("series in intervention", name, which)
            which = which[name]
        return build_design(window, which, events=events, season=season, scale=scale)

    designs, left_out = try_designs(cells, alone, "no series")
    keys = [
        {
            "cell": name,
            "first": design.periods[0],
            "last": design.periods[-1],
            "mean_a_day": design.outcome.rate[design.periods[design.pre]].mean(),
        }
        for name, design in designs.items()
    ]
    estimates = estimate_designs(
        designs.values(), "average", model=model, options=options, alpha=alpha
    )
    table = pd.DataFrame(keys).join(estimates)
    return Cells(table=table, left_out=left_out, designs=designs, alpha=alpha)


def _trend_reason(found: pd.Series, good: bool, design: Design, alpha: float) -> str:
    """The trend in words, and what it could amount to by the end of the window."""
    years = design.post.sum() / design.outcome.steps_per_year
    most = to_per_cent(max(abs(found["lower"]), abs(found["upper"])) * years)
    trend = to_per_cent(found[["estimate", "lower", "upper"]].astype(float))
    return say("trend", found=trend, good=good, most=float(most), alpha=alpha)
