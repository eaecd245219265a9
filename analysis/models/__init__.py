"""Model families behind one call: `fit(design, model="ar1")`."""

from analysis.models import ar1, newey_west, reml_ar1  # noqa: F401  (each registers itself)
from analysis.models.registry import Model, fit, model, refit, registered_models
from analysis.models.result import Distribution, Draws, Fit

__all__ = ["Distribution", "Draws", "Fit", "Model", "fit", "model", "refit", "registered_models"]
