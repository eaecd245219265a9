"""The robustness page in sentences: what each figure and table shows, from its results."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis import show
from analysis.effects.estimands import Effect
from analysis.pages.words import Headline, Prose, clear_words, signed, size
from analysis.robustness.breaks import Breaks
from analysis.robustness.curve.choices import by_series, invalid_choices
from analysis.robustness.curve.specification import Curve
from analysis.robustness.estimating import excludes_zero
from analysis.robustness.extremes import untried_events
from analysis.robustness.placebo import Placebo
from analysis.robustness.power import Power
from analysis.robustness.windows import Windows


def placebo_note(found: Placebo, named: pd.DataFrame) -> Prose:
    """Rank and p in words, the dates that beat the real one, and those that were left out."""
    step = found.design.outcome.step
    real = found.table[found.table["real"]].iloc[0]
    larger = found.placebos[found.placebos["statistic"].abs() >= abs(real["statistic"])]
    falls = int((larger["statistic"] < 0).sum())
    reasons = [f"{count} ({reason})" for reason, count in found.reasons.items()]
    untried = [f"{e.label} ({e.start.day} {e.start:%B %Y})" for e in untried_events(found)]
    points = [
        f"Rank {found.rank} of {1 + found.count}: {falls} falls and {len(larger) - falls} rises "
        f"at other dates are at least as large. p = {show.p_value(found.p_value)}; with "
        f"N = {found.count} it cannot be smaller than {show.p_value(found.smallest_p)}.",
        f"Neighbouring {step}s share most of their figures, so these dates are far fewer than "
        f"{found.count} separate tries, and at some of them something else did happen. The "
        "p-value is a rough guide.",
        f"{len(found.left_out)} dates were left out: {show.join_words(reasons) or 'none'}.",
    ]
    if untried:
        points.append(f"So these cannot be tried: {show.join_words(untried)}.")
    return Prose(points=tuple(points), table=_named_table(named))


def _named_table(named: pd.DataFrame) -> str:
    rows = [
        (
            show.period_name(row.period),
            signed(row.estimate, row.unit),
            show.interval(row.lower, row.upper, row.unit, 0),
            row.near or "none in the catalogue",
        )
        for row in named.itertuples()
    ]
    header = ["Date tried", "Estimate", "Interval", "Dated events around it"]
    return show.table(header, rows, caption="The largest other changes of the series")


def windows_note(found: Windows) -> Prose:
    """Where the answer changes with the window."""
    step, points = found.design.outcome.step, []
    start = found.part("start").sort_values("period", ignore_index=True)
    if len(start):
        points.append(_start_words(start, step))
    end = found.part("end").sort_values("period", ignore_index=True)
    if len(end):
        first, last = end.iloc[0], end.iloc[-1]
        points.append(
            f"Ends: {signed(first['estimate'], first['unit'])} if the window ends in "
            f"{show.period_name(first['period'])}, {signed(last['estimate'], last['unit'])} "
            f"if it ends in {show.period_name(last['period'])}. {_without_zero(end)}"
        )
    out = found.part("left out")
    if len(out):
        low, high = out.loc[out["estimate"].idxmin()], out.loc[out["estimate"].idxmax()]
        points.append(
            f"One {step} left out: from {signed(low['estimate'], low['unit'])} (without "
            f"{show.period_name(low['period'])}) to {signed(high['estimate'], high['unit'])} "
            f"(without {show.period_name(high['period'])}). {_without_zero(out)}"
        )
    if len(found.not_run):
        points.append(f"{len(found.not_run)} windows cannot be estimated.")
    return Prose(points=tuple(points))


def _start_words(start: pd.DataFrame, step: str) -> str:
    """Least, greatest, the largest change from one start to the next, and where zero is inside."""
    low, high = start.loc[start["estimate"].idxmin()], start.loc[start["estimate"].idxmax()]
    text = (
        f"Starts: from {signed(low['estimate'], low['unit'])} (first {step} "
        f"{show.period_name(low['period'])}) to {signed(high['estimate'], high['unit'])} "
        f"({show.period_name(high['period'])}). {_without_zero(start)}"
    )
    holds = start.loc[~excludes_zero(start), "period"]
    if len(holds):
        spans = [show.span_name(*span) for span in show.unbroken(holds)]
        text += f" It holds zero for starts in {show.join_words(spans)}."
    if len(start) > 1:
        at = int(start["estimate"].diff().abs().idxmax())
        a, b = start.loc[at - 1], start.loc[at]
        text += (
            f" The largest change from one start to the next: {show.period_name(a['period'])} "
            f"({signed(a['estimate'], a['unit'])}) to {show.period_name(b['period'])} "
            f"({signed(b['estimate'], b['unit'])})."
        )
    return text


def _without_zero(part: pd.DataFrame) -> str:
    return f"The interval is without zero {clear_words(part)}."


def curve_note(found: Curve) -> Prose:
    """The curve in words, for each series apart: they are different questions."""
    points = [
        f"{name}: {show.number(row['count'])} specifications, middle "
        f"{signed(row['middle'], '%')}, nine in ten between "
        f"{signed(row['low'], '%')} and {signed(row['high'], '%')}, all between "
        f"{signed(row['least'], '%')} and {signed(row['greatest'], '%')}. "
        f"{_share(row['share_negative'])} are below zero, {_share(row['share_clear'])} with an "
        "interval wholly below zero."
        for name, row in by_series(found).iterrows()
    ]
    return Prose(
        paragraphs=(
            "These are shares of choices, not probabilities: the choices are not a sample, and "
            "they all use the same figures.",
        ),
        points=tuple(points),
    )


def invalid_note(found: Curve) -> Prose:
    """The combinations that cannot be estimated, counted and named."""
    invalid = invalid_choices(found)
    total = f"{show.number(len(found.invalid))} of {show.number(len(found.grid))} combinations"
    if not len(invalid):
        return Prose(paragraphs=("Every combination can be estimated.",))
    rows = [
        (row.reason.split(". ")[0].rstrip(".") + ".", show.number(row.number), row.shared)
        for row in invalid.rename(columns={"count": "number"}).itertuples()
    ]
    header = ["Reason", "Combinations", "What all of them share"]
    table = show.table(header, rows, caption=f"{total} cannot be estimated")
    return Prose(table=table)


def breaks_note(
    found: dict[str, Breaks], period: str | pd.Period, rho: float | None = None
) -> Prose:
    """Whether a break at an unknown date is where the intervention is, for each kind of break.

    rho : the autocorrelation of the model of the page, which knows the dates.
    """
    points = [f"{name}: {one.sentence(period)}" for name, one in found.items()]
    first = next(iter(found.values()))
    asked = show.period_name(pd.Period(period, freq=first.outcome.periods.freq))
    places = [
        f"{'inside' if one.contains(period).any() else 'outside'} for \u201c{name}\u201d, whose "
        f"interval spans {_widest(one)} of {show.many(len(one.outcome.periods), one.outcome.step)}"
        for name, one in found.items()
    ]
    known = "" if rho is None else f", which has {show.number(rho, 2)}"
    why = (
        "The shaded interval is of the break that leaves the least squares; the test first takes "
        "out the autocorrelation of the series without any break. So the two need not name the "
        "same date. That autocorrelation takes a lasting change for memory, so it is higher than "
        f"in the model that knows the dates{known}."
    )
    return Prose(
        paragraphs=(f"{asked} is {show.join_words(places)}. {_strongest(found, asked)}", why),
        points=tuple(points),
    )


def _widest(one: Breaks) -> int:
    return max((row.last_after - row.first_after).n + 1 for row in one.table.itertuples())


def _strongest(found: dict[str, Breaks], asked: str) -> str:
    """The period in which a change begins that the test finds strongest."""
    starts = [show.period_name(one.path.idxmax() + 1) for one in found.values()]
    where = show.join_words(list(dict.fromkeys(starts)))
    besides = "" if where == asked else f", not {asked}"
    return f"The test is strongest for a change that starts in {where}{besides}."


def power_note(found: Power, effect: Effect) -> Prose:
    """The smallest fall that is found, and whether more periods would have helped."""
    step, own = found.design.outcome.step, int(found.design.post.sum())
    rows = found.table[found.table["estimand"] == effect.estimand].set_index("post_periods")
    here, most = rows.loc[own], rows.iloc[-1]
    more = abs(most["estimate"]) < abs(here["estimate"])
    points = [
        f"With {own} {step}s after the start, a true average fall must be about "
        f"{size(here['estimate'], here['unit'])} to be told from zero in "
        f"{show.number(100 * found.power)}% of series. Smaller falls are often missed.",
        f"With {rows.index[-1]} {step}s it would have to be "
        f"{size(most['estimate'], most['unit'])}. "
        + (
            f"More {step}s help."
            if more
            else f"More {step}s do not help the average: the expected path is then carried "
            "further from the figures that it rests on."
        ),
        _found_words(found, effect, step),
        "The errors are simulated with the autocorrelation that fits, "
        f"{show.number(found.rho, 2)}. A true one that is higher would leave less power.",
    ]
    return Prose(points=tuple(points))


def _found_words(found: Power, effect: Effect, step: str) -> str:
    """For which lengths a true effect of the size that was estimated is found often enough."""
    lengths = sorted(int(n) for n in found.table["post_periods"].unique())
    enough = [
        n
        for n in lengths
        if found.of(effect.estimate, estimand=effect.estimand, post_periods=n) >= found.power
    ]
    size, share = signed(effect.estimate, effect.unit), show.number(100 * found.power)
    start = f"A true average effect of {size}, the size estimated here,"
    if not enough:
        return f"{start} is not told from zero in {share}% of series at any length tried."
    if enough == lengths:
        return f"{start} is told from zero in {share}% of series at every length tried."
    return (
        f"{start} is told from zero in {share}% of series if the average is over "
        f"{enough[0]} to {enough[-1]} {step}s; not at the other lengths tried, up to {lengths[-1]}."
    )


def _share(value: float) -> str:
    """A share in per cent, never rounded to all or to none when it is not."""
    rounded = float(np.clip(round(100 * value), 1, 99)) if 0 < value < 1 else 100 * value
    return f"{show.number(rounded)}%"


def placebo_headline(placebo: Placebo) -> Headline:
    """Where the real estimate ranks among the same design at earlier dates."""
    return Headline(
        sentence=placebo.sentence(),
        short=f"p = {show.p_value(placebo.p_value)}",
    )
