"""Interrupted time-series analysis of encounters at the US southwest border."""
