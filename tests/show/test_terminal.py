"""What a result says in a terminal: it fits, and nothing of its tables is lost."""

from __future__ import annotations

import dataclasses
import inspect
import typing

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import analysis as its
from analysis import show
from analysis.show.terminal import MOST_ROWS, WIDTH, as_text

# Small values that one writes oneself, whose line can be written again; and controls.
PLAIN = {"Intervention", "Model", "Explorer"}
WORDS = st.text("ab1.%\u2212 <&", max_size=40)


def public_classes() -> dict[str, type]:
    """Every class of the package that a public name is or returns, by its name."""
    found: dict[str, type] = {}

    def walk(hint: object) -> None:
        for part in typing.get_args(hint):
            walk(part)
        if inspect.isclass(hint) and hint.__module__.startswith("analysis."):
            found[f"{hint.__module__}.{hint.__name__}"] = hint

    for name in its.__all__:
        item = getattr(its, name)
        walk(item if inspect.isclass(item) else typing.get_type_hints(item).get("return"))
    return found


def fits(text: str) -> bool:
    return all(len(line) <= WIDTH for line in text.splitlines())


def test_every_public_result_shows_itself():
    """One whose text is written by @dataclass would dump its arrays."""
    classes = public_classes()
    assert len(classes) > 40
    dumped = [
        cls.__name__
        for cls in classes.values()
        if dataclasses.is_dataclass(cls)
        and not issubclass(cls, show.Shown)
        and hasattr(cls.__repr__, "__wrapped__")
    ]
    assert set(dumped) <= PLAIN, "A result is a dataclass of show.Shown."
    results = [cls for cls in classes.values() if issubclass(cls, show.Shown)]
    assert all(cls.summary is show.Shown.summary for cls in results)


def test_a_dataclass_without_it_is_found():
    @dataclasses.dataclass
    class Dumped:
        values: np.ndarray

    @dataclasses.dataclass
    class Small(show.Shown):
        values: np.ndarray
        text: str = "word " * 50

    assert hasattr(Dumped.__repr__, "__wrapped__")
    assert fits(repr(Small(np.zeros((200, 3)))))
    assert "values: ndarray of 200 x 3" in repr(Small(np.zeros((200, 3))))


@given(st.lists(st.lists(WORDS, min_size=3, max_size=3), min_size=1, max_size=6), WORDS)
def test_any_table_fits_and_keeps_its_words(rows, caption):
    text = as_text(show.table(["One", "Two", "Three"], rows, caption=caption))
    assert fits(text)
    letters = "".join(text.split())
    for *_, last in rows:  # a word that repeats in a first column names a group once
        assert all(letters.count(character) for character in set(last) - {" "})
    given_, kept = ("".join(cell[2] for cell in rows), letters)
    for character in "b%<&":
        assert kept.count(character) >= given_.count(character)


def test_columns_of_amounts_end_together_and_a_group_is_named_once():
    rows = [("One", "\u221212.0%", "said"), ("One", "+3.4%", "more words than an amount has")]
    lines = as_text(show.table(["Model", "Estimate", "Note"], rows, caption="")).splitlines()
    assert lines[0] == "Model  Estimate  Note"
    assert lines[2] == "One      \u221212.0%  said"
    assert lines[3] == "          +3.4%  more words than an amount has"


def test_a_table_that_is_longer_than_a_screen_says_how_much_is_left_out():
    rows = [(str(i), "x") for i in range(MOST_ROWS + 7)]
    assert as_text(show.table(["n", "x"], rows, caption="")).endswith("... and 7 more rows")


def test_results_fit_and_hold_their_estimates(outcome, design, fitted):
    effects = its.estimate_effects(fitted)
    results = [
        design,
        fitted,
        fitted.distribution,
        effects,
        its.check_fit(fitted),
        its.trace_counterfactual(fitted),
        its.line_up({"main": fitted, "again": fitted}),
        its.load_rejections(),
        its.default_grid(),
        its.find_breaks(outcome),
        its.audit_data(""),
        its.count_before_after({"usbp": outcome}, "asylum-restrictions", end="2024-12"),
    ]
    for result in results:
        assert fits(result.summary()), result
        assert len(result.summary().splitlines()) < 60
    average = effects["average"]
    assert " ".join(show.estimate_cells(average)).split()[0] in repr(effects)
    assert "nan" not in repr(effects)
    assert effects._repr_mimebundle_()["text/plain"] == repr(effects)


@pytest.mark.parametrize("html", ["", "<p></p>", "<table></table>", "<p>1 &lt; 2</p>"])
def test_little_is_no_fault(html):
    assert as_text(html).strip() == ("1 < 2" if "lt" in html else "")
