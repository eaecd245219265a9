"""The catalogue, and what an intervention may be."""

from __future__ import annotations

from datetime import date

import pytest

import analysis as its
from analysis.errors import InputError


def test_the_restrictions_start_on_5_june_2024_and_are_clean_until_the_end_of_that_year():
    found = its.find_intervention("asylum-restrictions")

    assert found.start == date(2024, 6, 5)
    assert found.last_clean == date(2024, 12, 31)
    assert found.end is None


def test_the_catalogue_is_in_order_and_each_entry_has_a_source():
    entries = list(its.catalogue().values())

    assert [e.start for e in entries] == sorted(e.start for e in entries)
    assert all(e.source and e.label and e.description for e in entries)
    assert all(e.last_clean >= e.start for e in entries)


def test_a_pause_ends():
    assert its.find_intervention("chnv-pause").end == date(2024, 8, 29)


def test_a_date_is_an_intervention():
    assert its.find_intervention("2019-06-01").start == date(2019, 6, 1)


def test_an_intervention_is_itself():
    mine = its.Intervention(name="mine", start=date(2020, 1, 1), label="Mine")

    assert its.find_intervention(mine) is mine


def test_an_unknown_name_names_the_nearest():
    with pytest.raises(InputError, match=r"or a date, YYYY-MM-DD[\s\S]*'asylum-restrictions'"):
        its.find_intervention("asylum-restriction")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"end": date(2019, 12, 31)}, "ends on 2019-12-31, before it starts on 2020-01-01"),
        ({"shape": "wave"}, "no shape 'wave'"),
        ({"phase_in": -1}, "phase-in of 'mine' is -1 periods"),
    ],
)
def test_an_impossible_intervention_is_refused(options, message):
    with pytest.raises(InputError, match=message):
        its.Intervention(name="mine", start=date(2020, 1, 1), label="Mine", **options)
