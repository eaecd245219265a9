"""Rival explanations: every number is a result, words follow it, and limits are reached by rule."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import analysis as its
from analysis.border import facts
from analysis.border.grid import read_grid
from analysis.border.groups import MIXED, RATIO
from analysis.errors import InputError

EVENTS = ["title-42-end", "mexico-enforcement"]
MAIN = "asylum-restrictions"
WINDOW = {"start": "2021-10", "end": "2024-12"}


@pytest.fixture(scope="module")
def parts(fitted):
    design, history = fitted.design, its.load_outcome(start="2014-10", end="2024-12")
    adults = its.load_outcome(demographic="family_unit+single_adult", **WINDOW)
    children = its.load_outcome(demographic="unaccompanied_child", **WINDOW)
    compared = its.compare_groups(adults, children, MAIN, events=EVENTS)
    mix = its.build_design(its.fixed_mix_ratio(**WINDOW), MAIN, events=EVENTS, season=0)
    effects = its.estimate_effects(fitted)
    still = its.estimate_cells(its.unmoved_outcomes(), MAIN, events=EVENTS, **WINDOW)
    return {
        "effects": effects,
        "history": history,
        "compared": compared,
        "evidence": its.gather_evidence(
            effects, compared, its.estimate_effects(its.fit(mix)), still
        ),
        "confounders": its.vary_confounders(design, its.covariates()),
        "windows": its.vary_windows(design),
        "placebo": its.run_placebos(design, history=history),
        "curve": its.run_specifications(read_grid({"start": ["2021-10"]})),
        "dose": InputError("None.", rule="None.", remedy="None."),
    }


def weighed(parts, **changes):
    given = {**parts, **changes}
    return its.weigh_rivals(given.pop("effects"), **given)


@pytest.fixture(scope="module")
def rivals(parts):
    return weighed(parts)


def row(rivals, label):
    return rivals.sizes[rivals.sizes["label"].str.startswith(label)].iloc[0]


def mind(rivals, text):
    return rivals.minds[rivals.minds["text"].str.contains(text)].iloc[0]


def test_all_nine_explanations_have_a_size(rivals):
    names = [one["name"] for one in facts("rivals.yml")["rivals"]]
    assert list(dict.fromkeys(rivals.sizes["rival"])) == names == list(rivals.said)
    assert len(names) == 9
    assert rivals.sizes["estimate"].notna().all()


def test_every_label_of_the_file_is_a_size_of_the_run(rivals):
    labels = [k for one in facts("rivals.yml")["rivals"] for k in one["sizes"].values()]
    shown = list(rivals.sizes["label"])
    lacking = [one for one in labels if not any(label.startswith(one) for label in shown)]
    assert lacking == ["Largest change at any other date"]
    ways = [label for label in shown if "as counted, May to August 2024" in label]
    assert len(ways) == 3


def test_sizes_are_the_results_that_they_name(rivals, parts):
    effects, table = parts["effects"], parts["evidence"].table
    assert row(rivals, "The effect")["lower"] == effects["average"].lower
    assert row(rivals, "Against exempt")["estimate"] == table.loc[RATIO, "estimate"]
    pair = parts["confounders"]
    events = row(rivals, "With Mexican events")
    assert events["estimate"] == pair.side("with").loc["Mexican events", "estimate"]
    assert events["whole"] == pair.side("without").loc["Mexican events", "estimate"]
    alone = its.estimate_effects(its.refit(effects.fit, season=0))["average"]
    assert row(rivals, "Without a season")["upper"] == pytest.approx(alone.upper)
    shift = effects.fit.tabulate().loc["mexico-enforcement", "estimate"]
    assert row(rivals, "Lasting shift")["estimate"] == pytest.approx(100 * np.expm1(shift))
    bent = [its.find_intervention(name) for name in EVENTS]
    bent[1] = replace(bent[1], shape="level+slope")
    own = its.estimate_effects(its.refit(effects.fit, events=bent))["average"]
    assert row(rivals, "With a trend of its own")["estimate"] == pytest.approx(own.estimate)


def test_limits_compare_the_numbers_of_the_run(rivals, parts):
    table = parts["placebo"].table
    sizes = table["statistic"].abs()
    larger = int((sizes[~table["real"]] >= sizes[table["real"]].item()).sum())
    share = 100 * larger / int((~table["real"]).sum())
    assert mind(rivals, "a change as large")["now"] == f"{share:.0f}%"
    found = its.bound_bends(parts["effects"].fit.design, past=parts["placebo"])
    share = 100 * float(np.mean(found.past >= found.open))
    assert mind(rivals, "bring zero into")["now"] == f"{share:.0f}%"
    curve = parts["curve"].table
    share = 100 * float(np.mean(curve["estimate"] < 0))
    assert mind(rivals, "give a fall")["now"] == f"{share:.0f}%"
    left = parts["confounders"].side("with")["estimate"] / 100
    base = parts["confounders"].side("without")["estimate"] / 100
    least = 100 * float((np.log1p(left) / np.log1p(base)).min())
    assert mind(rivals, "measured covariate")["now"] == f"{least:.0f}%"


@pytest.mark.parametrize(
    ("text", "left"), [("leave nothing", "estimate"), ("event that would bring zero", "interval")]
)
def test_an_unmeasured_event_is_compared_with_the_largest_measured_one(rivals, parts, text, left):
    found = its.map_unmeasured(parts["effects"].fit.design)
    table, logs = found.table, np.log1p(found.table["size"] / 100).abs()
    estimate = table.loc[table["size"] == 0, "estimate"].iloc[0]
    gone = {
        "estimate": table["estimate"] * np.sign(estimate) <= 0,
        "interval": (table["lower"] <= 0) & (table["upper"] >= 0),
    }[left]
    largest = np.log1p(found.measured["size"] / 100).abs().max()
    share = 100 * logs[gone].min() / largest
    assert mind(rivals, text)["now"] == f"{share:.0f}%"
    assert mind(rivals, text)["reached"] == (share < 100)


def test_what_was_counted_is_counted(rivals, parts):
    rate = parts["effects"].fit.design.outcome.rate
    fall = 100 * (rate["2024-05"] / rate["2023-12"] - 1)
    assert row(rivals, "As counted, from the peak")["estimate"] == pytest.approx(fall)
    after = 100 * (rate["2024-12"] / rate["2024-05"] - 1)
    assert row(rivals, "As counted, from there")["estimate"] == pytest.approx(after)
    assert row(rivals, "CBP One")["estimate"] == pytest.approx(100 * (45500 / 45630 - 1))
    months = parts["history"].rate[:"2019-12"]
    years = [
        months[f"{y}-06" : f"{y}-12"].mean() / months[f"{y}-05"] - 1 for y in range(2015, 2020)
    ]
    assert row(rivals, "Usual change")["estimate"] == pytest.approx(100 * np.median(years))


def test_the_share_left_compares_logs(rivals):
    for _, one in rivals.sizes.dropna(subset="left").iterrows():
        ratio = np.log1p(one["estimate"] / 100) / np.log1p(one["whole"] / 100)
        assert one["left"] == pytest.approx(100 * ratio)


def test_words_say_where_zero_is_inside_and_what_is_left(rivals):
    html = rivals._repr_html_()
    for _, one in rivals.sizes.iterrows():
        (said,) = [line for line in html.replace("<td>", "\n").split("\n") if one["label"] in line]
        inside = one["lower"] <= 0 <= one["upper"] and one["left"] == one["left"]
        assert ("zero inside" in said) == inside
        assert ("% left of" in said) == (one["left"] == one["left"])
        assert ("(" in said.split(": ")[-1]) == (one["lower"] == one["lower"])


def test_bad_controls_are_marked_and_stand_beside_the_estimate_without(rivals, parts):
    moved = parts["confounders"].side("with")
    count = int((moved["moved_by"] != "").sum())
    marked = rivals.sizes[rivals.sizes["label"].str.contains("bad control")]
    assert len(marked) == count == 3
    assert marked["whole"].notna().all()


@pytest.mark.parametrize(("ratio", "reached"), [(-56.0, False), (-10.0, True), (15.0, True)])
def test_a_limit_is_reached_by_its_number(parts, ratio, reached):
    table = parts["evidence"].table.copy()
    table.loc[[RATIO, MIXED], "estimate"] = ratio
    found = weighed(parts, evidence=replace(parts["evidence"], table=table))
    for text in ("left against exempt", "mix of citizenships"):
        assert mind(found, text)["reached"] == reached
    count = int(found.minds["reached"].sum())
    html = found._repr_html_()
    assert f"Limits reached: {count} of {len(found.minds)}." in html
    assert ("does not claim" in html) == bool(count)


def test_what_could_not_be_had_is_left_out_and_the_rest_stays(parts, rivals):
    refused = InputError("No.", rule="No.", remedy="No.")
    found = weighed(parts, confounders=refused)
    assert "With US job openings in the model" not in set(found.sizes["label"])
    assert not found.minds["text"].str.contains("covariate").any()
    assert not rivals.minds["text"].str.contains("nobody had been released").any()
    assert len(found.sizes) == len(rivals.sizes) - 5


def test_another_intervention_has_no_rivals_written_down(parts):
    effects = parts["effects"]
    other = replace(effects.fit.design.intervention, name="other")
    design = replace(effects.fit.design, intervention=other)
    found = weighed(parts, effects=replace(effects, fit=replace(effects.fit, design=design)))
    assert found.sizes.empty
    assert "asylum restrictions only" in found._repr_html_()
    assert isinstance(found._repr_mimebundle_(), dict)


def test_the_table_is_handed_on_with_its_key(rivals):
    csv = rivals._repr_mimebundle_()["application/vnd.analysis.table+json"]["csv"]
    assert csv.startswith("fit,label,estimate,lower,upper,unit,left,whole")
    assert len(csv.splitlines()) == 1 + len(rivals.sizes)


def test_no_verdict_of_a_cause(rivals):
    text = " ".join(
        [
            *rivals.sizes["label"],
            *(v for one in rivals.said.values() for v in (one["says"], one["open"])),
            rivals._repr_html_(),
        ]
    )
    for word in ("caused", "proves", "significant", "p-value", "p ="):
        assert word not in text
    assert pd.DataFrame(rivals.minds)["limit"].str.match(r"(above|below)\s\d").all()
