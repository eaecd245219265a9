"""Figures. They draw what was computed elsewhere, and say in words what they show."""

from analysis.plot.coverage import coverage
from analysis.plot.data import panels, season, spans
from analysis.plot.estimates import forest
from analysis.plot.paths import innovations, path, series
from analysis.plot.picture import Picture

__all__ = [
    "Picture",
    "coverage",
    "forest",
    "innovations",
    "panels",
    "path",
    "season",
    "series",
    "spans",
]
