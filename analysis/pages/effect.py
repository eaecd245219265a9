"""The page of one effect, in sentences for a reader who is no statistician.

Each sentence comes from the design, the fit and the outcome of the run.
"""

from __future__ import annotations

import pandas as pd

from analysis import show
from analysis.design import Design
from analysis.effects.contrasts import post_span
from analysis.effects.counterfactual import interval_name, keeps_trend
from analysis.effects.diagnose import Checks
from analysis.effects.equivalence import rule_out
from analysis.effects.estimands import Effect, Effects
from analysis.errors import AnalysisError
from analysis.models import Fit
from analysis.outcome import missing_words
from analysis.pages.model_words import (
    event_words,
    memory_words,
    months_words,
    scale_words,
    season_words,
    shape_words,
)
from analysis.pages.said import prose, say
from analysis.pages.words import (
    FEWER,
    Headline,
    Prose,
    bracketed,
    change,
    ends,
    per_period,
)
from analysis.robustness.history import count_false_alarms
from analysis.robustness.placebo import Placebo

# Two per cents part where they differ by more than this share of the larger.
PARTED = 0.1


def answer(effects: Effects) -> Headline:
    """The answer of a run: the typical period first, then the total with its own per cent."""
    design = effects.fit.design
    average = per_period(effects["average"], design)
    told = {"span": post_span(design), "name": interval_name(effects.alpha)}
    return Headline(
        sentence=say("effect", "answer", design=design, average=average,
                     against=f"{_against(average)} the path", **told),
        detail=(
            _total(effects),
            _of_expected(effects),
            _parted(effects),
            _ruled_out(effects),
            say("effect", "settled", effect=average),
        ),
        short=bracketed(average),
        title=title(design),
    )  # fmt: skip


def title(design: Design) -> str:
    """The question of a run that has no title of its own."""
    return say("effect", "title", outcome=design.outcome, main=design.intervention)


def question(design: Design) -> Prose:
    """What the page asks, and what has to hold for its answer."""
    others = [f"{each} at {name}" for each, name in _other_terms(design)]
    season = design.season not in (0, "0")
    return prose("effect", "question", outcome=design.outcome, main=design.intervention,
                 others=others, season=season)  # fmt: skip


def model_note(fitted: Fit) -> Prose:
    """The terms of the design, its scale, and how the model takes the errors."""
    design = fitted.design
    terms = ["a straight trend"] if keeps_trend(fitted) else []
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
    first = design.outcome.periods[design.T0]
    share = design.X["level"].get(first) if "level" in design.X else None
    return prose("effect", "rows_around", main=design.intervention, step=design.outcome.step,
                 first=first, share=share, slope="slope" in design.X,
                 table=_rows_table(design))  # fmt: skip


def checks_note(checks: Checks) -> Prose:
    """How many checks failed, and what was found."""
    failed = [check.reason for check in checks.failed]
    return prose("effect", "checks_note", failed=failed, count=len(checks.checks))


def held_before(earlier: Placebo | AnalysisError) -> Prose:
    """At how many earlier dates of this very series the interval left out zero, or why unknown."""
    if isinstance(earlier, AnalysisError):
        return prose("effect", "unknown", refused=earlier)
    return Prose(count_false_alarms(earlier).sentence())


def limits(design: Design) -> Prose:
    """What this analysis cannot say, for this design."""
    main, last = design.intervention, design.periods[-1].end_time.date()
    known = {event.name for event in (*design.events, main)}
    later = [
        event.label
        for event in design.outcome.catalogue.values()
        if main.start < event.start <= last and event.name not in known
    ]
    return prose("effect", "limits", outcome=design.outcome, main=main, later=later,
                 inside=[event.label for event in design.events], periods=int(design.post.sum()),
                 past=main.last_clean is not None and last > main.last_clean)  # fmt: skip


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


def _against(effect: Effect) -> str:
    """56% below; 12 times as high as; level with."""
    if effect.estimate == 0:
        return "level with"
    words = change(effect.estimate, effect.unit)
    return f"{words} as" if words.endswith("as high") else words


def _total(effects: Effects) -> str:
    """The total with its own per cent; nothing for what has no total, a share or a rate."""
    design = effects.fit.design
    if design.outcome.kind == "measure":
        return ""
    total = effects["cumulative"]
    count = change(-total.estimate, "", FEWER)
    relative = effects.find("relative") if design.in_per_cent else None
    post = design.periods[design.post]
    absent = pd.period_range(design.outcome.periods[design.T0], post[-1]).difference(post)
    return say("effect", "total", total=total, count=count, relative=relative,
               unit=show.singular(total.unit) if count.startswith("1 ") else total.unit,
               of_all=relative is not None and relative.estimate < show.TIMES,
               span=ends(-total.upper, -total.lower, "", FEWER),
               months=months_words(design.intervention),
               absent=missing_words(absent) if len(absent) else "")  # fmt: skip


def _of_expected(effects: Effects) -> str:
    """The average of a level scale in per cent of what was expected."""
    share = effects.find("relative(average)")
    if share is None:
        return ""
    against = _against(share)
    return say("effect", "of_expected", share=share, against=f"{against} ")


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
    typical, total = average.estimate, relative.estimate
    if typical * total >= 0 and abs(typical - total) <= PARTED * max(abs(typical), abs(total)):
        return ""
    return say("effect", "parted", step=outcome.step, typical=typical, total=total)
