"""The same effects of several fits side by side, and where models disagree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from analysis import show
from analysis.counterfactual import interval_name
from analysis.design import Design
from analysis.effects import COLUMNS, Effect, Effects, estimate_effects
from analysis.errors import DesignError, InputError
from analysis.models import Fit, fit

MODELS = ("ar1", "reml_ar1", "newey_west", "prais_winsten", "arima", "structural")


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Effects of several models on one design.

    effects : by the name that each fit was given.
    failed : models that could not be fitted, with the reason.
    """

    design: Design = field(repr=False)
    alpha: float
    effects: Mapping[str, Effects]
    failed: Mapping[str, str]

    @property
    def estimands(self) -> list[str]:
        """All estimands that any of the models gives, in the usual order."""
        every = [e.estimand for effects in self.effects.values() for e in effects.effects]
        return list(dict.fromkeys(every))

    @property
    def table(self) -> pd.DataFrame:
        """One row an estimand and model: the standard columns, `converged` and `disagreement`.

        `disagreement` says with which models, and how; it is empty where there is none. NaN
        stands in for an estimand that a model cannot give.
        """
        rows = {}
        flags = self.disagreements
        for estimand in self.estimands:
            for name, effects in self.effects.items():
                effect = _find(effects, estimand)
                row: dict[str, Any] = {c: getattr(effect, c, np.nan) for c in COLUMNS}
                row["converged"] = effects.fit.converged
                row["disagreement"] = "; ".join(flags.get((estimand, name), ()))
                rows[estimand, name] = row
        index = pd.MultiIndex.from_tuples(rows, names=["estimand", "model"])
        return pd.DataFrame(list(rows.values()), index)

    @property
    def disagreements(self) -> dict[tuple[str, str], list[str]]:
        """By estimand and model: "opposite sign to ...", "outside the interval of ..."."""
        found: dict[tuple[str, str], list[str]] = {}
        for estimand in self.estimands:
            known = {n: e for n, es in self.effects.items() if (e := _find(es, estimand))}
            for (a, one), (b, other) in combinations(known.items(), 2):
                if one.estimate * other.estimate < 0:
                    found.setdefault((estimand, a), []).append(f"opposite sign to {b}")
                    found.setdefault((estimand, b), []).append(f"opposite sign to {a}")
                if _outside(one, other):
                    found.setdefault((estimand, a), []).append(f"outside the interval of {b}")
                if _outside(other, one):
                    found.setdefault((estimand, b), []).append(f"outside the interval of {a}")
        return found

    def _repr_html_(self) -> str:
        rows = []
        for (estimand, name), row in self.table.iterrows():
            effect = _find(self.effects[name], str(estimand))
            if effect is None:
                rows.append((f"{estimand}, {name}", "not given", "", "", ""))
                continue
            told = "" if row["converged"] else "not converged; "
            rows.append(
                (
                    f"{estimand}, {name}",
                    show.amount(effect.estimate, effect.unit),
                    show.interval(effect.lower, effect.upper, effect.unit),
                    show.p_value(effect.p_value),
                    told + str(row["disagreement"]),
                )
            )
        rows += [(name, "not fitted", reason, "", "") for name, reason in self.failed.items()]
        header = ["Effect and model", "Estimate", f"{100 * (1 - self.alpha):g}% interval", "p"]
        caption = f"Effects on {self.design.outcome.name} by model"
        return show.table([*header, "Disagreement"], rows, caption=caption)


def compare(
    design: Design,
    models: Sequence[str] | Mapping[str, Mapping[str, Any]] = MODELS,
    *,
    at: Sequence[int] = (1,),
    alpha: float = 0.05,
) -> Comparison:
    """Fit several models to one design and line up their effects.

    models : names, or names with their options ({"arima": {"order": (0, 2, 1)}}). An option
        `model` lets one model stand under several names: {"wide": {"model": "newey_west",
        "maxlags": 6}}.

    A model that cannot take the design is listed with the reason.

    Raises
    ------
    InputError : no model, an unknown model or option, or alpha outside its bounds.
    """
    wanted = dict(models) if isinstance(models, Mapping) else {name: {} for name in models}
    if not wanted:
        raise InputError(
            "There is no model to compare.",
            rule="A comparison takes at least one model.",
            remedy=f"For example {list(MODELS)}.",
        )
    effects, failed = {}, {}
    for name, given in wanted.items():
        options = dict(given)
        model = options.pop("model", name)
        try:
            effects[name] = estimate_effects(fit(design, model, **options), at=at, alpha=alpha)
        except DesignError as error:
            failed[name] = error.problem
    return Comparison(design=design, alpha=alpha, effects=effects, failed=failed)


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
        header = ["Model", "Effect", "Estimate", interval_name(self.alpha)]
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


def _find(effects: Effects, estimand: str) -> Effect | None:
    return next((e for e in effects.effects if e.estimand == estimand), None)


def _outside(one: Effect, other: Effect) -> bool:
    return other.identified and not other.lower <= one.estimate <= other.upper
