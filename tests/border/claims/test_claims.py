"""Claims: values recomputed by hand, verdicts by rule, faults in a ledger refused."""

import copy
from importlib.resources import files

import pandas as pd
import pytest
import yaml

from analysis import load_outcome
from analysis.border.claims.ledger import Calculation, load_claims, parse_claims
from analysis.border.claims.verdict import check_claims, mean_a_day, measure
from analysis.errors import InputError


@pytest.fixture(scope="module")
def checked():
    return check_claims()


def entry(**changes):
    base = {
        "text": "Down 8% in May",
        "who": "somebody",
        "about": "the southwest border",
        "source": "a test",
        "confidence": "C",
        "claimed": {"value": -8, "unit": "%", "digits": 0},
        "check": {
            "series": {"component": "usbp"},
            "measure": "total_change",
            "window_a": ["2024-04", "2024-04"],
            "window_b": ["2024-05", "2024-05"],
        },
    }
    base = copy.deepcopy({**base, **changes})
    return {key: value for key, value in base.items() if value is not None}


def verdict(**changes):
    return check_claims(parse_claims({"mine": entry(**changes)}))["mine"]


def test_the_figures_of_the_article_and_their_verdicts(checked):
    ports = checked["cnn-ports-25"]
    assert ports.value == pytest.approx(100 * (46883 / 52811 - 1))
    assert ports.verdict == "right size but wrong label"
    assert "between ports of entry" in ports.reason
    assert "\u221223.1% to \u221240.0%" in ports.reason
    assert checked["cnn-may-117900"].value == 117905
    assert checked["cnn-may-117900"].verdict == "supported"
    assert checked["cnn-may-9"].value == pytest.approx(100 * (117905 / 128895 - 1))
    assert checked["cnn-may-9"].verdict == "supported after rounding"
    assert "events, not people" in checked["cnn-people-fallen"].reason


def test_the_official_59_is_recomputed_day_by_day(checked):
    rate = load_outcome(start="2023-05", end="2024-08").rate
    daily = rate.set_axis(rate.index.to_timestamp()).resample("D").ffill()
    last = pd.Series(rate.iloc[-1], pd.date_range("2024-08-01", "2024-08-31"))
    daily = pd.concat([daily[:"2024-07-31"], last])
    before, after = daily["2023-05-12":"2024-06-04"].mean(), daily["2024-06-05":].mean()
    claim = checked["proclamation-59"]
    assert claim.value == pytest.approx(100 * (after / before - 1))
    assert claim.verdict == "supported"
    assert [round(value) for _, value, _ in claim.also] == [-50, -44]


def test_season_alone_is_a_median_over_the_years(checked):
    values = load_outcome(start="2000-05", end="2019-07").values
    years = range(2000, 2020)
    june = pd.Series([values[f"{y}-06"] / values[f"{y}-05"] for y in years]).median()
    assert checked["cbp-june-29"].also[0][1] == pytest.approx(100 * (june - 1))


def test_press_figures_near_the_weekly_chart_are_not_judged_beyond_it(checked):
    assert checked["dhs-40-three-weeks"].verdict == "supported"
    for name in ("dhs-55-seven-weeks", "dhs-under-2400", "dhs-under-1800"):
        assert checked[name].verdict == "cannot be checked with these data"
        assert "read from a published chart" in checked[name].reason


def test_a_claim_without_data_says_why(checked):
    assert checked["repeat-28"].value is None
    assert "do not say who was encountered before" in checked["repeat-28"].reason


def test_every_verdict_is_from_the_fixed_set(checked):
    assert set(checked.table["verdict"]) <= {
        "supported",
        "supported after rounding",
        "right size but wrong label",
        "not supported",
        "cannot be checked with these data",
    }
    assert checked.counts.sum() == len(checked.claims)


def test_the_page_shows_text_value_verdict_and_reason(checked):
    html = checked._repr_html_()
    assert "a 9% decrease from April" in html
    assert "supported after rounding" in html
    assert "\u22128.5%" in html
    assert "text/html" in checked._repr_mimebundle_()


def test_a_claim_that_is_off_is_not_supported():
    assert verdict().verdict == "not supported"


def test_one_more_digit_turns_rounding_into_support():
    claimed = {"value": -8.5, "unit": "%", "digits": 1}
    assert verdict(claimed=claimed).verdict == "supported"


def test_a_small_revision_is_supported_and_said():
    check = {"series": {}, "measure": "count", "window_b": ["2024-07", "2024-07"]}
    claimed = {"value": 56408, "unit": "encounters", "digits": 0}
    found = verdict(check=check, claimed=claimed)
    assert found.verdict == "supported"
    assert "revised" in found.reason


def test_a_fall_that_is_a_rise_is_not_supported():
    check = dict(entry()["check"], window_a=["2024-01", "2024-01"], window_b=["2024-02", "2024-02"])
    assert verdict(check=check, claimed={"is": "fall"}).verdict == "not supported"


def test_a_bound_that_is_kept_is_supported():
    check = {"series": {}, "measure": "mean", "window_b": ["2024-07", "2024-07"]}
    claimed = {"value": 2000, "unit": "encounters a day", "is": "below"}
    assert verdict(check=check, claimed=claimed).verdict == "supported"


def test_beyond_its_tolerance_a_stand_in_is_judged():
    check = {**entry()["check"], "stands_for": {"within": 1, "why": "it is another series"}}
    assert verdict(check=check).verdict == "not supported"
    check["stands_for"]["within"] = 10
    assert verdict(check=check).verdict == "cannot be checked with these data"


def test_days_inside_a_month_count_evenly():
    outcome = load_outcome(start="2024-05", end="2024-06")
    total, mean = mean_a_day(outcome, ("2024-05-30", "2024-06-03"))
    expected = 2 * 117905 / 31 + 3 * outcome.values["2024-06"] / 30
    assert (total, mean) == pytest.approx((expected, expected / 5))


def test_the_deepest_fall_is_the_smallest_of_its_path():
    comparison = Calculation(
        series={"component": "ofo"},
        measure="deepest",
        window_a=("2024-05", "2024-05"),
        window_b=("2024-06", "2024-12"),
    )
    found = measure(comparison)
    assert found.value == found.parts.min()
    assert len(found.parts) == 7
    assert found.value > -25


def test_the_ledger_of_the_package_parses_and_names_are_unique():
    text = (files("analysis") / "border" / "data" / "claims.yml").read_text("utf-8")
    assert [claim.name for claim in load_claims()] == list(yaml.safe_load(text))


def test_a_user_adds_a_claim_in_a_file(tmp_path):
    path = tmp_path / "mine.yml"
    path.write_text(yaml.safe_dump({"mine": entry()}), "utf-8")
    assert check_claims(load_claims(path))["mine"].value == pytest.approx(-8.526, abs=0.001)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"text": None}, "no text"),
        ({"text": ""}, "text ''"),
        ({"confidence": "D"}, "'D'"),
        ({"colour": "red"}, "There is no field of claim 'mine' 'colour'"),
        ({"claimed": {"value": "25", "unit": "%"}}, "value '25'"),
        ({"claimed": {"value": 25, "unit": "people"}}, "'people'"),
        ({"claimed": {"value": 25, "unit": "encounters"}}, "unit encounters"),
        ({"claimed": {"value": 25, "unit": "%", "digits": 1.5}}, "digits 1.5"),
        ({"claimed": {"is": "fall", "value": 2}}, "a fall has no value|A fall has no value"),
        ({"check": None}, "check, no_data"),
        ({"no_data": "none"}, "check, no_data"),
        (
            {"check": {"series": {}, "measure": "change", "window_b": ["2024-05", "2024-05"]}},
            "need",
        ),
        ({"elsewhere": dict(entry()["check"])}, "no label"),
        ({"when": "last week"}, "when 'last week'"),
    ],
)
def test_a_malformed_entry_is_refused_by_its_name(changes, message):
    with pytest.raises(InputError, match=message) as refused:
        verdict(**changes)
    assert "mine" in str(refused.value)


@pytest.mark.parametrize(
    ("window", "message"),
    [
        ("2024-05", "first, last"),
        (["2024-13", "2024-13"], "'2024-13'"),
        (["2024-05", "2024-05-31"], "Two months or two days"),
        (["2024-06", "2024-05"], "the earlier one first"),
    ],
)
def test_a_malformed_window_is_refused(window, message):
    check = {**entry()["check"], "window_b": window}
    with pytest.raises(InputError, match=message):
        verdict(check=check)


def test_a_window_without_data_names_the_claim():
    check = {**entry()["check"], "window_b": ["2031-01", "2031-01"]}
    with pytest.raises(InputError, match=r"Claim 'mine': .*2031-01"):
        verdict(check=check)


def test_a_ledger_that_is_not_a_mapping_is_refused(tmp_path):
    path = tmp_path / "list.yml"
    path.write_text("- a\n", "utf-8")
    with pytest.raises(InputError, match="The ledger is wrong"):
        load_claims(path)


def test_a_ledger_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"'none.yml' cannot be read"):
        load_claims(tmp_path / "none.yml")


def test_an_unknown_claim_is_refused(checked):
    with pytest.raises(InputError, match="There is no claim 'cnn'"):
        checked["cnn"]
