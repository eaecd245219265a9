"""The page of one effect, in sentences for a reader who is no statistician.

Each sentence comes from the design, the fit and the outcome of the run.
"""

from __future__ import annotations

import pandas as pd

from analysis import show
from analysis.design import Design
from analysis.effects.contrasts import post_span
from analysis.effects.counterfactual import interval_name
from analysis.effects.diagnose import Checks
from analysis.effects.equivalence import rule_out
from analysis.effects.estimands import Effect, Effects
from analysis.errors import AnalysisError
from analysis.models import Fit
from analysis.outcome import Intervention, missing_words
from analysis.pages.model_words import (
    event_words,
    memory_words,
    months_words,
    scale_words,
    season_words,
    shape_words,
)
from analysis.pages.words import (
    FEWER,
    Headline,
    Prose,
    bracketed,
    change,
    ends,
    per_period,
    size,
)
from analysis.robustness.history import count_false_alarms
from analysis.robustness.placebo import Placebo

# Two per cents part where they differ by more than this share of the larger.
PARTED = 0.1


def answer(effects: Effects) -> Headline:
    """The answer of a run: the typical period first, then the total with its own per cent."""
    design = effects.fit.design
    average = per_period(effects["average"], design)
    typical = f" in a typical {design.outcome.step}" if design.post.sum() > 1 else ""
    return Headline(
        sentence=f"{_when(design)}, {design.outcome.name} ran {_against(average)} expected "
        f"without {design.intervention.called}{typical} ({interval_name(effects.alpha)}: "
        f"{ends(average.lower, average.upper, average.unit)}).",
        detail=(
            _total(effects),
            _of_expected(effects),
            _parted(effects),
            _ruled_out(effects),
            _settled(average),
        ),
        short=bracketed(average),
        title=title(design),
    )


def title(design: Design) -> str:
    """The question of a run that has no title of its own."""
    name = show.capital(design.outcome.name)
    return f"{name}: how far from the path expected without {design.intervention.called}?"


def question(design: Design) -> Prose:
    """What the page asks, and what has to hold for its answer."""
    main, outcome = design.intervention, design.outcome
    others = show.join_words([f"{each} at {name}" for each, name in _other_terms(design)])
    beside = f" Other dated events are in the model too: {others}." if others else ""
    season = " and season" if design.season not in (0, "0") else ""
    return Prose(
        (
            "Question.",
            f"How far did {outcome.name} run above or below the path that the past of "
            f"the series would have led to expect, from {_day(main)}, the first day of "
            f"{main.called}?",
        ),
        # A catalogue's entry names its source, and what it says is for the checklist.
        "" if main.source else main.description,
        (
            "Assumptions.",
            f"Without {main.called} the earlier trend{season} would have gone on.{beside} "
            "What else changed at the same time is part of the estimate: this page cannot "
            "tell it apart.",
        ),
    )


def model_note(fitted: Fit) -> Prose:
    """The terms of the design, its scale, and how the model takes the errors."""
    design = fitted.design
    # A model whose level or slope wanders may leave the trend out.
    kept = "trend" in design.X and not pd.isna(fitted.coefficients.get("trend", 0.0))
    terms = ["a straight trend"] if kept else []
    terms += [season_words(design)] if design.season not in (0, "0") else []
    terms += [f"{each} at {name}" for each, name in _other_terms(design)]
    terms.append(f"{shape_words(design)} at {design.intervention.called}")
    return Prose(
        f"{show.capital(show.join_words(terms))}; {scale_words(design)}.", memory_words(fitted)
    )


def _other_terms(design: Design) -> list[tuple[str, str]]:
    """Of each other event its terms in words, and what it is called."""
    step = design.outcome.step
    return [(event_words(event, step), event.called) for event in design.events]


def rows_around(design: Design) -> Prose:
    """How the first affected period and the slope are counted, and the rows around the break."""
    main, step = design.intervention, design.outcome.step
    first = design.outcome.periods[design.T0]
    share = design.X["level"].get(first) if "level" in design.X else None
    notes = [f"The first day of {main.called} is {_day(main)}, inclusive."]
    if share is not None and share < 1:
        notes.append(
            f"In {show.period_name(first)} it applies on {100 * share:.0f}% of the days, so the "
            f"level is {share:.3f} in that {step}."
            if main.phase_in < 2
            else f"The level rises over {main.phase_in} {step}s; it is {share:.3f} in "
            f"{show.period_name(first)}."
        )
    if "slope" in design.X:
        notes.append(
            f"The slope is 0 in the first {step} of full level and rises by 1 each {step} after "
            "it, as in Stata's itsa. Some software starts it at 1, which moves the level by one "
            "slope."
        )
    return Prose(" ".join(notes), table=_rows_table(design))


def checks_note(checks: Checks) -> Prose:
    """How many checks failed, and what was found."""
    failed = tuple(check.reason for check in checks.failed)
    if not failed:
        return Prose("No check failed.")
    count = f"{len(failed)} of {len(checks.checks)} checks failed"
    return Prose(f"{count}. Read the interval with more doubt than it shows:", points=failed)


def held_before(earlier: Placebo | AnalysisError) -> Prose:
    """At how many earlier dates of this very series the interval left out zero, or why unknown."""
    if isinstance(earlier, AnalysisError):
        return Prose(
            "Whether this interval holds on this very series cannot be measured: "
            f"{earlier.problem} {earlier.rule}"
        )
    return Prose(count_false_alarms(earlier).sentence())


def limits(design: Design) -> Prose:
    """What this analysis cannot say, for this design."""
    outcome, main, step = design.outcome, design.intervention, design.outcome.step
    later = show.join_words([event.label for event in _later(design)])
    inside = show.join_words([event.label for event in design.events])
    points = [
        *outcome.notes,
        "This compares one series with its own past. Whatever else changed at the same time is "
        "in the estimate.",
        f"In the post-period, not modelled: {later}." if later else "",
        f"Modelled, with dates taken as known: {inside}." if inside else "",
        f"The expected path is carried through {show.many(int(design.post.sum()), step)}: the "
        "further out, the more it rests on what it follows.",
        *outcome.caveats,
    ]
    if main.last_clean:
        past = design.periods[-1].end_time.date() > main.last_clean
        points.append(
            f"After {main.last_clean:%B %Y} later events mix with this one; the window "
            f"{'runs past that' if past else f'has no {step} after that'}."
        )
    return Prose(points=tuple(dict.fromkeys(points)))


def glossary(design: Design) -> Prose:
    """The words that only readers of this series know."""
    own = design.outcome.glossary
    return Prose(points=tuple((f"{word}:", meaning) for word, meaning in own.items()))


def _rows_table(design: Design) -> str:
    frame = design.rows_around()
    names = {name: name.capitalize() for name in ("trend", *design.terms["intervention"])}
    names |= {event.name: event.label for event in design.events}
    columns = [name for name in frame if name in names]
    exact = design.outcome.kind == "count"
    rows = [
        (
            show.period_name(period),
            show.number(row["observed"]) if exact else show.estimate(row["observed"]),
            *(f"{row[name]:.3f}".rstrip("0").rstrip(".") for name in columns),
        )
        for period, row in frame.iterrows()
    ]
    seen = "Counted" if exact else "Observed"
    header = [show.capital(design.outcome.step), seen, *(names[name] for name in columns)]
    return show.table(header, rows, caption="Rows of the design around the start")


def _day(event: Intervention) -> str:
    return f"{event.start.day} {event.start:%B %Y}"


def _when(design: Design) -> str:
    return f"{'From' if design.post.sum() > 1 else 'In'} {post_span(design)}"


def _against(effect: Effect) -> str:
    """56% below the path; 12 times as high as the path; level with the path."""
    if effect.estimate == 0:
        return "level with the path"
    words = change(effect.estimate, effect.unit)
    return f"{words}{' as' if words.endswith('as high') else ''} the path"


def _settled(effect: Effect) -> str:
    if not effect.identified:
        return "The data do not identify an interval for this effect."
    if effect.lower <= 0 <= effect.upper:
        return "The interval includes no change: these data alone do not settle that there was one."
    return "The interval does not include zero. By itself that says nothing about the cause."


def _total(effects: Effects) -> str:
    """The total with its own per cent; nothing for what has no total, a share or a rate."""
    design = effects.fit.design
    if design.outcome.kind == "measure":
        return ""
    total = effects["cumulative"]
    count = change(-total.estimate, "", FEWER)
    span = ends(-total.upper, -total.lower, "", FEWER)
    unit = show.singular(total.unit) if count.startswith("1 ") else total.unit
    text = f"In all that is about {count} {unit} than expected (interval: {span})"
    if design.in_per_cent and (relative := effects.find("relative")):
        of = "" if relative.estimate >= show.TIMES else "of "
        text += f", {size(relative.estimate, '%')} {of}what was expected"
    post = design.periods[design.post]
    if months := months_words(design.intervention):
        return f"{text}. Only {months} of each year are in it."
    absent = pd.period_range(design.outcome.periods[design.T0], post[-1]).difference(post)
    return f"{text}." + (f" Not in it: {missing_words(absent)}." if len(absent) else "")


def _of_expected(effects: Effects) -> str:
    """The average of a level scale in per cent of what was expected."""
    share = effects.find("relative(average)")
    if share is None:
        return ""
    span = ends(share.lower, share.upper, share.unit)
    return f"That is {_against(share).removesuffix('the path')}what was expected ({span})."


def _ruled_out(effects: Effects) -> str:
    """What size of a typical change is ruled out, where it is not settled that there was one."""
    average = effects["average"]
    open_still = average.identified and average.lower <= 0 <= average.upper
    return rule_out(effects.fit, alpha=min(effects.alpha, 0.5)).sentence() if open_still else ""


def _parted(effects: Effects) -> str:
    """Why the typical period and the total part, where they do by more than a tenth."""
    average, relative = effects["average"], effects.find("relative")
    outcome = effects.fit.design.outcome
    if outcome.kind == "measure" or relative is None or average.unit != "%":
        return ""
    step, typical, total = outcome.step, average.estimate, relative.estimate
    if typical * total >= 0 and abs(typical - total) <= PARTED * max(abs(typical), abs(total)):
        return ""
    gap = "narrower" if abs(total) < abs(typical) else "wider"
    where = "went the other way" if typical * total < 0 else f"was {gap}"
    return (
        f"The two per cents part because a typical {step} counts each {step} alike, and the total "
        f"counts a {step} by how much was expected in it: the gap {where} where more was expected."
    )


def _later(design: Design) -> list[Intervention]:
    start, end = design.intervention.start, design.periods[-1].end_time.date()
    known = {event.name for event in design.events} | {design.intervention.name}
    return [
        e
        for e in design.outcome.catalogue.values()
        if start < e.start <= end and e.name not in known
    ]
