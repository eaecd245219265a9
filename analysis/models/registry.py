"""The models by name. A model is a function of a design that returns a `Fit`."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from analysis.design import Design, rebuild
from analysis.errors import InputError, unknown_name
from analysis.models.result import Fit

FitFunction = Callable[..., Fit]


@dataclass(frozen=True, kw_only=True)
class Model:
    """A registered model: its name, a label for tables, and the function that fits it."""

    name: str
    label: str
    function: FitFunction


_MODELS: dict[str, Model] = {}


def model(name: str, label: str) -> Callable[[FitFunction], FitFunction]:
    """Register a function `f(design, *, option=default, ...) -> Fit` under a name.

    Raises
    ------
    InputError : the name is taken by another function, or the function does not take a design
        followed by options with defaults.
    """

    def register(function: FitFunction) -> FitFunction:
        _refuse_signature(name, function)
        _MODELS[name] = Model(name=name, label=label, function=function)
        return function

    return register


def registered_models() -> dict[str, Model]:
    """All registered models by name."""
    return dict(_MODELS)


def fit(design: Design, model: str = "ar1", **options: Any) -> Fit:
    """Fit a model by name to a design.

    Raises
    ------
    InputError : no such model, or an option that the model does not have.
    """
    if model not in _MODELS:
        raise unknown_name("model", model, _MODELS)
    function = _MODELS[model].function
    known = list(inspect.signature(function).parameters)[1:]
    for option in options:
        if option not in known:
            raise unknown_name(f"option of model {model}", option, known or ["(none)"])
    return function(design, **options)


def refit(fitted: Fit, **changes: Any) -> Fit:
    """The same model on a design with some choices changed; see `design.rebuild`."""
    return fit(rebuild(fitted.design, **changes), fitted.model, **fitted.options)


def _refuse_signature(name: str, function: FitFunction) -> None:
    taken = _MODELS.get(name)
    if taken and taken.function.__qualname__ != function.__qualname__:
        raise InputError(
            f"The model name '{name}' is taken by {taken.function.__qualname__}.",
            rule="Each model has a name of its own.",
            remedy="Register under another name.",
        )
    parameters = list(inspect.signature(function).parameters.values())
    if not parameters or any(p.default is inspect.Parameter.empty for p in parameters[1:]):
        raise InputError(
            f"The model '{name}' has the signature {inspect.signature(function)}.",
            rule="A model takes a design, then options that have defaults.",
            remedy="Write it as f(design, *, option=default) -> Fit.",
        )
