"""How large an effect the data rule out: "smaller than x either way" against "cannot tell"."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd

from analysis import show
from analysis.effects.estimands import Effect, linear_effect
from analysis.errors import refuse_bounds
from analysis.models import Fit
from analysis.show.templates import Told


@dataclass(frozen=True, kw_only=True)
class Equivalence(Told):
    """Two one-sided tests (Schuirmann 1987, J. Pharmacokinet. Biopharm. 15:657) of one effect.

    effect : with the interval that holds 100 (1 - 2 alpha)%, whose ends both tests have.
    margin : the largest size in the effect's unit that would not matter, > 0; None for none.
    """

    effect: Effect
    alpha: float
    margin: float | None = None

    @property
    def limit(self) -> float:
        """The smallest size x such that an effect beyond -x to x is ruled out; may be NaN."""
        return max(abs(self.effect.lower), abs(self.effect.upper))

    @property
    def verdict(self) -> Literal["smaller", "larger", "cannot tell"]:
        """What the data say of the margin."""
        if self.margin is not None and self.limit < self.margin:
            return "smaller"
        beyond = max(self.effect.lower, -self.effect.upper)
        return "larger" if self.margin is not None and beyond > self.margin else "cannot tell"

    def told(self, size: float) -> str:
        """A size in the unit of the effect, in words."""
        whole = 0 if float(size).is_integer() else None
        of = " of what was expected" if self.effect.estimand.startswith("relative") else ""
        return show.amount(size, self.effect.unit, whole).lstrip("+") + of

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        row = {**vars(self.effect), "ruled_out_beyond": self.limit, "margin": self.margin}
        table = pd.DataFrame([row]).set_index("estimand")
        return show.with_table(self._repr_html_(), table, "ruled out")


def rule_out(
    fit: Fit,
    estimand: str = "relative(average)",
    *,
    margin: float | None = None,
    alpha: float = 0.05,
) -> Equivalence:
    """What size of one effect the data rule out, each side tested at alpha.

    Parameters
    ----------
    fit : of any model.
    estimand : a linear one, such as "average" or "at(6)". "relative(average)" is in per cent also
        on a level scale, if what was expected is above 0.
    margin : see `Equivalence`.   alpha : 0 < alpha <= 0.5.

    Raises
    ------
    InputError : an option out of bounds, or no such estimand.
    """
    refuse_bounds(
        ("margin", margin, margin is None or margin > 0, "above 0"),
        ("alpha", alpha, 0 < alpha <= 0.5, "above 0 and at most 0.5"),
    )
    effect = linear_effect(fit, estimand, alpha=2 * alpha)
    return Equivalence(effect=effect, alpha=alpha, margin=margin)
