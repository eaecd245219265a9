"""Published analyses: the numbers they give, from the figures in data/published.yml."""

from __future__ import annotations

from dataclasses import replace

import pytest

import analysis as its
from analysis.errors import InputError
from analysis.validation import published
from analysis.validation.published import published_cases, published_design, reproduce_published

NUMBERS = [(case.name, number) for case in published_cases().values() for number in case.numbers]


@pytest.fixture(scope="module")
def reproduction():
    return reproduce_published()


@pytest.fixture(scope="module")
def west_virginia():
    return published_design("west-virginia")


@pytest.mark.parametrize(
    ("case", "number"), NUMBERS, ids=[f"{case}-{number.label}" for case, number in NUMBERS]
)
def test_the_published_number_is_found(reproduction, case, number):
    """Linden 2015; Lopez Bernal 2017; Schaffer 2021; Law 2008 (citations in the table)."""
    found = reproduction.table.loc[(case, number.label), "found"]
    assert found == pytest.approx(number.published, abs=number.tolerance)


def test_no_tolerance_is_wider_than_one_part_in_twenty():
    """The widest is half a printed digit of the slope in West Virginia (-0.013)."""
    assert all(number.tolerance <= 0.05 * abs(number.published) for _, number in NUMBERS)


def test_every_number_has_a_label_of_its_own():
    assert len({(case, number.label) for case, number in NUMBERS}) == len(NUMBERS) == 57


def test_quetiapine_converges():
    """Raw counts of 10^4, on which a search from default values stops at -1849 and -297."""
    design = published_design("quetiapine")
    assert its.fit(design, "arima", order=(2, 1, 0), seasonal_order=(0, 1, 1)).converged


def test_a_number_outside_its_tolerance_is_told_in_words(monkeypatch):
    case = published_cases()["proposition-99"]
    number = replace(case.numbers[0], published=-1.9)
    wrong = {case.name: replace(case, numbers=(number,))}
    monkeypatch.setattr(published, "published_cases", lambda: wrong)

    shown = reproduce_published()

    assert not shown.table["within"].any()
    assert "no: outside" in shown._repr_html_()


def test_what_is_not_there_is_refused_by_name():
    with pytest.raises(InputError, match="no published case 'texas'"):
        published_design("texas")
    with pytest.raises(InputError, match="no series 'sales'"):
        published_cases()["proposition-99"].outcome("sales")


def test_west_virginia_runs_reml_to_the_edge_and_ar1_stays(west_virginia):
    """nlme's REML goes to 0.99993 here."""
    reml, integrated = its.fit(west_virginia, "reml_ar1"), its.fit(west_virginia, "ar1")

    assert reml.rho > 0.999
    assert "at the edge" in reml.notes[0]
    level = its.estimate_effects(integrated)["level"]
    assert level.identified
    assert level.upper < 0
