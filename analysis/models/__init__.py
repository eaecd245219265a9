"""Model families behind one call: `fit(design, model="ar1_calibrated")`."""

from analysis.models import (  # noqa: F401  (each registers itself)
    ar1,
    arima,
    bayes,
    counts,
    forecast_trend,
    gls_ar1_ml,
    newey_west,
    prais_winsten,
    reml_ar1,
    structural,
)
from analysis.models.registry import Model, fit, model, refit, registered_models
from analysis.models.result import Distribution, Draws, Fit

__all__ = ["Distribution", "Draws", "Fit", "Model", "fit", "model", "refit", "registered_models"]
