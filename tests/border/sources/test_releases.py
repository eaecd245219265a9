"""What to download from where: each file that is named would be read, and its vintage known."""

from __future__ import annotations

import shlex

import pandas as pd
import publisher
import pytest
from publisher import AREA_HEADER, SOUTHWEST_HEADER, STATE_HEADER

from analysis.border import facts
from analysis.border.commands import instructions
from analysis.border.sources.reading import read_file

ROWS = {
    "sbo": (SOUTHWEST_HEADER, publisher.southwest_rows),
    "aor": (AREA_HEADER, publisher.area_rows),
    "state": (STATE_HEADER, publisher.state_rows),
}
RELEASES = facts("formats.yml")["releases"]
CSV = [release["example"] for release in RELEASES if release["example"].endswith(".csv")]


def test_the_instructions_name_page_file_folder_and_the_next_command():
    text = instructions("my folder")
    for release in RELEASES:
        assert release["page"] in text
        assert release["example"] in text
    assert "put it into the folder\n  my folder\n" in text
    commands = [line.strip() for line in text.splitlines() if "python -m analysis" in line]
    words = [shlex.split(command)[3:] for command in commands]
    assert words[0] == ["data", "check", "my folder"]
    assert all("data=my folder" in command for command in words[1:])
    assert {command[1] for command in words[1:]} == {"data", "effect"}


@pytest.mark.parametrize("name", CSV)
def test_a_file_of_the_name_in_the_instructions_has_the_vintage_that_its_name_says(tmp_path, name):
    (kind,) = [kind for kind in ROWS if kind in name]
    header, rows = ROWS[kind]
    path = publisher.write(tmp_path / name, header, rows("2024-10", "2025-08"))
    (table,) = read_file(path).tables
    assert table.source.vintage == "2025-08"
    assert table.periods[-1] == pd.Period("2025-08")
