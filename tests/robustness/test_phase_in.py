"""The phase-in varied: each number of periods is a fit of its own."""

import pytest

from analysis import build_design, estimate_effects, fit, load_outcome, vary_phase_in
from analysis.border.weeks import holiday_weeks, weekly_design
from analysis.errors import InputError

EVENTS = ("title-42-end", "mexico-enforcement")


@pytest.fixture(scope="module")
def weeks():
    return load_outcome(
        frequency="weekly", border="nationwide", start="2021-10-04", end="2024-12-29"
    )


def test_phase_ins_equal_fits_of_their_own(weeks):
    design = weekly_design(weeks, events=EVENTS)
    controls = holiday_weeks(weeks.periods)
    found = vary_phase_in(design, phase_ins=[0, 3, 5])
    row = found.table[(found.table["phase_in"] == 3) & (found.table["estimand"] == "level")].iloc[0]
    own_design = build_design(
        weeks, "asylum-restrictions", events=EVENTS, phase_in=3, controls=controls
    )
    own = estimate_effects(fit(own_design))["level"]
    assert [row["estimate"], row["upper"]] == pytest.approx([own.estimate, own.upper], abs=1e-5)
    assert set(found.table.loc[found.table["chosen"], "phase_in"]) == {5}


def test_a_phase_in_longer_than_the_post_period_is_named(weeks):
    short = weeks.window("2021-10-04", "2024-07-14")
    design = weekly_design(short, phase_in=2, holidays=False)
    found = vary_phase_in(design, phase_ins=[2, 9])
    assert list(found.left_out["key"]) == [9]
    assert "A slope change needs" in found.left_out["reason"].item()
    with pytest.raises(InputError, match="None of the 1 phase-ins can be estimated"):
        vary_phase_in(design, phase_ins=[9])
