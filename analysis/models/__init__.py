"""Model families behind one call: `fit(design, model="wandering_trend_calibrated")`."""

from analysis.models import bayes, counts, ols
from analysis.models.processes import counts as wandering_counts
from analysis.models.processes import integrated, local_level, plug_in
from analysis.models.registry import Model, find_model, fit, model, refit, registered_models
from analysis.models.result import Distribution, Fit
from analysis.models.statespace import arima, structural
