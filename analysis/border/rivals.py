"""Rival explanations of a change, each with its sizes, and what would change our mind.

What is said of each is data (`rivals.yml`); every number is a result. The share left compares logs
of ratios, and half of the estimate is where the rule would be the smaller part.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from analysis import show
from analysis.border import facts
from analysis.border.audit import seasonal_pattern
from analysis.border.beside import became_of, measured
from analysis.border.groups import MIXED, RATIO, Evidence
from analysis.design import Design
from analysis.design.scale import from_per_cent, to_per_cent
from analysis.effects.estimands import Effects, estimate_effects
from analysis.errors import AnalysisError, attempt
from analysis.models import Fit, refit
from analysis.outcome import Outcome
from analysis.robustness.bend import Bends, bound_bends
from analysis.robustness.comparison import Compared
from analysis.robustness.curve.specification import Curve, by_series
from analysis.robustness.history import extreme_dates
from analysis.robustness.placebo import Placebo
from analysis.robustness.units import DoseResponse
from analysis.robustness.unmeasured import Unmeasured, map_unmeasured
from analysis.robustness.varied import Confounders, Windows
from analysis.show.templates import say

ENDS = ["estimate", "lower", "upper"]
BEFORE_VOTE = pd.Period("2024-10", "M")
PORTS = "At ports of entry, southwest"
Size = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Rivals(show.Shown):
    """Other explanations, and the limits that would change our mind.

    sizes : one row a size: `rival`, `label`, `estimate`, `lower`, `upper` (NaN where there is no
        interval), `unit`, and `left`, the share in per cent that is left of the estimate `whole`.
    minds : `text`, `now`, `limit` in words, `reached`.   said : by rival, `says` and `open`.
    """

    sizes: pd.DataFrame = field(repr=False)
    minds: pd.DataFrame = field(repr=False)
    said: Mapping[str, Mapping[str, str]] = field(repr=False)

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        return show.with_table(self._repr_html_(), self.sizes.set_index("rival"))

    def _repr_html_(self) -> str:
        if self.sizes.empty:
            return "<p>Rival explanations are written down for the asylum restrictions only.</p>"
        sizes = {
            name: "\n".join(say("size", row=row) for row in part.itertuples())
            for name, part in self.sizes.groupby("rival")
        }
        rivals = [
            (name, one["says"], sizes.get(name, ""), one["open"]) for name, one in self.said.items()
        ]
        minds = [
            (row.text, row.now, row.limit, "yes" if row.reached else "no")
            for row in self.minds.itertuples()
        ]
        reached, count = int(self.minds["reached"].sum()), len(self.minds)
        caption = say("minds", reached=reached, count=count)
        others = "Other explanations. Shares left are of the logs of the estimate."
        header = ["Explanation", "What speaks for it", "Its size", "What stays open"]
        told = show.table(header, rivals, caption=others, kind="rivals answer")
        limits = ["What", "Now", "Limit", "Reached"]
        return told + show.table(limits, minds, caption=caption, kind="answer")


def weigh_rivals(
    effects: Effects,
    *,
    history: Outcome,
    evidence: Evidence,
    compared: Compared,
    confounders: Confounders | AnalysisError,
    windows: Windows,
    placebo: Placebo,
    curve: Curve,
    dose: DoseResponse | AnalysisError,
) -> Rivals:
    """Each rival explanation of the intervention under study with its sizes, as a run found them.

    What the run could not estimate is left out. An intervention without rivals in `rivals.yml` has
    none.

    Parameters
    ----------
    effects, evidence, compared, confounders, windows, placebo, curve, dose : what the run found, by
        the functions of these names; a refusal where it could not.
    history : the long series, for the usual season.
    """
    given, main, design = facts("rivals.yml"), effects.table.loc["average"], effects.fit.design
    here = design.intervention.name == given["intervention"]
    written, minds = (given[part] if here else [] for part in ("rivals", "minds"))
    known = _of_covariates(confounders)
    sizes: dict[str, Size] = {
        **known,
        **_of_series(evidence, compared, main),
        **_of_designs(effects, main),
        **_as_counted(design, history),
        **_of_choices(windows, placebo, curve),
        "main": _size(main),
    }
    rows = [
        {"rival": rival["name"], "label": label + sizes[key].get("when", ""), **sizes[key]}
        for rival in written
        for key, label in rival["sizes"].items()
        if key in sizes
    ]
    now = {**_now(sizes, evidence, placebo, curve), **_of_unknown(design, placebo)}
    now |= _of_least(known, dose)
    limits = [mind for mind in minds if np.isfinite(now.get(mind["key"], np.nan))]
    return Rivals(
        sizes=pd.DataFrame(rows, columns=["rival", "label", *ENDS, "unit", "left", "whole"]),
        minds=pd.DataFrame([_mind(limit, now) for limit in limits]),
        said={rival["name"]: rival for rival in written},
    )


def _of_least(known: Mapping[str, Size], dose: DoseResponse | AnalysisError) -> dict[str, float]:
    """The least that a covariate leaves of the effect, and what stands at dose zero."""
    left = {"covariate": min(size["left"] for size in known.values())} if known else {}
    if isinstance(dose, DoseResponse):
        left["dose"], left["dose at most"] = (max(share, 0.0) for share in dose.standing[::2])
    return left


def _of_unknown(design: Design, placebo: Placebo) -> dict[str, float]:
    """How far a bend, or an event that nobody measured, has to go, beside those that are known."""
    limits = {}
    bends, unmeasured = attempt(bound_bends, design, past=placebo), attempt(map_unmeasured, design)
    if isinstance(bends, Bends) and len(bends.past):
        limits["bends"] = 100 * bends.sharper(bends.open) / len(bends.past)
    if isinstance(unmeasured, Unmeasured):
        limits["unmeasured"] = unmeasured.of_measured("estimate")
        limits["unmeasured zero"] = unmeasured.of_measured("interval")
    return limits


def _of_series(evidence: Evidence, compared: Compared, main: pd.Series) -> dict[str, Size]:
    """Against the exempt, of the exempt alone, and of series that should not move."""
    table, still = evidence.table, evidence.part("should not move")
    far = still.iloc[int(np.argmax(np.abs(from_per_cent(still["estimate"]))))]
    sizes = {
        "ratio": _left(table.loc[RATIO], main),
        "mix": _left(table.loc[MIXED], main),
        "children": _size(compared.table.loc["comparison"]),
        "unmoved": _size(far),
    }
    return {**sizes, "ports": _size(table.loc[PORTS])} if PORTS in table.index else sizes


def _of_covariates(found: Confounders | AnalysisError) -> dict[str, Size]:
    if isinstance(found, AnalysisError):
        return {}
    without = found.side("without")
    return {str(k): _left(row, without.loc[k]) for k, row in found.side("with").iterrows()}


def _of_designs(effects: Effects, main: pd.Series) -> dict[str, Size]:
    """Shifts of events in the model, and the effect with another season or a trend of its own."""
    design, terms = effects.fit.design, effects.fit.tabulate()
    sizes: dict[str, Size] = {
        event.name: {**{c: float(to_per_cent(terms.loc[event.name, c])) for c in ENDS}, "unit": "%"}
        for event in design.events
        if event.name in terms.index
    }
    bent = [
        replace(event, shape="level+slope") if event.name == "mexico-enforcement" else event
        for event in design.events
    ]
    changed: dict[str, dict[str, Any]] = {
        "no season": {"season": 0},
        "two waves": {"season": 2},
        "own trend": {"events": bent},
    }
    for name, change in changed.items():
        other = attempt(refit, effects.fit, **change)
        if isinstance(other, Fit) and list(other.design.X) != list(design.X):
            again = estimate_effects(other, alpha=effects.alpha)
            sizes[name] = _left(again.table.loc["average"], main)
    return sizes


def _as_counted(design: Design, history: Outcome) -> dict[str, Size]:
    """Changes that need no model: of the season, of lawful ways in, before and after."""
    rate, last = design.outcome.rate, design.periods[design.T0] - 1
    after = rate[last + 1 :].dropna()
    peak = rate[:last][-round(design.outcome.steps_per_year) :].idxmax()
    sizes = {
        "before": _change(rate[last], rate[peak], _when(peak, last)),
        "after": _change(rate.iloc[-1], rate[last], _when(last, rate.index[-1])),
        "counted": _change(after.mean(), rate[last]),
    }
    pattern = attempt(seasonal_pattern, history)
    if not isinstance(pattern, AnalysisError):
        months = sorted({period.month for period in after.index})
        usual = 100 * (pattern.shares[months].mean(axis=1) / pattern.shares[last.month] - 1)
        ends = dict(zip(ENDS, usual.quantile([0.5, 0.05, 0.95]), strict=True))
        sizes["usual"] = {**ends, "unit": "%"}
    ways = attempt(became_of, "ways", str(design.periods[0]))
    parts = attempt(measured, ways, design.intervention)
    if isinstance(parts, AnalysisError):
        return sizes
    when = _when(parts.before, parts.after)
    changes = parts.table.iterrows()
    return sizes | {str(name): _change(row.after, row.before, when) for name, row in changes}


def _of_choices(windows: Windows, placebo: Placebo, curve: Curve) -> dict[str, Size]:
    """The window until the vote, the largest change at another date, the middle of all choices."""
    ends, row = windows.part("end").set_index("period"), by_series(curve).iloc[0]
    sizes = {
        "middle": {**dict(zip(ENDS, row[["middle", "low", "high"]], strict=True)), "unit": "%"}
    }
    if BEFORE_VOTE in ends.index:
        sizes["until October"] = _size(ends.loc[BEFORE_VOTE])
    named = extreme_dates(placebo) if placebo.count else placebo.placebos
    real = placebo.table["statistic"].iloc[-1]
    for _, date in named[named["statistic"] * real > 0].iloc[:1].iterrows():
        sizes["largest"] = {**_size(date), "label": say("largest", row=date)}
    return sizes


def _now(
    found: Mapping[str, Size], evidence: Evidence, placebo: Placebo, curve: Curve
) -> dict[str, float]:
    """The numbers that would change our mind, as they are."""
    choices = by_series(curve).iloc[0]
    return {
        **{name: found[name]["left"] for name in ("ratio", "mix", "own trend") if name in found},
        "dates": 100 * (placebo.rank - 1) / max(placebo.count, 1),
        "falls": 100 * choices["share_negative"],
        "clear": 100 * choices["share_clear"],
        "moved": float(len(evidence.moved)),
    }


def _mind(entry: Mapping[str, Any], now: Mapping[str, float]) -> dict[str, Any]:
    """A limit in words, and whether it is reached; with the end of the interval on its side."""
    key, unit, side = entry["key"], entry["unit"], "below" if "below" in entry else "above"
    value, limit, most = now[key], entry[side], now.get(f"{key} at most")
    until = "" if most is None else f" (interval to {show.number(most)}{unit})"
    return {
        "text": entry["text"],
        "now": f"{show.number(value)}{unit}{until}",
        "limit": f"{side}\u00a0{show.number(limit)}{unit}",
        "reached": value < limit if side == "below" else value > limit,
    }


def _size(row: Any) -> dict[str, Any]:
    return {name: row[name] for name in (*ENDS, "unit")}


def _left(row: Any, whole: Any) -> dict[str, Any]:
    """A size with the share of the whole estimate that is left in it, in logs and per cent."""
    part, total = (float(from_per_cent(size["estimate"])) for size in (row, whole))
    return {**_size(row), "left": 100 * part / total, "whole": whole["estimate"]}


def _change(after: float, before: float, when: str = "") -> dict[str, Any]:
    """A change as counted, in per cent; without an interval. Its label ends with `when`."""
    return {"estimate": 100 * (after / before - 1), "unit": "%", "when": when}


def _when(first: pd.Period, last: pd.Period) -> str:
    return f", {show.span_name(first, last)}"
