"""What a notebook hands on comes back from the files of its report.

Numbers in effects.csv have twelve significant digits.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import nbformat
import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis import show
from analysis.report.record import read_record, write_record
from analysis.report.render import numbers, write_numbers

DIGITS = 12
# A carriage return alone ends a line of a CSV file, as Python writes it.
texts = st.text(st.characters(codec="utf-8", exclude_characters="\r"), max_size=20)
words = st.sampled_from(
    ['a, b', 'say "so"', "two\nlines", "a\r\nb", "", " x ", "NA", "nan", "None", "true", "007",
     "1e5", "2024-06", "−35.9%", "Título 42", "=1+1", "\u2028", "'", "#", "\\n"]
)  # fmt: skip
floats = st.floats(allow_nan=False, allow_infinity=True)


def notebook_of(*bundles: dict) -> nbformat.NotebookNode:
    """A notebook whose cells show these outputs, as it comes back from its file."""
    notebook = nbformat.v4.new_notebook()
    for bundle in bundles:
        output = nbformat.v4.new_output("display_data", data=bundle)
        notebook.cells.append(nbformat.v4.new_code_cell("", outputs=[output]))
    return nbformat.from_dict(json.loads(json.dumps(notebook)))


def through_files(*tables: pd.DataFrame) -> pd.DataFrame:
    bundles = [show.with_table("", table, fit="main") for table in tables]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "effects.csv")
        write_numbers(path, numbers(notebook_of(*bundles)))
        return pd.read_csv(path, dtype=str, keep_default_na=False)


@settings(max_examples=100)
@given(values=st.lists(floats, min_size=1, max_size=6))
def test_numbers_come_back_with_twelve_digits(values):
    found = through_files(pd.DataFrame({"estimate": values}))["estimate"]
    assert found.tolist() == [f"{value:.{DIGITS}g}" for value in values]


@settings(max_examples=150)
@given(cells=st.lists(st.one_of(texts, words), min_size=1, max_size=5))
def test_texts_come_back_as_they_are(cells):
    found = through_files(pd.DataFrame({"label": cells, "estimate": 1.5}))
    assert found["label"].tolist() == cells
    assert found["fit"].tolist() == ["main"] * len(cells)


def test_a_table_that_is_shown_twice_is_there_once():
    one = show.with_table("", pd.DataFrame({"estimate": [1.0, 1.0]}), fit="main")
    other = show.with_table("", pd.DataFrame({"estimate": [1.0]}), fit="other")
    assert numbers(notebook_of(one, other, one))["fit"].tolist() == ["main", "main", "other"]


def test_what_is_not_there_is_empty_and_whole_numbers_stay_whole():
    one = pd.DataFrame({"estimate": [1.0, np.nan], "periods": [7, 8], "clear": [True, False]})
    found = through_files(one, pd.DataFrame({"estimate": [-np.inf]}))
    assert found["estimate"].tolist() == ["1", "", "-inf"]
    assert found["periods"].tolist() == ["7", "8", ""]
    assert found["clear"].tolist() == ["True", "False", ""]


values = st.one_of(texts, words, st.booleans(), st.integers(-(2**53), 2**53), st.floats())
# What a record cannot be read without.
NEEDED = {
    **dict.fromkeys(("run", "title", "status", "finished", "headline", "version", "python"), "x"),
    "parameters": {"start": {"value": "2021-10"}},
    "data": [{"name": "table", "vintage": "2024-12", "sha256": "0"}],
    "libraries": {"pandas": "3"},
}
records = st.dictionaries(texts, st.one_of(values, st.lists(values, max_size=3)), max_size=5)


@settings(max_examples=100)
@given(record=records)
def test_a_record_comes_back_as_it_was(record):
    record |= NEEDED
    with tempfile.TemporaryDirectory() as folder:
        write_record(Path(folder), record)
        found = read_record(Path(folder))
    assert json.dumps(found) == json.dumps({**record, "files": {}, "name": Path(folder).name})
