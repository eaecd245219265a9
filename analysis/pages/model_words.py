"""A design and its model in words: terms, scale, season, and how the errors are taken."""

from __future__ import annotations

from calendar import month_name
from collections.abc import Iterable

from analysis import show
from analysis.design import Design
from analysis.design.season import season_parts
from analysis.models import Fit, find_model
from analysis.outcome import Intervention
from analysis.validation.coverage import WANDERING_COUNTS, load_coverage
from analysis.validation.rejections import load_rejections

# Sentences by what they are about (errors, shapes, scales), and by the name of the choice.
WORDS = show.words("pages/model_words.yml")


def memory_words(fitted: Fit) -> str:
    """The model by its label, and how it takes what one period has to do with the next."""
    step = fitted.design.outcome.step
    known = find_model(fitted.model)
    name = f"{known.name}: " if known.about else ""
    label = f"The model is \u201c{name}{known.label}\u201d."
    if fitted.distribution is None:
        return (
            f"{label} It is fitted to the {step}s before the intervention alone and carried "
            "forward; the terms of the intervention and of later events are not used."
        )
    if known.about:
        return f"{label} {known.about}"
    name, kind = fitted.model, str(fitted.options.get("errors", "")) * (fitted.model == "ols")
    # The errors of Newey and West are an option of least squares.
    name = {"HAC": "newey_west", "HC": "ols HC"}.get(kind.rstrip("0123"), name)
    text, filled = WORDS["errors"].get(name, ""), {"step": step, "kind": kind}
    if "{worth}" in text:
        filled |= {"worth": _worth(name), "better": _worth(WANDERING_COUNTS)}
    if "{real}" in text:
        filled["real"] = load_rejections().worth(name.split()[0])
    return f"{label} {text.format(**filled)}".strip()


def _worth(model: str) -> str:
    """How often the intervals of a count model held the truth, by how strong the memory is."""
    shares = load_coverage().counts.table.xs(model, level="model")["coverage"]
    parts = [
        f"{100 * found.min():.0f}% to {100 * found.max():.0f}% of cases with an autocorrelation of "
        f"{rho:g}"
        for rho, found in shares.groupby("rho")
    ]
    return show.join_words(parts)


def shape_words(design: Design) -> str:
    """The terms of the intervention: a lasting shift and a change of slope."""
    main, step = design.intervention, design.outcome.step
    estimated = " (estimated)" if design.terms["rate"] else ""
    text = _part_words(main, main.parts or ("none",), step, estimated)
    months = main.phase_in
    return f"{text} (complete after {months} {step}s)" if months > 1 else text


def formula_words(event: Intervention) -> str:
    """The columns of its parts as formulas."""
    return "; ".join(WORDS["formulas"][part] for part in event.parts)


def event_words(event: Intervention, step: str) -> str:
    """The terms of another event: a lasting shift; a shift that ends."""
    if event.end is not None and not event.months and event.parts in ((), ("level",)):
        return f"a shift until {show.day_name(event.end)}"
    return _part_words(event, event.parts or ("level",), step)


def months_words(event: Intervention) -> str:
    """The months of the year in which it works: June to August; empty for all."""
    return " to ".join(
        dict.fromkeys(month_name[m] for m in (*event.months[:1], *event.months[-1:]))
    )


def _part_words(event: Intervention, parts: Iterable[str], step: str, estimated: str = "") -> str:
    share = "" if event.delta is None else f"{100 * event.delta:.0f}%"
    words, named = WORDS["shapes"], months_words(event)
    words = {**words, "level": words["level months"]} if named else words
    return show.join_words(
        [words[part].format(step=step, share=f"{share}{estimated}", months=named) for part in parts]
    )


def scale_words(design: Design) -> str:
    """What is modelled, and in what effects are told."""
    outcome = design.outcome
    daily = outcome.kind == "count" and outcome.denominator is None
    what = "the mean a day" if daily else outcome.rate_unit
    words = WORDS["scales"][design.scale].format(what=what, unit=outcome.rate_unit)
    if design.scale == "count" and outcome.denominator is not None:
        return f"{words}; the logarithm of what counts are divided by is the offset"
    return words


def season_words(design: Design) -> str:
    """How the season is taken: one pair of sine and cosine over the year."""
    season = design.season
    indicators, pairs = season_parts(season)
    words = {
        "months": [f"an indicator for each {design.outcome.step} of the year"],
        "weekdays": ["an indicator for each day of the week"],
    }.get(indicators, [])
    if pairs:
        many = "one pair" if pairs == 1 else f"{show.number(pairs)} pairs"
        words.append(f"{many} of sine and cosine over the year")
    return f"a season ({show.join_words(words)})" if words else "no season"
