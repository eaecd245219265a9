"""How a series of encounters is called."""

from __future__ import annotations

from collections.abc import Mapping

from analysis.border import facts
from analysis.border.sources.table import ALL, OTHER_GROUP

_WORDS: Mapping[str, Mapping[str, str]] = facts("formats.yml")["words"]
COMPONENTS, BORDERS = _WORDS["component"], _WORDS["border"]
DEMOGRAPHICS, GLOSSARY = _WORDS["demographic"], _WORDS["glossary"]


def name_parts(selection: Mapping[str, str]) -> tuple[str, ...]:
    """What the name of a selected series is made of, from the widest to the narrowest."""
    what = COMPONENTS.get(selection["component"], selection["component"])
    where = BORDERS.get(selection["border"], selection["border"])
    parts = [f"{what} {where}"]
    if selection["sector"] != ALL:
        parts.append(_places(selection["sector"]))
    if selection["demographic"] != ALL:
        groups = selection["demographic"].split("+")
        parts.append(" and ".join(DEMOGRAPHICS.get(group, group) for group in groups))
    if selection["citizenship"] != ALL:
        parts.append(f"citizens of {_countries(selection['citizenship'])}")
    if selection["authority"] != ALL:
        parts.append(_words(selection["authority"]))
    return tuple(parts)


def _places(code: str) -> str:
    words = _words(code)
    return words if words.endswith("Office") else f"{words} sector"


def _countries(code: str) -> str:
    return "all other countries" if code == OTHER_GROUP else _words(code)


def _words(code: str) -> str:
    return " and ".join(part.replace("_", " ").title() for part in code.split("+"))
