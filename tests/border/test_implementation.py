"""What became of people, and the effect by the share released before."""

import pytest

import analysis as its
from analysis.errors import InputError
from analysis.pages import implementation as page

WINDOW = ("2021-10", "2024-08")
EVENTS = ["title-42-end", "mexico-enforcement"]
MAIN = "asylum-restrictions"


@pytest.fixture(scope="module")
def measured():
    parts = [its.became_of(what, *WINDOW) for what in ("fates", "fear", "ways")]
    return its.measured({**parts[0], **parts[1], **parts[2]}, MAIN)


@pytest.fixture(scope="module")
def found():
    return its.by_dose(MAIN, start=WINDOW[0], end="2024-12", events=EVENTS)


def test_the_published_shares_released(measured):
    released = measured.table.loc["Released"]
    assert released["before"] == pytest.approx(100 * 62210 / 117910)
    assert released["after"] == pytest.approx(100 * 10230 / 58010)
    assert measured.table.loc["Handed to other agencies", "after"] == pytest.approx(
        100 * (22370 + 5250) / 58010
    )
    assert measured.table.loc["CBP One appointments"].tolist()[:2] == [45630, 45500]
    assert "Expelled under Title 42" not in measured.table.index


def test_what_became_of_people_adds_up_to_all_of_them():
    parts = its.became_of("fates", *WINDOW)
    total = sum(one.values for one in parts.values())
    assert total.between(99, 100.1).all()
    assert parts["Expelled under Title 42"].values["2023-06":].max() < 0.1
    assert parts["Expelled under Title 42"].values["2022-01"] > 40


@pytest.mark.slow
def test_ten_citizenships_and_the_worked_line(found):
    assert len(found.units) == 10
    assert "Haiti" not in found.units.index
    ends = found.ends["estimate"]
    assert ends["zero"] == pytest.approx(4.0, abs=0.5)
    assert ends["one"] == pytest.approx(-72.6, abs=0.5)
    assert found.units.loc["Venezuela", "dose"] == pytest.approx(0.781, abs=0.001)
    assert len(found.slopes) > 30
    assert str(found.slopes.index[-1]) == "2024-06"
    assert 0 < found.as_steep < len(found.slopes) - 1


def test_a_window_without_the_months_around_the_start_is_refused():
    for window in (("2021-10", "2024-04"), ("2021-10", "2024-05"), ("2024-06", "2024-08")):
        with pytest.raises(InputError, match="whole month before"):
            its.measured(its.became_of("fates", *window), MAIN)


@pytest.mark.slow
def test_the_page_says_both_ends_of_the_line_and_what_it_cannot_tell(measured, found):
    headline = page.implementation_headline(measured, found)
    assert "released people after 53% of its encounters in May 2024, and 18% in August 2024" in (
        headline.sentence
    )
    assert "+4.0% (\u221252% to +123%) where none" in headline.detail[0]
    assert "no proof" in headline.detail[1]
    note = page.dose_note(found)
    assert "none stands at a share of zero" in note.paragraphs[0]


def test_a_lawful_way_that_took_more_is_named(measured):
    names = list(its.became_of("ways", *WINDOW))
    assert "No way took in more" in page.ways_note(measured, names).paragraphs[0]
    table = measured.table.copy()
    table.loc["CBP One appointments", "after"] = 60_000
    more = page.ways_note(
        type(measured)(table=table, before=measured.before, after=measured.after), names
    )
    assert "More than before came by CBP One appointments" in more.paragraphs[0]
