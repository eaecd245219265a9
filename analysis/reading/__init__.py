"""Anybody's table in, a regular series out: what was understood is said, what was not is asked."""

from analysis.reading.series import PARAMETERS, read_series
from analysis.reading.understood import Reading

__all__ = ["PARAMETERS", "Reading", "read_series"]
