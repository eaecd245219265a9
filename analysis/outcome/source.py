"""Where figures come from."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Source:
    """Where figures come from: publisher, file, vintage, and what to keep in mind.

    vintage : month of the release, "" where nothing says it.
    read_from : what the figures were read off ("a chart"), "" where they were published as numbers.
    """

    name: str
    title: str
    publisher: str
    file: str
    vintage: str
    sha256: str
    rounded_to: int = 1
    caveats: tuple[str, ...] = ()
    read_from: str = ""

    @property
    def exact(self) -> bool:
        """Whether these are the publisher's own counts, neither rounded nor read off a chart."""
        return self.rounded_to == 1 and not self.read_from

    @property
    def precision(self) -> str:
        """How exact the figures are, in words."""
        if self.read_from:
            return f"read from {self.read_from}"
        return "exact counts" if self.exact else f"rounded to {self.rounded_to}"

    @property
    def label(self) -> str:
        """How a sentence calls it: title, publisher in short, and vintage."""
        short = re.search(r"\(([A-Z]{3,})\)", self.publisher)
        publisher = short[1] if short else self.publisher.partition(" (")[0]
        return f"“{self.title}” ({', '.join(filter(None, [publisher, self.vintage]))})"


# What a run stands on is known where figures are read, not where one of them happens to be shown.
_USED: dict[tuple[str, str], Source] = {}
_CHOSEN: dict[str, Any] = {}


def note_use(sources: Iterable[Source]) -> None:
    """Note that figures of these sources are used, for the record of the run.

    Whoever reads figures for an analysis calls it, once it is known which figures are taken.
    """
    _USED.update({(source.name, source.sha256): source for source in sources})


def sources_used() -> list[Source]:
    """The sources whose figures were used in this process, in the order of their first use."""
    return list(_USED.values())


def note_choices(taken: Mapping[str, str], *, idle: Sequence[str], own: bool) -> None:
    """Note what was taken for parameters that a run leaves open, for its record.

    idle : parameters that say nothing in this run.   own : whether its table is the reader's.
    """
    _CHOSEN.update(taken=dict(taken), idle=list(idle), own=own)


def choices_made() -> Mapping[str, Any]:
    """What was noted last in this process: `taken`, `idle` and `own`; nothing before."""
    return _CHOSEN
