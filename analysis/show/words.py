"""Words of the package's own files, and how they stand in a sentence."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

import yaml


@cache
def words(place: str) -> dict[str, Any]:
    """What a file of words (YAML) of the package holds; `place` is under `analysis/`."""
    found: dict[str, Any] = yaml.safe_load(files("analysis").joinpath(place).read_text("utf-8"))
    return found


def capital(text: str) -> str:
    """The text with a capital first letter."""
    return text[:1].upper() + text[1:]


def small(text: str) -> str:
    """The text with a small first letter, but not an acronym."""
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]
