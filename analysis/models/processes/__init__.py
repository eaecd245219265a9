"""Regression under a grid of error processes: AR(1), noise, a trend whose slope may wander."""
