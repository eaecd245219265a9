"""Official figures in: files as published and the embedded tables, checked, each with its source."""

from analysis.sources.catalogue import embedded, sources_page
from analysis.sources.table import ALL, DIMENSIONS, FREQUENCIES, Encounters, Source

__all__ = [
    "ALL",
    "DIMENSIONS",
    "FREQUENCIES",
    "Encounters",
    "Source",
    "embedded",
    "sources_page",
]
