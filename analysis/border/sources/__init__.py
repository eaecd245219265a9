"""Official figures in: published files and embedded tables, each checked and with its source."""

from analysis.border.sources.catalogue import embedded, sources_page
from analysis.border.sources.compare import cross_checks, each_month_once, newest_first, revisions
from analysis.border.sources.describe import LARGE, describe_data, fiscal_year_totals
from analysis.border.sources.reading import Data, Reading, read_data, read_file
from analysis.border.sources.table import ALL, DIMENSIONS, FREQUENCIES, OTHER_GROUP, Encounters

__all__ = [
    "ALL",
    "DIMENSIONS",
    "FREQUENCIES",
    "LARGE",
    "OTHER_GROUP",
    "Data",
    "Encounters",
    "Reading",
    "cross_checks",
    "describe_data",
    "each_month_once",
    "embedded",
    "fiscal_year_totals",
    "newest_first",
    "read_data",
    "read_file",
    "revisions",
    "sources_page",
]
