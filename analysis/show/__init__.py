"""How numbers, periods and tables are written for a reader. Everything is escaped."""

from analysis.errors import join_words
from analysis.show.numbers import (
    MINUS,
    NOT_IDENTIFIED,
    TIMES,
    amount,
    an_interval,
    estimate,
    estimate_cells,
    interval,
    interval_name,
    many,
    mark,
    number,
    observed,
    p_value,
    p_words,
    per_cent,
    rough,
    singular,
    spanned,
    standing,
    verb,
)
from analysis.show.tables import HEADLINE_MIME, TABLE_MIME, Shown, table, with_table
from analysis.show.words import (
    capital,
    dates_in_words,
    day_name,
    in_period,
    period_name,
    small,
    span_name,
    unbroken,
    words,
)
