"""Labels become codes, and nothing else of them goes on."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.border.sources import labels
from analysis.border.sources.formats import FORMATS, TRANSLATORS, find_format, roles


@pytest.mark.parametrize(
    ("label", "number"),
    [
        ("OCT", 10),
        ("oct", 10),
        ("October", 10),
        (" Sept ", 9),
        ("01 October", 10),
        ("04 January", 1),
        ("12 September", 9),
        ("10 October", None),
        ("Octember", None),
        ("Octo", None),
        ("10", None),
        ("1-Oct", None),
        ("", None),
    ],
)
def test_months(label, number):
    assert labels.month(label) == number


@pytest.mark.parametrize(
    ("label", "year"),
    [
        ("2025", 2025),
        ("2025 (FYTD)", 2025),
        ("2025(fytd)", 2025),
        ("2025\N{NO-BREAK SPACE}(FYTD)", 2025),
        ("FY2025", 2025),
        ("FY 2025", 2025),
        ("2025.0", 2025),
        ("25", None),
        ("20255", None),
        ("2025-26", None),
        ("1900", None),
        ("2025 (partial)", None),
    ],
)
def test_fiscal_years(label, year):
    assert labels.fiscal_year(label) == year


@pytest.mark.parametrize(
    ("label", "count"),
    [("0", 0), ("1,234", 1234), ("1,234,567", 1234567), (" 12 ", 12), ("12.0", 12), ("007", 7)]
    + [(bad, None) for bad in ("-1", "1.5", "1e3", "1,23", "12,34", "", "nan", "١", "1 234", "+5")],
)
def test_counts(label, count):
    assert labels.count(label) == count


@pytest.mark.parametrize(
    ("label", "code"),
    [
        ("CHINA, PEOPLES REPUBLIC OF", "china"),
        ("China, People's Republic", "china"),
        ("MYANMAR (BURMA)", "myanmar"),
        ("Burma", "myanmar"),
        ("Türkiye", "turkey"),
        ("EL SALVADOR", "el_salvador"),
        ("Cote d'Ivoire", "cote_divoire"),
        ("OTHER", "unlisted"),
        ("Total", None),
        ("All", None),
        ("", None),
        ("中国", None),
    ],
)
def test_countries_of_different_publishers_have_one_code(label, code):
    assert labels.country(label) == code


@pytest.mark.parametrize(
    ("label", "code"),
    [
        ("Tucson Sector", "tucson"),
        ("Tucson, AZ", "tucson"),
        ("Tucson Field Office", "tucson_field_office"),
        ("TUCSON SECTOR", "tucson"),
        ("Rio Grande Valley, TX", "rio_grande_valley"),
        ("Total", None),
    ],
)
def test_sectors_of_different_publishers_have_one_code(label, code):
    assert labels.area(label) == code


@settings(max_examples=100)
@given(st.text(max_size=80))
def test_a_code_is_of_harmless_characters_only(label):
    for translate in TRANSLATORS.values():
        code = translate(label)
        assert code is None or isinstance(code, int) or re.fullmatch(r"[a-z0-9_]{1,60}", code)


@pytest.mark.parametrize("kind", FORMATS, ids=lambda kind: kind.name)
def test_no_header_fits_two_formats(kind):
    assert find_format(sorted(kind.columns)) == kind
    assert find_format(sorted(kind.columns | kind.optional)) == kind
    for lacking in kind.columns:
        assert find_format(sorted(kind.columns - {lacking})) != kind


def test_a_nationwide_file_that_lost_a_column_is_not_taken_for_another():
    area = next(kind for kind in FORMATS if kind.name == "nationwide_area_monthly")
    for lacking in area.columns:
        assert find_format(sorted(area.columns - {lacking})) is None


def test_headers_are_known_by_letters_and_digits_only():
    assert roles(["Fiscal\nYear", "MONTH (ABBV)", "encounter_count", "Month Grouping", "Sex"]) == [
        "fiscal_year",
        "month",
        "encounters",
        None,
        "",
    ]
