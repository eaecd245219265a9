"""Official figures in: published files and embedded tables, each checked and with its source."""

from analysis.sources.catalogue import embedded, sources_page
from analysis.sources.compare import cross_checks, newest_first, revisions
from analysis.sources.describe import LARGE, Description, describe_data, fiscal_year_totals
from analysis.sources.reading import Data, Reading, read_data, read_file
from analysis.sources.table import (
    ALL,
    DIMENSIONS,
    FREQUENCIES,
    OTHER_GROUP,
    Encounters,
    Source,
)

__all__ = [
    "ALL",
    "DIMENSIONS",
    "FREQUENCIES",
    "LARGE",
    "OTHER_GROUP",
    "Data",
    "Description",
    "Encounters",
    "Reading",
    "Source",
    "cross_checks",
    "describe_data",
    "embedded",
    "fiscal_year_totals",
    "newest_first",
    "read_data",
    "read_file",
    "revisions",
    "sources_page",
]
