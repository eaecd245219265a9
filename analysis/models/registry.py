"""The models by name. A model is a function of a design that returns a `Fit`."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from importlib.metadata import entry_points
from typing import Any, Final

import numpy as np
import pandas as pd

from analysis.design import Design, rebuild
from analysis.design.scale import Scale
from analysis.errors import AnalysisError, refusal, unknown_name
from analysis.given import refuse_kinds
from analysis.models.forecast import as_forecast, with_indicators
from analysis.models.processes.autoregression import whiten
from analysis.models.rate import at_best_rate
from analysis.models.result import Distribution, Fit
from analysis.outcome import Outcome

FitFunction = Callable[..., Fit]
# The scales of a model with normal errors, and those of one with a log link.
NORMAL: tuple[Scale, ...] = ("log", "level")
COUNTS: tuple[Scale, ...] = ("log", "count")


@dataclass(frozen=True, kw_only=True)
class Model:
    """A registered model: its name, a label for tables, the function that fits it, its scales.

    ahead : whether its fits are forecasts from the pre-period; see `forecast`.
    """

    name: str
    label: str
    function: FitFunction
    scales: tuple[Scale, ...] = NORMAL
    ahead: bool = False

    @property
    def about(self) -> str:
        """The first paragraph of the docstring of a model of another package; "" of ours."""
        package = self.function.__module__.partition(".")[0]
        if package == "analysis":
            return ""
        told = (inspect.getdoc(self.function) or "").partition("\n\n")[0]
        return " ".join(told.split()) or f"It is a model of the package {package}."


_MODELS: dict[str, Model] = {}
ENTRY_POINTS = "analysis.models"
DEFAULT_MODEL: Final = "wandering_trend_calibrated"
# A residual this small beside the series is rounding.
EXACT = 1e-12


def model(
    name: str, label: str, *, scales: tuple[Scale, ...] = NORMAL, ahead: bool = False
) -> Callable[[FitFunction], FitFunction]:
    """Register a function `f(design, *, option=default, ...) -> Fit` under a name.

    scales : those that it can take; designs on another are refused before it sees them.
    ahead : whether it is to forecast from the pre-period. It is given the design with an indicator
        for each later row, and `fit` makes the forecast of what it returns.

    A package offers models of its own through the entry point group "analysis.models": each
    entry names a function that is registered under the entry's name.

    Parameters
    ----------
    name, label : how it is asked for, and what a page calls it.

    Raises
    ------
    InputError : the name is taken by another function, or the function does not take a design
        followed by options with defaults.
    """

    def register(function: FitFunction) -> FitFunction:
        _refuse_signature(name, function)
        _MODELS[name] = Model(name=name, label=label, function=function, scales=scales, ahead=ahead)
        return function

    return register


def registered_models() -> dict[str, Model]:
    """All registered models by name, those of other packages included."""
    for entry in entry_points(group=ENTRY_POINTS):
        if entry.name in _MODELS:
            continue
        # Loading the module may register the function by its own decorator.
        function = entry.load()
        if entry.name not in _MODELS:
            model(entry.name, entry.name)(function)
    return dict(_MODELS)


def fit(design: Design, model: str = DEFAULT_MODEL, **options: Any) -> Fit:
    """Fit a model by name to a design.

    Parameters
    ----------
    options : of the model, by name.

    Raises
    ------
    InputError : no such model, an option that the model does not have, or a model that does not
        return a `Fit` of this design.
    DesignError : a series without any variation around the design, a scale that the model cannot
        take, or an option out of its bounds.
    """
    refuse_scale(model, design.outcome, design.scale)
    function = find_model(model).function
    defaults = _defaults(function)
    for option in options:
        if option not in defaults:
            raise unknown_name(f"option of model {model}", option, defaults or ["(none)"])
    refuse_kinds(function, options, f"its.registered_models()['{model}'].function")
    _refuse_exact(design)
    if design.terms["rate"]:
        return _with_rate(design, model, options)
    return _fitted(design, model, options)


def _with_rate(design: Design, model: str, options: Mapping[str, Any]) -> Fit:
    """The fit at the rate that is best; what a model chooses itself, it chooses once."""
    chosen = dict(options)

    def attempt(one: Design) -> Fit:
        fitted = _fitted(one, model, chosen)
        chosen.update(fitted.options)
        return fitted

    return at_best_rate(design, attempt)


def _fitted(design: Design, model: str, options: Mapping[str, Any]) -> Fit:
    """The model's own `Fit`, checked and completed."""
    known = find_model(model)
    given = with_indicators(design) if known.ahead else design
    returned: object = known.function(given, **options)
    if not isinstance(returned, Fit) or returned.distribution is None:
        raise _broken(model, f"returned {type(returned).__name__}, not a Fit with a distribution")
    _refuse_distribution(model, returned.distribution, given.X.shape[1])
    # A model that has chosen an option itself, such as an order, says which.
    options = {**_defaults(known.function), **options, **returned.options}
    whole = _completed(replace(returned, design=given, model=model, options=options))
    n, p = given.X.shape
    for part, wanted in (("coefficients", p), ("residuals", n), ("innovations", n)):
        if (length := len(getattr(whole, part))) != wanted:
            raise _broken(model, f"returned {length} {part} where the design has {wanted}")
    return as_forecast(whole, design) if known.ahead else whole


def _defaults(function: FitFunction) -> dict[str, Any]:
    parameters = list(inspect.signature(function).parameters.items())[1:]
    return {name: parameter.default for name, parameter in parameters}


def _completed(fit: Fit) -> Fit:
    """With what follows from the distribution of the coefficients, where it is left out."""
    known, design, given = fit.known, fit.design, {}
    if fit.coefficients is None:
        given["coefficients"] = pd.Series(known.median, design.X.columns)
    fit = replace(fit, **given)
    if fit.residuals is None:
        given["residuals"] = design.y - fit.expected
    fit = replace(fit, **given)
    rho = float(known.weight @ known.rho) if fit.rho is None else fit.rho
    if fit.innovations is None:
        white = whiten(fit.residuals.to_numpy(), design.clock, rho)
        sigma = float(np.sqrt(known.weight @ known.sigma**2)) or float(white.std())
        given["innovations"] = pd.Series(white / sigma, design.y.index)
    return replace(fit, **given, rho=rho)


def refuse_scale(model: str, outcome: Outcome, scale: Scale) -> None:
    """Refuse a scale that a model cannot take; the remedy is one that this series can take.

    Raises
    ------
    InputError : no such model.
    DesignError : another scale.
    """
    scales = find_model(model).scales
    counted = outcome.kind == "count"
    if scale in scales and (counted or "count" not in scales):
        return
    if scale != "count":
        ways = [f'model="{DEFAULT_MODEL}"'] + counted * ['scale="count" with this model']
    else:
        positive = bool((outcome.values.dropna() > 0).all())
        other = f'scale="{"log" if positive else "level"}"'
        ways = ['model="quasi_poisson"', f"{other} with this model"]
    raise refusal("scale of a model", model=model, kind=outcome.kind, scale=scale, ways=ways)


def find_model(name: str) -> Model:
    """A registered model by name.

    Raises
    ------
    InputError : no such model.
    """
    known = _MODELS if name in _MODELS else registered_models()
    if name not in known:
        raise unknown_name("model", name, known)
    return known[name]


def _refuse_exact(design: Design) -> None:
    y, X = design.y.to_numpy(), design.X.to_numpy()
    residuals = y - X @ np.linalg.lstsq(X, y, rcond=None)[0]
    if np.abs(residuals).max() <= EXACT * np.abs(y).max():
        raise refusal("exact fit", name=design.outcome.name)


def _refuse_distribution(name: str, known: Distribution, p: int) -> None:
    """Refuse a distribution that is not one of p coefficients."""
    G = len(known.weight)
    for part, shape in {"center": (G, p), "scale": (G, p, p), "rho": (G,), "sigma": (G,)}.items():
        value = getattr(known, part)
        if np.shape(value) != shape or not np.isfinite(value).all():
            raise _broken(name, f"returned a {part} that is not finite numbers of shape {shape}")
    if not np.isclose(known.weight.sum(), 1.0):
        raise _broken(name, "returned weights that do not add up to 1")


def _broken(name: str, what: str) -> AnalysisError:
    return refusal("broken model", name=name, what=what)


def refit(fitted: Fit, **changes: Any) -> Fit:
    """The same model on a design with some choices changed; see `design.rebuild`.

    Parameters
    ----------
    fitted : a fit.   changes : options of `build_design`, or another outcome or intervention.

    Raises
    ------
    InputError, DesignError : as `rebuild` and `fit`.
    """
    return fit(rebuild(fitted.design, **changes), fitted.model, **fitted.options)


def _refuse_signature(name: str, function: FitFunction) -> None:
    taken = _MODELS.get(name)
    if taken and taken.function.__qualname__ != function.__qualname__:
        raise refusal("model name taken", name=name, owner=taken.function.__qualname__)
    parameters = list(inspect.signature(function).parameters.values())
    if not parameters or any(p.default is inspect.Parameter.empty for p in parameters[1:]):
        raise refusal("signature of a model", name=name, signature=inspect.signature(function))
