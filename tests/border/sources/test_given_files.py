"""A series that is taken from given files says where it differs by much from the embedded one."""

from __future__ import annotations

import publisher
import pytest

import analysis as its
from analysis.errors import DataError
from analysis.pages import effect as page

WINDOW = {"start": "2021-10", "end": "2024-12"}


def release(path, factor=1.0, months=()):
    """The embedded southwest counts in CBP's format, those of `months` times `factor`."""
    frame = its.embedded()[0].frame.copy()
    chosen = frame["period"].astype(str).isin(months)
    scaled = frame.loc[chosen, "encounters"] * factor
    frame.loc[chosen, "encounters"] = scaled.round().astype(int)
    return publisher.write(path, publisher.SOUTHWEST_HEADER, publisher.release_rows(frame))


def test_a_file_that_differs_by_much_says_so_and_the_limits_repeat_it(tmp_path):
    path = release(tmp_path / "sw.csv", factor=0.5, months=["2023-12", "2024-06"])
    outcome = its.load_outcome(**WINDOW, data=path)
    (note,) = outcome.notes
    assert note.startswith("In 2 of 39 months the given files differ by more than 5%")
    assert "instead of 249,740" in note or "instead of 83,532" in note
    assert "<th scope='row'>Take care</th>" in outcome._repr_html_()
    design = its.build_design(outcome, "asylum-restrictions", events=["title-42-end"])
    assert note in page.limits(design).points


def test_the_worst_month_is_named_with_both_counts(tmp_path):
    path = release(tmp_path / "sw.csv", factor=0.5, months=["2024-06"])
    (note,) = its.load_outcome(**WINDOW, data=path).notes
    assert "In 1 of 39 months" in note
    assert "June 2024: 41,766 instead of 83,532" in note


def test_a_month_of_zeros_is_refused_and_one_far_from_the_others_said(tmp_path):
    path = release(tmp_path / "zeros.csv", factor=0, months=["2024-06"])
    with pytest.raises(DataError, match=r"no row above 0 for .* in 2024-06"):
        its.load_outcome(data=path)
    path = release(tmp_path / "tenfold.csv", factor=10, months=["2024-06"])
    notes = its.load_outcome(**WINDOW, data=path).notes
    assert any(note.startswith("In 2024-06 figures may be wrong: it has ") for note in notes)


def test_the_note_is_about_the_window_and_the_selected_series(tmp_path):
    path = release(tmp_path / "sw.csv", factor=0.5, months=["2024-06"])
    assert its.load_outcome(start="2021-10", end="2024-05", data=path).notes == ()
    assert its.load_outcome(**WINDOW, demographic="family_unit", data=path).notes != ()


@pytest.mark.parametrize(("factor", "notes"), [(1.0, 0), (1.04, 0), (0.96, 0), (1.06, 1), (0.9, 1)])
def test_a_usual_revision_needs_no_note(tmp_path, factor, notes):
    path = release(tmp_path / "sw.csv", factor=factor, months=["2024-06"])
    assert len(its.load_outcome(**WINDOW, data=path).notes) == notes


def test_embedded_figures_have_no_note(outcome):
    assert outcome.notes == ()
    assert "Take care" not in outcome._repr_html_()
