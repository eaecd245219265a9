"""Figures. They draw what was computed elsewhere, and say in words what they show."""

from analysis.plot.coverage import coverage
from analysis.plot.curve import curve
from analysis.plot.estimates import forest
from analysis.plot.paths import innovations, path, series
from analysis.plot.picture import Picture
from analysis.plot.placebo import placebo
from analysis.plot.robustness import breaks, power, windows

__all__ = [
    "Picture",
    "breaks",
    "coverage",
    "curve",
    "forest",
    "innovations",
    "path",
    "placebo",
    "power",
    "series",
    "windows",
]
