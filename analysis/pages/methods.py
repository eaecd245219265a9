"""What the methods page shows of the package itself."""

from __future__ import annotations

from analysis import show
from analysis.effects.lineup import Comparison
from analysis.models import registered_models
from analysis.pages.words import Headline, Prose


def default_in_short(found: Comparison, default: str, straight: str) -> Headline:
    """The default model on one design, and what it is if the trend is straight, in a sentence."""
    one, other = (found.effects[name]["average"] for name in (default, straight))
    span = show.span_name(*found.design.periods[[0, -1]])
    sentence = (
        "The effect is the gap between the series and the path that its own past would have led to "
        f"expect. On {found.design.outcome.name}, {span}, the default model gives "
        f"{show.amount(one.estimate, one.unit)} on average, with a 95% interval of "
        f"{show.interval(one.lower, one.upper, one.unit)}. If the trend is taken as straight "
        f"({straight}), it is {show.amount(other.estimate, other.unit)}, "
        f"{show.interval(other.lower, other.upper, other.unit)}."
    )
    return Headline(sentence=sentence, short="how effects and intervals are computed")


def models_table() -> Prose:
    """Every model of this package: its name in the parameters, and what it is."""
    rows = [(m.name, m.label) for m in registered_models().values() if not m.about]
    table = show.table(["Name", "What it is"], rows, caption="Models, by the name to call them")
    return Prose(table=table)


def edge_note(found: Comparison) -> Prose:
    """What the fits of a comparison say of themselves, and where models disagree."""
    notes = [f"Model {name}: {note}" for name, e in found.effects.items() for note in e.fit.notes]
    flags = found.disagreements
    count = sum(estimand == "average" for estimand, _ in flags)
    text = (
        f"On this series the average effect of {count} of {len(found.effects)} models has the "
        "opposite sign to another's, or lies outside its interval. What the fits say of themselves:"
    )
    return Prose(text, points=tuple(notes))
