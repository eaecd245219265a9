"""The Bayesian model, sampled by PyMC."""
