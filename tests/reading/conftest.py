"""Tables written as a user's file and read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from analysis.reading.series import read_series
from analysis.reading.understood import Reading

Read = Callable[..., Reading]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Reads a text as the content of a file."""

    def from_text(text: str, *, encoding: str = "utf-8", **parameters: str) -> Reading:
        path = tmp_path / "given.csv"
        path.write_bytes(text.encode(encoding))
        return read_series(path, **parameters)

    return from_text
