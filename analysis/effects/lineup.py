"""The same effects of several fits side by side, and where models disagree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import permutations, product
from typing import Any

import numpy as np
import pandas as pd

from analysis import show
from analysis.design import Design
from analysis.effects.estimands import COLUMNS, Effects, estimate_effects
from analysis.errors import DesignError, refusal, refuse_bounds
from analysis.models import Fit, find_model, fit
from analysis.show.templates import Told

# What the table on a page shows; `table` has all.
SHOWN = {"level": "At once", "average": "On average"}
# So many rows, such as days, are long: slow models are then fitted where they are asked for.
LONG = 2000


@dataclass(frozen=True, kw_only=True)
class Comparison(Told):
    """Effects of several models on one design.

    alpha : their intervals hold 100 (1 - alpha)%.
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
        rows, flags = {}, self.disagreements
        for estimand, (name, effects) in product(self.estimands, self.effects.items()):
            effect = effects.find(estimand)
            rows[estimand, name] = {
                **{column: getattr(effect, column, np.nan) for column in COLUMNS},
                "converged": effects.fit.converged,
                "disagreement": "; ".join(" ".join(f) for f in flags.get((estimand, name), ())),
            }
        index = pd.MultiIndex.from_tuples(rows, names=["estimand", "model"])
        return pd.DataFrame(list(rows.values()), index)

    @property
    def disagreements(self) -> dict[tuple[str, str], list[tuple[str, str]]]:
        """By estimand and model: how it disagrees ("opposite sign to"), and with which model.

        A model disagrees where its sign is the opposite, or its estimate lies outside the interval
        of another.
        """
        flags: dict[tuple[str, str], list[tuple[str, str]]] = {}
        for estimand in self.estimands:
            known = {n: e for n, es in self.effects.items() if (e := es.find(estimand))}
            for (a, one), (b, other) in permutations(known.items(), 2):
                hows = flags.setdefault((estimand, a), [])
                if one.estimate * other.estimate < 0:
                    hows.append(("opposite sign to", b))
                if other.identified and not other.lower <= one.estimate <= other.upper:
                    hows.append(("outside the interval of", b))
        return {key: hows for key, hows in flags.items() if hows}

    def of(self, estimand: str) -> pd.DataFrame:
        """One estimand, one row a model that gives it, indexed by the model's label."""
        rows = self.table.loc[estimand].dropna(subset="estimate")
        return rows.set_axis([self._label(str(name)) for name in rows.index])

    def _label(self, name: str) -> str:
        """The model's label; with the name that it was given where that is another."""
        model = self.effects[name].fit.model
        label = find_model(model).label
        return label if name == model else f"{label} ({name})"

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        by_fit = self.table.rename_axis(["estimand", "fit"]).reorder_levels(["fit", "estimand"])
        return show.with_table(self._repr_html_(), by_fit)

    @property
    def rows(self) -> list[tuple[str, str, str, str, str]]:
        """Model, effect, estimate, interval and remarks, as a page shows them."""
        given = [e for e in SHOWN if any(effects.find(e) for effects in self.effects.values())]
        rows = [self._row(estimand, name) for estimand in given for name in self.effects]
        failed = [(name, "", "not fitted", "", reason) for name, reason in self.failed.items()]
        return rows + failed

    def _row(self, estimand: str, name: str) -> tuple[str, str, str, str, str]:
        effect = self.effects[name].find(estimand)
        if effect is None:
            reason = self.effects[name].absent.get(estimand, "")
            return (self._label(name), SHOWN[estimand], "not given", "", reason)
        cells = show.estimate_cells(effect)
        return (self._label(name), effect.label, *cells, self._remarks(estimand, name))

    def _remarks(self, estimand: str, name: str) -> str:
        fitted = self.effects[name].fit
        flags = self.disagreements.get((estimand, name), [])
        remarks = [] if fitted.converged else ["not converged"]
        remarks += [] if fitted.distribution else ["observed minus forecast"]
        for how in dict.fromkeys(how for how, _ in flags):
            others = [f"\u201c{self._label(m)}\u201d" for one, m in flags if one == how]
            several = how.replace("interval of", "intervals of") if others[1:] else how
            remarks.append(f"{several} {show.join_words(others)}")
        return "; ".join(remarks)


def compare(
    design: Design,
    models: Sequence[str] | Mapping[str, Mapping[str, Any]] | None = None,
    *,
    at: Sequence[int] = (1,),
    alpha: float = 0.05,
) -> Comparison:
    """Fit several models to one design and line up their effects.

    models : None for the usual ones on the design's scale (count models on "count"); names, or
        names with their options ({"arima": {"order": (0, 2, 1)}}). An option
        `model` lets one model stand under several names: {"wide": {"model": "newey_west",
        "maxlags": 6}}.

    A model that cannot take the design is listed with the reason.

    Parameters
    ----------
    at : as in `estimate_effects`.

    Raises
    ------
    InputError : no model, an unknown model or option, or alpha outside its bounds.
    DesignError : no model that can take the design.
    """
    effects, failed = {}, {}
    usual = show.words("effects/models.yml")
    if models is None:
        given = usual["counts" if design.scale == "count" else "others"]
        if len(design.y) > LONG:
            said = f"Takes minutes with {show.number(len(design.y))} rows: ask for it by name."
            failed = {name: said for name in given if name in usual["slow"]}
        models = {name: options for name, options in given.items() if name not in failed}
    wanted = dict(models) if isinstance(models, Mapping) else {name: {} for name in models}
    if not wanted:
        raise refusal("no model", models=usual["others"])
    for name, given in wanted.items():
        options = dict(given)
        model = options.pop("model", name)
        try:
            effects[name] = estimate_effects(fit(design, model, **options), at=at, alpha=alpha)
        except DesignError as error:
            failed[name] = error.problem
    if not effects:
        raise refusal("no model that can", reasons=" ".join(failed.values()))
    return Comparison(design=design, alpha=alpha, effects=effects, failed=failed)


@dataclass(frozen=True, kw_only=True)
class LineUp(Told, rows=""):
    """The same effects of several fits, intervals of 100 (1 - alpha)%.

    table : indexed by (fit, estimand).
    """

    table: pd.DataFrame = field(repr=False)
    alpha: float


def line_up(fits: Mapping[str, Fit], *, alpha: float = 0.05) -> LineUp:
    """The level and the average of several fits in one table; what a fit has not is left out.

    Parameters
    ----------
    fits : by name.   alpha : as in `estimate_effects`.

    Raises
    ------
    InputError : no fit, or alpha outside its bounds.
    """
    refuse_bounds(("number of fits", len(fits), len(fits) > 0, "1 or more"))
    tables = {name: estimate_effects(fit, alpha=alpha).table for name, fit in fits.items()}
    chosen = {name: t.loc[[e for e in SHOWN if e in t.index]] for name, t in tables.items()}
    return LineUp(table=pd.concat(chosen, names=["fit"]), alpha=alpha)
