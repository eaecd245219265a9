"""A forecast from the pre-period: any model, with an indicator for each later period.

The coefficient of a period's own indicator is what was observed there less what the other rows
make of it. With one for each row that is not before the start, nothing of these rows bears on the
rest, and the coefficients are observed minus forecast, with their joint distribution (Salkever
1976, J. Econometrics 4:393).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd

from analysis.design import Design
from analysis.design.identified import MIN_SPARE
from analysis.errors import refusal
from analysis.models.result import Fit


def with_indicators(design: Design) -> Design:
    """The design with an indicator for each row that is not before the start, and no other effect.

    Terms that the rows before the start cannot tell are left out. The names of the indicators are
    those of the kind "ahead".
    """
    none = {"intervention": (), "rate": ()}
    X = design.X.drop(columns=design.step_columns)
    own = replace(design, X=X, terms={**design.terms, **none})
    kept, later = varying_columns(own, rows=design.pre), np.flatnonzero(~design.pre)
    names = [f"ahead {i}" for i in later]
    indicators = pd.DataFrame(np.eye(len(design.y))[:, later], design.X.index, names)
    terms = {kind: tuple(n for n in of if n in kept) for kind, of in own.terms.items()}
    X = pd.concat([X[kept], indicators], axis=1)
    return replace(own, X=X, terms={**terms, "ahead": tuple(names)})


def as_forecast(fitted: Fit, design: Design) -> Fit:
    """The fit of a design with indicators, as a forecast of the design that it was made from."""
    ahead = list(fitted.design.terms["ahead"])
    after = fitted.coefficients[ahead].to_numpy()
    pre, y = design.pre, design.y
    fitted_path = y - fitted.residuals
    fitted_path[~pre] = y[~pre] - after
    at = fitted.coefficients.index.get_indexer(pd.Index(ahead))[design.post[~pre]]
    return replace(
        fitted,
        design=design,
        distribution=None,
        beyond=fitted.known.part(at),
        coefficients=fitted.coefficients.drop(ahead),
        residuals=fitted.residuals.where(pre, 0.0),
        innovations=fitted.innovations.where(pre, 0.0),
        fitted=fitted_path,
    )


def seen_rows(design: Design) -> np.ndarray:
    """The rows that bear on a model's estimates (n): all, or those without an indicator."""
    return design.pre if design.terms.get("ahead") else np.ones(len(design.y), dtype=bool)


def varying_columns(
    design: Design,
    reduce: Callable[[np.ndarray], np.ndarray] = lambda X: X,
    *,
    rows: np.ndarray | None = None,
) -> list[str]:
    """The terms that are not lost, nor a combination of others before them, after `reduce`.

    rows : those that tell, by default `seen_rows`.   Indicators of a forecast are no terms.

    Raises
    ------
    DesignError : too few rows are left beside them, as in a forecast from a short past.
    """
    rows, ahead = seen_rows(design) if rows is None else rows, design.terms.get("ahead", ())
    kept: list[str] = []
    steps = [c for c in design.step_columns if design.X.loc[rows, c].any()]
    others = [c for c in design.X if c not in design.step_columns and c not in ahead]
    for name in steps + others:
        reduced = reduce(design.X[[*kept, name]].to_numpy()[rows])
        size = np.linalg.norm(reduced, axis=0)
        whole = float(np.linalg.norm(design.X[name].to_numpy()[rows]))
        if size[-1] > 1e-8 * max(whole, 1e-300):
            singular = np.linalg.svd(reduced / size, compute_uv=False)
            if singular[-1] > 1e-8:
                kept.append(name)
    left = len(reduce(design.X.to_numpy()[rows]))
    if left - len(kept) < MIN_SPARE:
        key = "few rows" if rows.all() else "few rows before"
        raise refusal(key, rows=left, terms=len(kept), least=MIN_SPARE)
    return [str(c) for c in design.X if c in kept]
