"""Model families behind one call: `fit(design, model="wandering_trend_calibrated")`."""

from analysis.models import bayes, counts, forecast_trend, ols  # noqa: F401  (each registers itself)
from analysis.models.processes import counts as wandering_counts  # noqa: F401
from analysis.models.processes import integrated, local_level, plug_in  # noqa: F401
from analysis.models.registry import Model, fit, model, refit, registered_models
from analysis.models.result import Distribution, Fit
from analysis.models.statespace import arima, structural  # noqa: F401

__all__ = ["Distribution", "Fit", "Model", "fit", "model", "refit", "registered_models"]
