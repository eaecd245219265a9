"""From a publisher's label to this project's code. A label that is not known is refused by name.

Text of a file never goes further than this module: every label becomes a code of a closed list,
or a slug of the letters a-z, digits and underscores.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping

from analysis.border import facts
from analysis.reading.dates import month_number

_FACTS = facts("formats.yml")
# The publishers' spellings of each code, lower case and with single spaces.
SPELLINGS: Mapping[str, Mapping[str, list[str]]] = _FACTS["spellings"]
TOTALS = frozenset(_FACTS["totals"])
MAX_DIGITS = 9  # of a count


def known(dimension: str) -> Callable[[str], str | None]:
    """A function from a label to its code; None for a label that is not in the list."""
    codes = {
        spelling: code for code, spellings in SPELLINGS[dimension].items() for spelling in spellings
    }
    return lambda label: codes.get(plain(label))


def country(label: str) -> str | None:
    """The code of a country."""
    code = slug(label)
    return _FACTS["countries"].get(code, code) if code else None


def area(label: str) -> str | None:
    """The code of a Border Patrol sector (`tucson`) or a field office (`tucson_field_office`)."""
    name = re.sub(r",\s*[A-Z]{2}$|\s+sector$", "", label.strip(), flags=re.IGNORECASE)
    return slug(name)


def slug(label: str) -> str | None:
    """The label in letters, digits and underscores; None if it is empty or a row of totals."""
    ascii_text = unicodedata.normalize("NFKD", label).encode("ascii", "ignore").decode()
    text = re.sub(r"[^a-z0-9]+", "_", re.sub(r"['.]", "", ascii_text.lower())).strip("_")
    return text[:60] if text and not TOTALS & set(text.split("_")) and "\n" not in label else None


def month(label: str) -> int | None:
    """1 to 12 from OCT, Oct, October or "01 October" (the first month of a fiscal year)."""
    match = re.fullmatch(r"(?:(\d\d) )?([a-z]{3,9})", plain(label))
    if not match:
        return None
    place, number = match[1], month_number(match[2])
    fits = place is None or int(place) == (number + 2) % 12 + 1
    return number if number and fits else None


def fiscal_year(label: str) -> int | None:
    """The year from 2025, "2025 (FYTD)", FY2025 or 2025.0, between 1925 and 2100."""
    match = re.fullmatch(r"(?:fy ?)?(\d{4})(?:\.0)?(?: ?\(?fytd\)?)?", plain(label))
    year = int(match[1]) if match else 0
    return year if 1925 <= year <= 2100 else None


def count(label: str) -> int | None:
    """A whole number from 0 to 999,999,999, with or without thousands separators."""
    if label.isdecimal() and label.isascii() and len(label) <= MAX_DIGITS:
        return int(label)
    match = re.fullmatch(r"(\d{1,9}|\d{1,3}(?:,\d{3}){1,2})(?:\.0{1,2})?", label.strip(), re.ASCII)
    return int(match[1].replace(",", "")) if match else None


def plain(label: str) -> str:
    """The label in lower case, without blanks that nobody sees."""
    return " ".join(label.replace("\N{NO-BREAK SPACE}", " ").lower().split())
