"""What every page has to keep to, whatever the run: random series, designs and models."""

from __future__ import annotations

import re
from html import unescape

import numpy as np
import pandas as pd
import pytest

from analysis import plot
from analysis.design import build_design
from analysis.effects.counterfactual import trace_counterfactual
from analysis.effects.diagnose import check_fit
from analysis.effects.estimands import estimate_effects
from analysis.effects.lineup import line_up
from analysis.errors import AnalysisError
from analysis.models import fit
from analysis.outcome import Intervention, make_outcome
from analysis.pages import effect as page
from analysis.pages import events as events_page
from analysis.pages.checklist import Run, fill_checklist

# Runs of the quick suite and of the whole one, made from the seeds that come first.
QUICK, ALL = 12, 300
LENGTHS = {"M": (30, 72), "W": (70, 130), "Q": (24, 48), "Y": (16, 40)}
SCALES = {"count": ["log", "log", "level", "count"], "measure": ["log", "level"]}
COUNT_MODELS = ["poisson", "quasi_poisson", "negative_binomial"]
MODELS = ["ar1_calibrated", "ar1", "newey_west", "prais_winsten", "reml_ar1", "forecast_trend"]
SHAPES = ["level+slope", "level", "slope", "pulse"]
BORDER = re.compile(
    r"encounter|asylum|\bborders?\b|Title 42|Patrol|usbp|\bofo\b|CBP|children|\bports?\b|Mexic",
    re.I,
)
SOUP = {
    "not a number": r"\b(nan|inf|None)\b",
    "an exponent of a computer": r"\d[eE][+\u2212-]?\d",
    "too many digits": r"\d\.0*[1-9]\d{3,}",
    "a minus that is a hyphen": r"(?<![\w-])-\d",
    "a signed zero": r"[+\u2212]0(?![.\d])",
    "the plural of one": r"(?<![\d.,])1 (months|weeks|quarters|years)\b",
    "a fall of all": r"\b100(\.0)?% below",
    "two blanks or a lost word": r"  |\( | \)| ,|\.\.",
}


def made(seed: int):
    """A random series, and how to look at it."""
    rng = np.random.default_rng(seed)
    freq = str(rng.choice(list(LENGTHS)))
    n = int(rng.integers(*LENGTHS[freq]))
    kind = str(rng.choice(["count", "measure"]))
    start = int(rng.integers(int(0.55 * n), n - 1))
    trend = rng.choice([-2.0, 0.0, 2.0]) * np.arange(n) / n
    step = rng.choice([-4.0, -0.7, 0.0, 0.4, 3.0]) * (np.arange(n) >= start)
    noise = rng.choice([0.02, 0.2, 0.6])
    size = 10.0 ** rng.uniform(*((-0.5, 7) if kind == "count" else (-7, 9)))
    values = size * np.exp(trend + step + rng.normal(0, noise, n))
    if kind == "count":
        values = rng.poisson(values).astype(float)
    elif rng.random() < 0.2:
        values = values - values.mean()
    if rng.random() < 0.2:
        values[rng.choice(np.arange(2, n - 2), size=2, replace=False)] = np.nan
    index = pd.period_range("1990-01-01", periods=n, freq=freq)
    unit = "visits" if kind == "count" else str(rng.choice(["price", "points", "visits per 1,000"]))
    outcome = make_outcome(pd.Series(values, index), name="made-up series", unit=unit, kind=kind)
    begin = (index[start].start_time + pd.Timedelta(days=int(rng.integers(0, 6)))).date()
    scale = str(rng.choice(SCALES[kind]))
    choices = {
        "scale": scale,
        "shape": str(rng.choice(SHAPES)),
        "season": [0, "auto"][int(rng.integers(2))],
        "phase_in": int(rng.choice([0, 0, 2])),
    }
    others = ()
    if rng.random() < 0.3:
        day = index[int(rng.integers(4, start))].start_time.date()
        others = (Intervention(name="other", start=day, label="Another thing"),)
    model = str(rng.choice(COUNT_MODELS if scale == "count" else MODELS))
    return outcome, begin, others, choices, model, float(rng.choice([0.01, 0.05, 0.2]))


def estimated(seed: int):
    """The effects and the path of a run; None where it is refused with a remedy."""
    outcome, begin, others, choices, model, alpha = made(seed)
    try:
        design = build_design(outcome, begin, events=others, **choices)
        fitted = fit(design, model)
        return estimate_effects(fitted, alpha=alpha), trace_counterfactual(fitted, alpha=alpha)
    except AnalysisError:
        return None


def plain(html: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " | ", html)))


def told(effects, path) -> dict[str, str]:
    """All that the page of one effect says, by its part."""
    fitted, design = effects.fit, effects.fit.design
    checks = check_fit(fitted)
    choices = line_up(events_page.event_choices(fitted), alpha=effects.alpha)
    section = events_page.events_section(fitted, choices)
    shown = {
        "answer": page.answer(effects),
        "question": page.question(design),
        "model": page.model_note(fitted),
        "rows": page.rows_around(design),
        "table": effects,
        "path": path,
        "checks": page.checks_note(checks),
        "limits": page.limits(design),
        "glossary": page.glossary(design),
        "checklist": fill_checklist(Run(fit=fitted, effects=effects, checks=checks)),
    }
    texts = {name: plain(each._repr_html_()) for name, each in shown.items()}
    texts["title"] = page.title(design)
    if design.events:
        texts["events"] = "|".join(plain(each._repr_html_()) for each in section[1:])
    else:
        assert section == ()
    for name, picture in (
        ("series figure", plot.series(design.outcome, [design.intervention])),
        ("path figure", plot.path(path)),
    ):
        texts[name] = f"{picture.alt} {picture.caption}"
    return texts


def sides(text: str, negative: str, positive: str) -> list[int]:
    """The sides that an interval in words names, in their order."""
    found = re.findall(rf"{negative}|{positive}|as high|no change", text)
    return [{negative: -1, positive: 1, "as high": 1}.get(word, 0) for word in found]


def holds(seed: int) -> bool:
    """Whether the run is there; all that it says is then true of it."""
    run = estimated(seed)
    if run is None:
        return False
    effects, path = run
    texts = told(effects, path)
    for name, text in texts.items():
        assert not BORDER.search(text), (name, text)
        for fault, pattern in SOUP.items():
            if (fault, name) == ("too many digits", "path"):
                continue  # Rows that add up to their total need its digits.
            found = re.search(pattern, text)
            assert not found, (fault, name, text[max(0, found.start() - 60) : found.end() + 40])
    for effect in effects.effects:
        if effect.identified:
            slack = 1e-9 * max(abs(effect.lower), abs(effect.upper))
            assert effect.lower - slack <= effect.estimate <= effect.upper + slack, effect
    check_answer(effects)
    check_sums(effects, path)
    return True


def check_answer(effects) -> None:
    """The signs of the sentence are those of the numbers, one by one."""
    headline, average = page.answer(effects), effects["average"]
    before, _, rest = headline.sentence.partition("path expected")
    assert sides(before, "below", "above")[:1] == [np.sign(average.estimate)] or "level" in before
    if average.identified:
        spans = sides(rest.rpartition("interval: ")[2], "below", "above")
        want = {int(np.sign(average.lower)), int(np.sign(average.upper))}
        assert set(spans) == want, (headline.sentence, average)
    total = headline.detail[0]
    if effects.fit.design.outcome.kind == "measure":
        assert not total
        return
    cumulative = effects["cumulative"]
    count, _, span = total.partition("than expected")
    assert sides(count, "fewer", "more") == [-np.sign(cumulative.estimate)], total
    if cumulative.identified:
        ends = {-int(np.sign(cumulative.lower)), -int(np.sign(cumulative.upper))}
        assert set(sides(span.partition("), ")[0], "fewer", "more")) == ends, total


def check_sums(effects, path) -> None:
    """Rows add up to the total, and the total is that share of what was expected."""
    if effects.fit.design.outcome.kind == "measure":
        return
    post, total = path.post, effects["cumulative"].estimate
    scale = max(post["counterfactual"].abs().sum(), 1e-300)
    assert -post["effect"].sum() == pytest.approx(total, abs=1e-6 * scale)
    *rows, printed = [
        float(row.replace("\u2212", "-").replace(",", ""))
        for row in re.findall(r"<td>([^<]*)</td></tr>", path._repr_html_())
    ]
    assert sum(rows) == pytest.approx(printed, rel=1e-9, abs=1e-9 * max(map(abs, rows)))
    relative = [e for e in effects.effects if e.estimand == "relative"]
    if relative:
        share = -100 * total / post["counterfactual"].sum()
        assert relative[0].estimate == pytest.approx(share, abs=1e-6 * max(1, abs(share)))


def test_a_dozen_random_runs_tell_the_truth():
    assert sum(holds(seed) for seed in range(QUICK)) > QUICK / 2


@pytest.mark.slow
@pytest.mark.parametrize("block", range(10))
def test_hundreds_of_random_runs_tell_the_truth(block):
    seeds = range(block * ALL // 10, (block + 1) * ALL // 10)
    assert sum(holds(seed) for seed in seeds) > ALL / 20


@pytest.mark.parametrize(
    ("fault", "text"),
    [
        ("not a number", "ran nan% below"),
        ("an exponent of a computer", "1.2e-05 deaths"),
        ("too many digits", "12.3456"),
        ("a minus that is a hyphen", "from -3 to 4"),
        ("a signed zero", "−0% to +4%"),
        ("the plural of one", "after 1 months"),
        ("a fall of all", "ran 100% below the path"),
        ("two blanks or a lost word", "from  to 4"),
    ],
)
def test_each_fault_of_numbers_is_seen(fault, text):
    assert re.search(SOUP[fault], text)
