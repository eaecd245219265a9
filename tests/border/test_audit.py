"""What a month's file brings, on made-up releases: added, revised, the answer before and after."""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd
import pytest

import analysis as its
from analysis.pages import effect as page

sys.path.insert(0, str(Path(__file__).parent / "sources"))
import publisher

# A date, so that nothing says until when its effect can be told.
DAY, END = "2024-06-05", "2025-08"


def told(folder: Path, frame: pd.DataFrame, *, end: str = END, border: str = "southwest"):
    """What is found and said of a release that holds these counts."""
    path = folder / "sbo-encounters-fy22-fy25-sep.csv"
    publisher.write(path, publisher.SOUTHWEST_HEADER, publisher.release_rows(frame))
    question = its.ask(
        {"data": str(path), "start": "2021-10", "end": end, "intervention": DAY, "border": border}
    )
    design = its.build_design(question.outcome, question.intervention, events=question.events)
    found = its.find_news(question, its.estimate_effects(its.fit(design)))
    return found, " ".join(page.news(found).points)


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    return its.embedded()[0].frame


def test_a_later_month_and_revisions_move_the_answer(tmp_path, frame):
    later = publisher.with_later_month(frame)
    halved = later["period"].astype(str).isin(["2024-03", "2024-07", "2022-05"])
    later.loc[halved, "encounters"] //= 2
    found, text = told(tmp_path, later, end="2025-09")
    assert [str(period) for period in found.added] == ["2025-09"]
    assert [str(period) for period in found.revised.index] == ["2022-05", "2024-03", "2024-07"]
    assert "add September 2025." in text
    assert "revise 3 of the 48 months of this window" in text
    assert "by the embedded figures, until August 2025 to" in text
    window = its.load_outcome(start="2021-10", end=END)
    assert found.before.fit.design.outcome.values.equals(window.values)


def test_the_same_figures_move_nothing(tmp_path, frame):
    found, text = told(tmp_path, frame)
    assert found.revised.empty
    assert not len(found.added)
    assert "add no period" in text
    assert "revise none of the 47 months" in text
    assert "stays at" in text
    assert found.before["average"].estimate == found.after["average"].estimate


def test_a_month_beyond_the_window_is_said_to_be(tmp_path, frame):
    _, text = told(tmp_path, publisher.with_later_month(frame), end="2024-12")
    assert "add September 2025, after the end of this window." in text


def test_a_file_without_a_figure_of_the_series_is_named(tmp_path, frame):
    found, text = told(tmp_path, frame, border="northern", end="2024-11")
    assert found.unused == ("sbo-encounters-fy22-fy25-sep.csv",)
    assert "with no figure of this series in this window: sbo-" in text


def test_embedded_figures_bring_no_news(fitted):
    assert its.find_news(its.ask({}), its.estimate_effects(fitted)) is None
    assert page.news(None)._repr_html_() == ""
