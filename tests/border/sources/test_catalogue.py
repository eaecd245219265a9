"""The embedded tables: complete, consistent with each other, and only as recorded."""

from __future__ import annotations

import shutil
from importlib.resources import files
from pathlib import Path

import pandas as pd
import pytest
import yaml

from analysis.border import facts
from analysis.border.beside import covariates_page
from analysis.border.selection import load_outcome
from analysis.border.sources import catalogue
from analysis.border.sources.catalogue import embedded, sources_page
from analysis.border.sources.compare import cross_checks
from analysis.border.sources.describe import fiscal_year_totals
from analysis.border.sources.table import DIMENSIONS
from analysis.errors import DataError

FOLDER = Path(str(files("analysis") / "border" / "data"))
TABLES = {table.source.name: table for table in embedded()}
# Sums by fiscal year as CBP publishes them.
PUBLISHED_SOUTHWEST = {
    2020: 458_088,
    2021: 1_734_686,
    2022: 2_378_944,
    2023: 2_475_669,
    2024: 2_135_005,
}


@pytest.fixture
def copy(tmp_path, monkeypatch):
    """A copy of the embedded tables that a test may damage."""
    for path in FOLDER.iterdir():
        if path.suffix in (".csv", ".yml"):
            shutil.copy(path, tmp_path)
    (tmp_path / "data").mkdir()
    for path in list(tmp_path.iterdir()):
        if path.is_file():
            path.rename(tmp_path / "data" / path.name)
    monkeypatch.setattr(catalogue, "DATA", tmp_path / "data")
    monkeypatch.setattr("analysis.border.DATA", tmp_path / "data")
    embedded.cache_clear()
    facts.cache_clear()
    yield tmp_path / "data"
    embedded.cache_clear()
    facts.cache_clear()


@pytest.mark.parametrize("name", TABLES)
def test_every_period_between_the_first_and_the_last_is_there(name):
    periods = TABLES[name].periods
    assert len(periods) == len(pd.period_range(periods[0], periods[-1], freq=periods.freq))


@pytest.mark.parametrize("name", TABLES)
def test_counts_are_whole_not_negative_and_rounded_as_stated(name):
    counts = TABLES[name].frame["encounters"]
    assert counts.dtype.kind == "i"
    assert (counts >= 0).all()
    assert (counts % TABLES[name].source.rounded_to == 0).all()


@pytest.mark.parametrize("name", TABLES)
def test_every_dimension_is_a_column_or_fixed(name):
    table = TABLES[name]
    for dimension in DIMENSIONS:
        assert (dimension in table.frame) != (dimension in table.fixed)
    keys = [column for column in table.frame if column != "encounters"]
    assert not table.frame.duplicated(keys).any()


def test_components_add_up():
    both = load_outcome(component="both", start="2021-10", end="2025-08").values
    parts = [
        load_outcome(component=component, start="2021-10", end="2025-08").values
        for component in ("usbp", "ofo")
    ]
    pd.testing.assert_series_equal(both, parts[0] + parts[1])


@pytest.mark.parametrize(
    ("dimension", "values"),
    [
        (
            "demographic",
            ["single_adult", "family_unit", "unaccompanied_child", "accompanied_minor"],
        ),
        ("citizenship", ["mexico", "guatemala", "honduras", "el_salvador", "other"]),
    ],
)
def test_parts_add_up_to_the_whole(dimension, values):
    window = {"start": "2021-10", "end": "2025-08", "component": "both"}
    parts = [load_outcome(**window, **{dimension: value}).values for value in values]
    whole = load_outcome(**window).values
    pd.testing.assert_series_equal(whole, sum(parts))
    joined = load_outcome(**window, **{dimension: "+".join(values)}).values
    pd.testing.assert_series_equal(whole, joined)


def test_totals_by_fiscal_year_are_the_published_ones():
    exact = fiscal_year_totals(TABLES["southwest_monthly"])
    older = fiscal_year_totals(TABLES["southwest_total_monthly"])
    for year, total in PUBLISHED_SOUTHWEST.items():
        tables = [table for table in (exact, older) if year in table.index]
        assert tables
        for table in tables:
            assert table.loc[year, "southwest"] == total
            assert table.loc[year, "months"] == 12


def test_publishers_agree_within_rounding_but_for_one_revised_month():
    checks = {check.name: check for check in cross_checks(embedded())}
    failed = {name: check for name, check in checks.items() if check.status == "failed"}
    # CBP changed October 2024 after the workbook of November 2024. It has to show.
    (check,) = failed.values()
    assert "usbp_border_monthly" in check.name
    assert check.reason.startswith(
        "1 of 38 common months is further apart than rounding allows (5)"
    )
    assert len(checks) == 8


def test_an_altered_table_is_refused(copy):
    path = copy / "southwest_monthly.csv"
    path.write_text(path.read_text().replace(",112\n", ",113\n", 1))
    with pytest.raises(DataError, match=r"'southwest_monthly.csv' was altered: its sha256 is"):
        embedded()


def test_a_missing_table_is_refused(copy):
    (copy / "usbp_weekly.csv").unlink()
    with pytest.raises(DataError, match=r"'usbp_weekly.csv' is missing"):
        embedded()


def test_a_table_with_a_hole_is_refused(copy):
    import hashlib

    path = copy / "usbp_weekly.csv"
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*lines[:40], *lines[41:]]))
    recorded = yaml.safe_load((copy / "tables.yml").read_text())["usbp_weekly"]["sha256"]
    text = (copy / "tables.yml").read_text()
    new = hashlib.sha256(path.read_bytes()).hexdigest()
    (copy / "tables.yml").write_text(text.replace(recorded, new))
    with pytest.raises(DataError, match="'usbp_weekly' has no row for 2010"):
        embedded()


def test_the_page_of_sources_is_in_step_with_the_catalogue():
    page = sources_page() + covariates_page()
    assert (FOLDER / "SOURCES.md").read_text("utf-8") == page


def test_the_page_of_sources_names_every_table_and_caveat():
    page = sources_page()
    for table in embedded():
        assert f"`{table.source.name}.csv`" in page
        assert table.source.sha256 in page
        assert all(caveat in page for caveat in table.source.caveats)


def test_figures_read_from_a_chart_are_not_called_exact():
    weekly = next(table.source for table in embedded() if table.source.name == "usbp_weekly")
    assert not weekly.exact
    assert weekly.precision == "read from a chart"
    assert [t.source.name for t in embedded() if t.source.exact] == [
        "southwest_monthly",
        "southwest_total_monthly",
    ]
