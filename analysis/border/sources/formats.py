"""What the official files look like: one `Format` a kind of table, recognised from its header."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from analysis.border.sources import labels
from analysis.border.sources.table import ALL

# From a column's name, letters and digits only, to what the column is. None: not needed.
HEADERS: Mapping[str, str | None] = {
    "fiscalyear": "fiscal_year",
    "fy": "fiscal_year",
    "monthabbv": "month",
    "month": "month",
    "monthgrouping": None,  # "FYTD" or "Remaining": filtering on it would drop months
    "component": "component",
    "landborderregion": "border",
    "region": "border",
    "state": "state",
    "areaofresponsibility": "sector",
    "sector": "sector",
    "aorabbv": None,
    "demographic": "demographic",
    "familystatus": "demographic",
    "citizenshipgrouping": "citizenship_group",
    "citizenship": "citizenship",
    "titleofauthority": "authority",
    "encountertype": "encounter_type",
    "encountercount": "encounters",
    "quantity": "encounters",
}
OPEN_LISTS = ("citizenship", "sector", "state")  # columns whose values are not a closed list
# How the labels of a column become codes. A column that is not here only tells rows apart.
TRANSLATORS: Mapping[str, Callable[[str], str | int | None]] = {
    **{name: labels.known(name) for name in labels.SPELLINGS},
    "fiscal_year": labels.fiscal_year,
    "month": labels.month,
    "encounters": labels.count,
    "citizenship": labels.country,
    "sector": labels.area,
    "state": labels.slug,
}
CBP = "US Customs and Border Protection (CBP)"
OHSS = "DHS Office of Homeland Security Statistics (OHSS)"
EVENTS = "Encounters are events, not people. The same person can be counted more than once."
ROUNDED = "The publisher rounds each figure to 10."


@dataclass(frozen=True, kw_only=True)
class Format:
    """A kind of published table.

    columns : the columns that make it this kind; `optional` ones only tell rows apart.
    fixed : the dimensions that are the same in every row.
    whole : dimensions of which every value occurs in every month of a complete file.
    starts : per value of a dimension, the first month in which the publisher tells it apart.
    """

    name: str
    title: str
    publisher: str
    columns: frozenset[str]
    optional: frozenset[str] = frozenset()
    fixed: Mapping[str, str]
    whole: tuple[str, ...] = ()
    rounded_to: int = 1
    must_select: tuple[str, ...] = ()
    starts: Mapping[str, str] = field(default_factory=dict)
    caveats: tuple[str, ...] = ()


def _columns(*names: str) -> frozenset[str]:
    return frozenset({"fiscal_year", "month", "encounters", *names})


FORMATS = (
    Format(
        name="southwest_monthly",
        title="Southwest land border encounters by month",
        publisher=CBP,
        columns=_columns("component", "demographic", "citizenship_group", "authority"),
        optional=frozenset({"encounter_type", "border"}),
        fixed={"border": "southwest", "sector": ALL},
        whole=("component",),
        caveats=(EVENTS, 'Citizenship is published in four countries and the group "other".'),
    ),
    Format(
        name="nationwide_area_monthly",
        title="Nationwide encounters by area of responsibility and month",
        publisher=CBP,
        columns=_columns(
            "component", "border", "sector", "demographic", "citizenship", "authority"
        ),
        optional=frozenset({"encounter_type"}),
        fixed={},
        whole=("component", "border"),
        caveats=(EVENTS, 'Countries that the file does not name have the code "unlisted".'),
    ),
    Format(
        name="nationwide_state_monthly",
        title="Nationwide encounters by state and month",
        publisher=CBP,
        columns=_columns("border", "state", "demographic", "citizenship", "authority"),
        fixed={"component": "both", "sector": ALL},
        whole=("border",),
        caveats=(
            EVENTS,
            "Border Patrol and ports of entry cannot be told apart in this table.",
            'Countries that the file does not name have the code "unlisted".',
        ),
    ),
    Format(
        name="usbp_border_monthly",
        title="Border Patrol encounters by border and month",
        publisher=OHSS,
        columns=_columns("border"),
        fixed={
            "component": "usbp",
            "sector": ALL,
            "demographic": ALL,
            "citizenship": ALL,
            "authority": ALL,
        },
        whole=("border",),
        rounded_to=10,
        caveats=(ROUNDED,),
    ),
    Format(
        name="usbp_sector_monthly",
        title="Border Patrol encounters by sector and month",
        publisher=OHSS,
        columns=_columns("border", "sector"),
        fixed={"component": "usbp", "demographic": ALL, "citizenship": ALL, "authority": ALL},
        whole=("border",),
        rounded_to=10,
        must_select=("sector",),
        caveats=(ROUNDED,),
    ),
    Format(
        name="usbp_family_monthly",
        title="Border Patrol encounters by demographic group and month",
        publisher=OHSS,
        columns=_columns("border", "demographic"),
        fixed={"component": "usbp", "sector": ALL, "citizenship": ALL, "authority": ALL},
        rounded_to=10,
        must_select=("demographic",),
        starts={
            "unaccompanied_child": "2007-10",
            "family_unit": "2011-10",
            "single_adult": "2011-10",
        },
        caveats=(
            ROUNDED,
            "Unaccompanied children are split out from October 2007, family units from October "
            "2011. Earlier months are left out because everybody is a single adult in them.",
        ),
    ),
    Format(
        name="usbp_citizenship_monthly",
        title="Border Patrol encounters by citizenship and month",
        publisher=OHSS,
        columns=_columns("border", "citizenship"),
        fixed={"component": "usbp", "sector": ALL, "demographic": ALL, "authority": ALL},
        rounded_to=10,
        must_select=("citizenship",),
        caveats=(
            ROUNDED,
            "A country without a row in a month counts as 0; countries do not add up to the total.",
        ),
    ),
)


def roles(header: Iterable[str]) -> list[str | None]:
    """What each column of a header is: its role, None if not needed, "+place" if not known."""
    cleaned = [re.sub(r"[^a-z0-9]", "", name.lower()) for name in header]
    return [HEADERS.get(name, f"+{place}") for place, name in enumerate(cleaned)]


def find_format(found: Sequence[str | None]) -> Format | None:
    """The format whose columns are all there, with no column of another format beside them."""
    held = {role for role in found if role and not role.startswith("+")}
    return next((f for f in FORMATS if f.columns <= held <= f.columns | f.optional), None)


def nearest_format(found: Sequence[str | None]) -> Format:
    """The format that shares most columns with a header."""
    held = {role for role in found if role}
    return max(FORMATS, key=lambda f: (len(f.columns & held), -len(f.columns - held)))
