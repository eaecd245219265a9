"""Rates on series by which nothing was chosen."""

from __future__ import annotations

import honesty
import numpy as np
import pandas as pd
import pytest
from honesty import Candidate, measure_held_out, reweigh, try_weights
from layouts import halves
from real_series import cut_windows, measure_rejections
from surface import WHOLE_CLASS, fit_cells

import analysis as its
from analysis.models.registry import DEFAULT_MODEL
from analysis.validation.rejections import Rejections


@pytest.fixture(scope="module")
def cells():
    return WHOLE_CLASS.simulate_cells(halves(30), 60, np.random.default_rng(1))


@pytest.fixture(scope="module")
def windows():
    rng = np.random.default_rng(2)
    rows = [
        {"source": source, "name": f"{i}", "per_year": 12, "values": values}
        for source in ("one", "two")
        for i in range(4)
        for values in [np.exp(rng.normal(size=90).cumsum() / 20)]
    ]
    return list(cut_windows(pd.DataFrame(rows)))


def test_weights_as_they_are_change_nothing(cells):
    for cell in cells[:4]:
        same = reweigh(cell, 1.0, 1.0)
        np.testing.assert_allclose(same.ridge, cell.ridge)
        np.testing.assert_array_equal(same.cost, cell.cost)


@pytest.mark.slow
def test_a_higher_price_of_width_makes_narrower_intervals(cells):
    def factor(price):
        b = fit_cells([reweigh(cell, price, 1.0) for cell in cells], arrived=1e-2)
        return np.mean([(cell.terms @ b).mean() for cell in cells])

    assert factor(0.0) > factor(3.0)


def test_without_a_surface_a_candidate_is_the_plain_model(windows, cells, monkeypatch):
    monkeypatch.setattr(honesty, "fit_cells", lambda cells, arrived: np.zeros(28))

    one = next(try_weights(windows, cells))

    table = measure_rejections(windows, ["wandering_trend"])
    plain = table[table["by"] == "all"]
    np.testing.assert_allclose(one.out.mean(axis=0), plain["left_out"])
    np.testing.assert_allclose(np.median(one.wide, axis=0), plain["width"])


def test_what_is_held_out_has_no_say_in_the_choice(windows, monkeypatch):
    """The honest weights are chosen by each source for the other, whatever they do there."""
    two = np.array([w.source == "two" for w in windows])[:, None] & np.ones(4, bool)
    # Right on source "one" and all wrong on "two", and the other way round.
    quiet = np.zeros(two.shape, bool)
    for_one, for_two = quiet | two, quiet | ~two
    candidates = [
        Candidate(price=p, unsure=1.0, out=out, wide=np.full(out.shape, p))
        for p, out in ((1.0, for_one), (2.0, for_two))
    ]
    monkeypatch.setattr(honesty, "try_weights", lambda windows, cells: candidates)

    table = measure_held_out(windows, replicates=10, designs=1)

    found = table[(table["by"] == "held out") & (table["group"] == "source")]
    assert (found["left_out"] == 1).all()
    assert (table["model"] == DEFAULT_MODEL).all()
    assert list(table[table["by"] == "price"]["group"].unique()) == ["1", "2"]


def test_the_table_that_is_kept_holds_on_series_held_out():
    kept = its.load_rejections()
    held = kept.of(DEFAULT_MODEL, "held out")

    assert set(held["group"]) == {"half", "source"}
    assert held["left_out"].between(0.04, 0.065).all()
    now = kept.of(DEFAULT_MODEL, "price").query("group == '1'").set_index("estimand")
    whole = kept.of(DEFAULT_MODEL).set_index("estimand")
    # The price in use is that of the surface that is kept, but for the rounding of its file.
    np.testing.assert_allclose(now["left_out"], whole["left_out"], atol=2e-3)
    np.testing.assert_allclose(now["width"], whole["width"], rtol=5e-3)


def test_the_page_says_what_was_held_out_and_what_narrower_intervals_cost():
    kept = its.load_rejections()
    held = kept.of(DEFAULT_MODEL, "held out").query("group == 'half'")["left_out"]

    assert f"in {100 * held.min():.1f}% to {100 * held.max():.1f}% of the" in kept.says("held_out")
    level = kept.of(DEFAULT_MODEL, "price").query("group == '2' and estimand == 'level'").iloc[0]
    assert f"{100 * level['left_out']:.1f}% ({level['width']:.2f})" in kept.frontier()


def test_further_sources_go_beside_what_is_kept_and_change_nothing_else(tmp_path, monkeypatch):
    kept = tmp_path / "kept.csv"
    kept.write_text("# a line of its own\n" + its.load_rejections().table.to_csv(index=False))
    monkeypatch.setattr(honesty, "RESULTS", kept)
    values = np.random.default_rng(5).uniform(50, 60, (4, 60))
    rows = [("made up, rising", f"s{k}", 12, " ".join(map(str, v))) for k, v in enumerate(values)]
    pool = pd.DataFrame(rows, columns=["source", "name", "per_year", "values"])
    pool.to_csv(tmp_path / "pool.csv", index=False)

    honesty.add_unseen(tmp_path / "pool.csv")

    before, after = its.load_rejections().table, pd.read_csv(kept, comment="#")
    assert kept.read_text().startswith("# a line of its own\n")
    old, new = (t[t["by"] != "unseen"].reset_index(drop=True) for t in (before, after))
    pd.testing.assert_frame_equal(old, new)
    assert set(after.loc[after["by"] == "unseen", "group"]) == {"all", "made up, rising 12"}
    assert "made up, rising" in Rejections(table=after).says("unseen")


def test_the_default_holds_on_sources_by_which_nothing_was_chosen():
    kept = its.load_rejections()
    found = kept.of(DEFAULT_MODEL, "unseen").query("group == 'all'")["left_out"]

    assert found.between(0.04, 0.075).all()
    said = kept.says("unseen")
    assert f"in {100 * found.min():.1f}% to {100 * found.max():.1f}% of cases" in said
