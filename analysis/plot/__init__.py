"""Figures. They draw what was computed elsewhere, and say in words what they show."""

from analysis.plot.bounds import bends, unmeasured
from analysis.plot.claims import claimed
from analysis.plot.coverage import coverage
from analysis.plot.curve import curve
from analysis.plot.data import panels, season, spans
from analysis.plot.estimates import cells, dose, forest, pooled, without
from analysis.plot.groups import gaps, groups
from analysis.plot.paths import innovations, path, series
from analysis.plot.picture import Picture
from analysis.plot.placebo import placebo
from analysis.plot.robustness import breaks, power, windows
from analysis.plot.weekly import first_weeks, phase_ins
