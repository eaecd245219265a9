"""The ledger of claims: what was said, by whom, and the comparison that checks it, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Literal

import yaml

from analysis.border import DATA
from analysis.errors import InputError, unknown_name

Measure = Literal["change", "total_change", "count", "mean", "path", "deepest"]
MEASURES: tuple[str, ...] = ("change", "total_change", "count", "mean", "path", "deepest")
ALONE = ("count", "mean")
UNITS = ("%", "encounters", "encounters a day")
UNIT_OF = {"count": "encounters", "mean": "encounters a day"}
SERIES = ("component", "border", "sector", "demographic", "citizenship", "authority", "frequency")


@dataclass(frozen=True, kw_only=True)
class StandsFor:
    """A series that is only near the one claimed: how near, in per cent (> 0), and why."""

    within: float
    why: str


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """What is computed: a measure of one series in one window, or in one against another.

    series : the selection, as for `load_outcome`.
    window_a, window_b : first and last month or day, inclusive; `window_a` is the one before.
    years : repeat the comparison in each year from the first to the last, and take the median.
    """

    series: Mapping[str, str]
    measure: Measure
    window_b: tuple[str, str]
    window_a: tuple[str, str] | None = None
    label: str = ""
    years: tuple[int, int] | None = None
    stands_for: StandsFor | None = None

    @property
    def unit(self) -> str:
        """The unit of the measure."""
        return UNIT_OF.get(self.measure, "%")


@dataclass(frozen=True, kw_only=True)
class Claimed:
    """The figure claimed; `bound` is "below" for "under 2,400", "fall" for a fall of any size."""

    value: float | None
    unit: str
    digits: int = 0
    bound: Literal["", "below", "fall"] = ""


@dataclass(frozen=True, kw_only=True)
class Claim:
    """One claim. Either `check` or `no_data`, the reason why no check is possible."""

    name: str
    text: str
    who: str
    when: date | None
    about: str
    source: str
    confidence: Literal["A", "B", "C"]
    claimed: Claimed
    check: Comparison | None = None
    no_data: str = ""
    elsewhere: Comparison | None = None
    also: tuple[Comparison, ...] = field(default=())
    caveat: str = ""


def load_claims(path: str | Path | None = None) -> tuple[Claim, ...]:
    """The claims of a ledger; None for the package's own.

    Raises
    ------
    InputError : the file is not a mapping of entries, or an entry is malformed (names the entry
        and the field).
    """
    home = DATA / "claims.yml" if path is None else Path(path)
    try:
        entries = yaml.safe_load(home.read_text("utf-8"))
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise InputError(
            f"The ledger '{home.name}' cannot be read: {error}.",
            rule="A ledger is a YAML file.",
            remedy="Start from analysis/border/data/claims.yml, which explains the fields.",
        ) from None
    return parse_claims(entries)


def parse_claims(entries: object) -> tuple[Claim, ...]:
    """The claims of a mapping from names to entries; raises as `load_claims`."""
    if not isinstance(entries, Mapping) or not entries:
        raise InputError(
            f"The ledger is a {type(entries).__name__}.",
            rule="A ledger maps a name to each claim.",
            remedy="Start from analysis/border/data/claims.yml, which explains the fields.",
        )
    return tuple(_claim(str(name), entry) for name, entry in entries.items())


def _claim(name: str, entry: object) -> Claim:
    where = f"claim '{name}'"
    needed = ("text", "who", "about", "source", "confidence", "claimed")
    fields = _fields(
        entry, where, needed, ("when", "check", "no_data", "elsewhere", "also", "caveat")
    )
    if ("check" in fields) == ("no_data" in fields):
        raise _bad(where, "check, no_data", "exactly one of them is given")
    check = _comparison(fields["check"], f"{where}, check") if "check" in fields else None
    claimed = _claimed(fields["claimed"], f"{where}, claimed", check)
    elsewhere = fields.get("elsewhere")
    return Claim(
        name=name,
        **{key: _text(fields, key, where) for key in ("text", "who", "about", "source")},
        when=_date(fields.get("when"), where),
        confidence=_one_of(fields["confidence"], f"{where}, confidence", ("A", "B", "C")),
        claimed=claimed,
        check=check,
        no_data=_text(fields, "no_data", where, ""),
        elsewhere=_comparison(elsewhere, f"{where}, elsewhere", label=True) if elsewhere else None,
        also=tuple(
            _comparison(other, f"{where}, also {i}", label=True)
            for i, other in enumerate(fields.get("also") or (), start=1)
        ),
        caveat=_text(fields, "caveat", where, ""),
    )


def _claimed(entry: object, where: str, check: Comparison | None) -> Claimed:
    fields = _fields(entry, where, (), ("value", "unit", "digits", "is"))
    bound = _one_of(fields.get("is", ""), f"{where}, is", ("", "below", "fall"))
    if bound == "fall":
        if len(fields) > 1 or (check and check.unit != "%"):
            raise _bad(where, str(dict(fields)), "a fall has no value, and its measure is a change")
        return Claimed(value=None, unit="%", bound="fall")
    if isinstance(fields.get("value"), bool) or not isinstance(fields.get("value"), int | float):
        raise _bad(where, f"value {fields.get('value')!r}", "the value is a number")
    if isinstance(fields.get("digits", 0), bool) or not isinstance(fields.get("digits", 0), int):
        raise _bad(where, f"digits {fields['digits']!r}", "digits is a whole number")
    unit = _one_of(fields.get("unit"), f"{where}, unit", UNITS)
    if check and check.unit != unit:
        raise _bad(where, f"unit {unit}", f"the measure '{check.measure}' gives {check.unit}")
    return Claimed(
        value=float(fields["value"]), unit=unit, digits=fields.get("digits", 0), bound=bound
    )


def _comparison(entry: object, where: str, *, label: bool = False) -> Comparison:
    needed = ("series", "measure", "window_b") + (("label",) if label else ())
    fields = _fields(entry, where, needed, ("window_a", "label", "years", "stands_for"))
    measure = _one_of(fields["measure"], f"{where}, measure", MEASURES)
    if (measure in ALONE) != ("window_a" not in fields):
        rule = "has no window_a" if measure in ALONE else "needs a window_a to compare with"
        raise _bad(where, f"measure {measure}", f"a {measure} {rule}")
    series = _fields(fields["series"], f"{where}, series", (), SERIES)
    near = fields.get("stands_for")
    return Comparison(
        series={key: str(value) for key, value in series.items()},
        measure=measure,
        window_b=_window(fields["window_b"], f"{where}, window_b"),
        window_a=_window(fields["window_a"], f"{where}, window_a")
        if "window_a" in fields
        else None,
        label=str(fields.get("label", "")),
        years=_years(fields.get("years"), f"{where}, years"),
        stands_for=_stands_for(near, f"{where}, stands_for") if near else None,
    )


def _stands_for(entry: object, where: str) -> StandsFor:
    fields = _fields(entry, where, ("within", "why"), ())
    if not isinstance(fields["within"], int | float) or not fields["within"] > 0:
        raise _bad(where, f"within {fields['within']!r}", "within is per cent, above 0")
    return StandsFor(within=float(fields["within"]), why=str(fields["why"]))


def _window(value: object, where: str) -> tuple[str, str]:
    if not isinstance(value, list) or len(value) != 2:
        raise _bad(where, repr(value), "a window is [first, last]")
    first, last = (str(end) for end in value)
    for end in (first, last):
        try:
            date.fromisoformat(end if len(end) > 7 else f"{end}-01")
        except ValueError:
            raise _bad(where, repr(end), "a month is YYYY-MM, a day YYYY-MM-DD") from None
    if len(first) != len(last) or first > last:
        raise _bad(where, f"{first} to {last}", "two months or two days, the earlier one first")
    return first, last


def _years(value: object, where: str) -> tuple[int, int] | None:
    if value is None:
        return None
    if not (
        isinstance(value, list) and len(value) == 2 and all(isinstance(year, int) for year in value)
    ):
        raise _bad(where, repr(value), "years are [first, last]")
    return value[0], value[1]


def _date(value: object, where: str) -> date | None:
    if value is not None and not isinstance(value, date):
        raise _bad(where, f"when {value!r}", "when is a day, YYYY-MM-DD")
    return value


def _text(fields: Mapping[str, Any], key: str, where: str, default: str | None = None) -> str:
    value = fields.get(key, default)
    if not isinstance(value, str) or (default is None and not value.strip()):
        raise _bad(where, f"{key} {value!r}", f"{key} is a text")
    return value


def _one_of(value: object, where: str, known: tuple[str, ...]) -> Any:
    if value not in known:
        raise unknown_name(f"value of {where}", value, known)
    return value


def _fields(
    entry: object, where: str, needed: tuple[str, ...], optional: tuple[str, ...]
) -> Mapping[str, Any]:
    """The fields of an entry, none missing and none unknown."""
    if not isinstance(entry, Mapping):
        raise _bad(where, repr(entry), "it is a mapping of fields")
    for key in entry:
        if key not in (*needed, *optional):
            raise unknown_name(f"field of {where}", key, (*needed, *optional))
    missing = [key for key in needed if key not in entry]
    if missing:
        raise _bad(where, f"no {', '.join(missing)}", f"it has {', '.join(needed)}")
    return entry


def _bad(where: str, found: str, rule: str) -> InputError:
    return InputError(
        f"The ledger is wrong at {where}: {found}.",
        rule=f"{rule[0].upper()}{rule[1:]}.",
        remedy="Correct the entry; the head of claims.yml explains the fields.",
    )
