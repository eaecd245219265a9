"""Results in sentences for a reader who is no statistician. It computes nothing.

Numbers in a sentence come from results, never from the keyboard.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from analysis import show
from analysis.design import Design
from analysis.effects.diagnose import Checks
from analysis.effects.estimands import Effect, Effects
from analysis.effects.lineup import LineUp
from analysis.outcome import Intervention


@dataclass(frozen=True, kw_only=True)
class Prose:
    """Paragraphs of plain text; escaped when shown. `points` become a list after them.

    table : HTML of a table to show at the end, from `show.table`.
    """

    paragraphs: tuple[str, ...]
    points: tuple[str, ...] = ()
    table: str = ""

    def _repr_html_(self) -> str:
        text = "".join(f"<p>{escape(paragraph)}</p>" for paragraph in self.paragraphs)
        points = "".join(f"<li>{escape(point)}</li>" for point in self.points)
        return text + (f"<ul>{points}</ul>" if points else "") + self.table


@dataclass(frozen=True, kw_only=True)
class Headline:
    """The answer in one sentence, what stands beside it, and the number that it rests on."""

    sentence: str
    detail: tuple[str, ...] = ()
    short: str = ""

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        return {
            "text/html": self._repr_html_(),
            "text/plain": self.sentence,
            show.HEADLINE_MIME: {"sentence": self.sentence, "short": self.short},
        }

    def _repr_html_(self) -> str:
        detail = "".join(f"<p>{escape(text)}</p>" for text in self.detail)
        return f"<p class='headline'>{escape(self.sentence)}</p>{detail}"


def answer(effects: Effects) -> Headline:
    """The answer of a run: the average effect first, then the level and the total."""
    design = effects.fit.design
    average = effects["average"]
    sentence = (
        f"{_span(design)}, {design.outcome.name} ran {_below(average.estimate, average)} the path "
        f"expected without {design.intervention.called} "
        f"({100 * (1 - effects.alpha):g}% interval: {_range(average)})."
    )
    return Headline(
        sentence=sentence,
        detail=(_settled(average), *_total(effects)),
        short=f"{show.amount(average.estimate, average.unit, _digits(average))} "
        f"[{show.interval(average.lower, average.upper, average.unit, _digits(average))}]",
    )


def rows_around(design: Design) -> Prose:
    """How the first affected period and the slope are counted, and the rows around the break."""
    start, step = design.intervention.start, design.outcome.step
    first = design.outcome.periods[design.T0]
    share = design.X["level"].get(first) if "level" in design.X else None
    notes = [
        f"The first day of {design.intervention.called} is {start.day} {start:%B %Y}, inclusive."
    ]
    if share is not None and share < 1:
        notes.append(
            f"In {show.period_name(first)} that is {100 * share:.0f}% of the days, so the "
            f"level is {share:.3f} in that {step} and 1 afterwards."
        )
    if "slope" in design.X:
        notes.append(
            f"The slope is 0 in the first affected {step} and rises by 1 each {step} after it, as "
            "in Stata's itsa. Some software starts it at 1, which moves the level by one slope."
        )
    return Prose(paragraphs=(" ".join(notes),), table=_rows_table(design))


def _rows_table(design: Design) -> str:
    frame = design.rows_around()
    names = {"trend": "Trend", "level": "Level", "slope": "Slope", "pulse": "Pulse"}
    names |= {event.name: event.label for event in design.events}
    columns = [name for name in frame if name in names]
    rows = [
        (
            show.period_name(period),
            show.number(row["observed"]),
            *(f"{row[name]:.3f}".rstrip("0").rstrip(".") for name in columns),
        )
        for period, row in frame.iterrows()
    ]
    header = [design.outcome.step.title(), "Counted", *(names[name] for name in columns)]
    return show.table(header, rows, caption="Rows of the design around the start")


def events_note(line_up: LineUp) -> Prose:
    """What a reader should take from the estimates with and without the other events."""
    average = line_up.table.xs("average", level="estimand")
    low, high = average["estimate"].min(), average["estimate"].max()
    spread = show.interval(low, high, average["unit"].iloc[0])
    overlap = average["lower"].max() <= average["upper"].min()
    if low * high <= 0:
        meaning = "It changes its sign, so the answer hangs on this choice."
    elif overlap:
        meaning = "The intervals overlap: the choice moves the size of the answer, not its sign."
    else:
        meaning = "The sign stays, but the intervals do not overlap: the size hangs on this choice."
    return Prose(paragraphs=(f"The average effect is {spread} over these choices. {meaning}",))


def checks_note(checks: Checks) -> Prose:
    """How many checks failed, and which."""
    failed = [check.question for check in checks.failed]
    if not failed:
        return Prose(paragraphs=("No check failed.",))
    count = f"{len(failed)} of {len(checks.checks)} checks failed"
    return Prose(
        paragraphs=(f"{count}. Read the interval with more doubt than it shows:",),
        points=tuple(failed),
    )


def limits(design: Design) -> Prose:
    """What this analysis cannot say, for this design."""
    outcome, main = design.outcome, design.intervention
    points = [
        *outcome.notes,
        "This compares one series with its own past. Whatever else changed at the same time is "
        "in the estimate.",
    ]
    near = [event.label for event in _later(design)]
    if near:
        points.append(f"In the post-period, not modelled: {show.join_words(near)}.")
    if design.events:
        labels = show.join_words([event.label for event in design.events])
        points.append(f"Modelled as lasting shifts, with dates taken as known: {labels}.")
    points.append(
        f"The expected path carries the trend of {show.span_name(*_ends(design, pre=True))} "
        f"forward for {int(design.post.sum())} {outcome.step}s. The further out, the more it "
        "rests on that trend."
    )
    points += outcome.caveats
    if main.last_clean:
        points.append(
            f"No {outcome.step} after {main.last_clean:%B %Y} is used: later events would mix "
            "with this one."
        )
    return Prose(paragraphs=(), points=tuple(points))


def _span(design: Design) -> str:
    first, last = _ends(design, pre=False)
    preposition = "In" if first == last else "From"
    return f"{preposition} {show.span_name(first, last)}"


def _ends(design: Design, *, pre: bool) -> tuple[Any, Any]:
    periods = design.periods[design.pre if pre else design.post]
    return periods[0], periods[-1]


def _size(value: float, effect: Effect) -> str:
    return show.amount(abs(value), effect.unit, _digits(effect)).lstrip("+")


def _below(value: float, effect: Effect) -> str:
    return f"{_size(value, effect)} {'below' if value < 0 else 'above'}"


def _range(effect: Effect) -> str:
    """An interval in words: 19% to 76% below, or 59% below to 1% above."""
    if not effect.identified:
        return show.NOT_IDENTIFIED
    if effect.lower < 0 < effect.upper:
        return f"{_below(effect.lower, effect)} to {_below(effect.upper, effect)}"
    near, far = sorted((effect.lower, effect.upper), key=abs)
    start = _size(near, effect).removesuffix(f" {effect.unit}")
    return f"{start} to {_below(far, effect)}"


def _digits(effect: Effect) -> int | None:
    return 0 if effect.unit == "%" and abs(effect.estimate) >= 10 else None


def _settled(effect: Effect) -> str:
    if not effect.identified:
        return "The data do not identify an interval for this effect."
    if effect.lower <= 0 <= effect.upper:
        return "The interval includes no change: these data alone do not settle that there was one."
    return "The interval does not include zero. By itself that says nothing about the cause."


def _total(effects: Effects) -> Sequence[str]:
    design, total = effects.fit.design, effects["cumulative"]
    if design.outcome.kind == "measure":
        return ()
    fewer = "fewer" if total.estimate >= 0 else "more"
    size = show.estimate(abs(total.estimate))
    ends = show.interval(total.lower, total.upper, "")
    return (f"In all that is about {size} {fewer} {total.unit} than expected (interval: {ends}).",)


def _later(design: Design) -> list[Intervention]:
    start, end = design.intervention.start, design.periods[-1].end_time.date()
    known = {event.name for event in design.events} | {design.intervention.name}
    return [
        e
        for e in design.outcome.catalogue.values()
        if start < e.start <= end and e.name not in known
    ]
