"""Files of entries: read, checked against a type, and refused by the field that is wrong."""

from __future__ import annotations

import os
import random
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

import pytest
import yaml
from damage import mutate_tree
from pydantic import Field

from analysis.errors import InputError
from analysis.reading.entries import Text, Word, parse_entry, read_entries


@dataclass(frozen=True, kw_only=True)
class Inner:
    """A part of an entry."""

    size: Annotated[float, Field(gt=0, description="it is above 0")]


@dataclass(frozen=True, kw_only=True)
class Entry:
    """An entry of every kind of field."""

    title: Text
    kind: Literal["count", "measure"]
    month: Word
    when: date | None = None
    inner: Inner | None = None
    parts: tuple[Inner, ...] = ()
    words: dict[str, Word] | None = None

    def __post_init__(self) -> None:
        """Refuse a title that is its own kind."""
        if self.title == self.kind:
            raise ValueError("the title is not the kind")


GOOD = {
    "title": "Visits", "kind": "count", "month": "2024-06", "when": date(2024, 6, 5),
    "inner": {"size": 2}, "parts": [{"size": 1}, {"size": 3.5}], "words": {"a": "b"},
}  # fmt: skip


def parse(entry: object) -> Entry:
    return parse_entry(Entry, entry, "list", "entry 'mine'", remedy="Correct it.")


def test_an_entry_becomes_its_type():
    parsed = parse({**GOOD, "month": date(2024, 6, 5)})
    assert parsed.parts == (Inner(size=1), Inner(size=3.5))
    assert parsed.month == "2024-06-05"


@pytest.mark.parametrize(
    ("changes", "problem", "rule"),
    [
        ({"title": 3}, "The list is wrong at entry 'mine': title 3.", "It is a text."),
        ({"title": "x" * 500, "kind": 1}, "There is no value of entry 'mine', kind '1'.", "Known:"),
        ({"title": None}, "entry 'mine': no title.", "It is a text."),
        ({"words": {1: "b"}}, "at entry 'mine', words: the name 1.", "A name is a text."),
        ({"words": {None: "b"}}, "at entry 'mine', words: the name None.", "A name is a text."),
        ({"size": 1}, "There is no field of entry 'mine' 'size'.", "Known: inner, kind"),
        ({"when": "soon"}, "entry 'mine': when 'soon'.", "It is a day, YYYY-MM-DD."),
        ({"inner": {"size": -1}}, "entry 'mine', inner: size -1.", "It is above 0."),
        ({"inner": {"sise": 1}}, "There is no field of entry 'mine', inner 'sise'.", "size"),
        ({"inner": {}}, "entry 'mine', inner: no size.", "It has size."),
        ({"inner": [1]}, "entry 'mine': inner [1].", "It is a mapping of fields."),
        ({"parts": [{"size": 1}, {"size": "x"}]}, "parts, 2: size 'x'.", "It is above 0."),
        ({"parts": 3}, "entry 'mine': parts 3.", "It is a list."),
        ({"title": "count"}, "The list is wrong: entry 'mine'", "The title is not the kind."),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_with_its_rule(changes, problem, rule):
    with pytest.raises(InputError) as refused:
        parse({**GOOD, **changes})
    assert problem in refused.value.problem
    assert rule in refused.value.rule
    assert len(str(refused.value)) < 400


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (None, "The list is wrong: no content."),
        ("data=t.csv", "The list is wrong: content 'data=t.csv'."),
        ({1: "a"}, "The list is wrong: the name 1."),
        ({"a": 1, None: 2}, "The list is wrong: the name None."),
    ],
)
def test_a_file_without_names_is_refused_in_words(content, problem):
    with pytest.raises(InputError) as refused:
        parse_entry(dict[str, object], content, "list", remedy="Correct it.")
    assert refused.value.problem == problem
    assert refused.value.rule in ("It is a mapping of fields.", "A name is a text.")


def test_damaged_entries_are_read_or_refused_and_nothing_else():
    chance, refused = random.Random(7), 0
    for _ in range(400):
        entry = mutate_tree(GOOD, chance)
        try:
            assert parse(entry).title == entry["title"]
        except InputError:
            refused += 1
    assert 200 < refused < 400


BOMB = "a0: &a0 [x, x]\n" + "".join(f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}]\n" for i in range(1, 60))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\nb: 2\na: 3\n", "'a' stands twice in line 1"),
        ("x:\n  a: {b: 1, b: 2}\n", "'b' stands twice in line 2"),
        ("a: [1\n", "cannot be read"),
        ("[" * 5000, "cannot be read"),
        ("a: 2024-13-45\n", "cannot be read"),
        ("a: !!python/object:os.system x\n", "cannot be read"),
        ("a: " + "9" * 5000, "cannot be read"),
        ("? [1, 2]\n: 3\n? {a: 1}\n: 4\n", "cannot be read"),
    ],
)
def test_a_file_that_is_no_list_of_entries_is_refused(tmp_path, text, message):
    path = tmp_path / "mine.yml"
    path.write_text(text)
    with pytest.raises(InputError, match=message) as refused:
        read_entries(path, "list", remedy="Correct it.")
    assert "mine.yml" in refused.value.problem
    assert len(refused.value.problem) < 500


@pytest.mark.parametrize(
    "text",
    [
        BOMB,
        "a: &a [*a]",
        "&a\nb: *a",
        "long: &a " + "x" * 5000 + "\nmany: [" + "*a, " * 500 + "]",
        f"a: &a {dict.fromkeys(range(2000), 1)}\nb: {{<<: [{'*a, ' * 999}]}}",
    ],
)
def test_a_file_that_unfolds_without_end_is_refused_in_few_words(tmp_path, text):
    path = tmp_path / "bomb.yml"
    path.write_text(text)
    with pytest.raises(InputError, match=r"has no end, or more than 1 MiB") as refused:
        read_entries(path, "list", remedy="Correct it.")
    assert len(refused.value.problem) < 500


@pytest.mark.parametrize(
    "written",
    ["010", "01001", "1_000", "0x10", "0b1", "1:30", "1.10", "1e3", "+5", "yes", "NO", "on", "true",
     "2024-6-5", "2024_25", "1.", "-0"],
)  # fmt: skip
def test_what_yaml_would_write_otherwise_is_the_text_that_it_is(tmp_path, written):
    path = tmp_path / "mine.yml"
    path.write_text(f"{written}: {written}\n")
    assert read_entries(path, "list", remedy="") == {written: written}


def test_numbers_and_days_as_yaml_writes_them(tmp_path):
    path = tmp_path / "mine.yml"
    values = {"a": 1, "b": -20, "c": 0.05, "d": 1e20, "e": date(2024, 6, 5), "f": None, "g": "010"}
    path.write_text(yaml.safe_dump(values))
    found = read_entries(path, "list", remedy="")
    assert found == values
    assert [*map(type, found.values())] == [*map(type, values.values())]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_an_editor_of_windows_may_have_written_it(tmp_path, encoding):
    path = tmp_path / "mine.yml"
    path.write_bytes("a: ñ\r\nb: 2\r\n".encode(encoding))
    assert read_entries(path, "list", remedy="") == {"a": "ñ", "b": 2}


@pytest.mark.parametrize("tag", ["bool", "float", "int", "timestamp", "binary", "omap", "merge"])
def test_a_value_that_is_not_what_its_tag_says_is_refused(tmp_path, tag):
    path = tmp_path / "mine.yml"
    path.write_text(f"a: !!{tag} soon\n")
    with suppress(InputError):
        assert read_entries(path, "list", remedy="") == {"a": "soon"}


def test_one_block_under_two_names_is_no_repeat(tmp_path):
    path = tmp_path / "mine.yml"
    path.write_text("a: &a {x: 1, y: 2}\nb: &b {<<: *a, y: 3}\nc: {<<: *b}\nd: {<<: [*b, *a]}")
    found = read_entries(path, "list", remedy="")
    assert found["b"] == found["c"] == found["d"] == {"x": 1, "y": 3}
    path.write_text("a: {<<: {x: 1, x: 2}}")
    with pytest.raises(InputError, match="'x' stands twice"):
        read_entries(path, "list", remedy="")


def test_what_is_no_ordinary_file_or_far_too_long_is_refused_at_once(tmp_path):
    (tmp_path / "long.yml").write_text("#" * (1 << 20) + "\na: 1\n")
    os.mkfifo(tmp_path / "pipe.yml")
    for path in (tmp_path / "long.yml", tmp_path / "pipe.yml", Path("/dev/zero"), tmp_path):
        with pytest.raises(InputError, match="no ordinary file of at most 1 MiB"):
            read_entries(path, "list", remedy="Correct it.")
