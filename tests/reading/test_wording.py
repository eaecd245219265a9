"""The texts of refusals: each that is raised is there, and each that is there is raised."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
import yaml

import analysis
from analysis.errors import DataError, InputError
from analysis.reading.wording import refusals_of

ROOMS = ("reading", "border")
HOME = Path(analysis.__file__).parent
TEXTS = {room: yaml.safe_load((HOME / room / "refusals.yml").read_text("utf-8")) for room in ROOMS}
# Words that all texts can take, of the kinds that they take.
NUMBERS = dict.fromkeys(["n", "most", "number", "point", "comma", "usual", "low", "high", "all"], 7)


@pytest.mark.parametrize("room", ROOMS)
def test_the_texts_are_those_that_are_raised(room):
    strings = {
        node.value
        for path in (HOME / room).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    assert set(TEXTS[room]) <= strings
    calls = [
        node.args[0].value
        for path in (HOME / room).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call)
        and getattr(node.func, "id", "") == "refusal"
        and isinstance(node.args[0], ast.Constant)
    ]
    assert set(calls) <= set(TEXTS[room])


@pytest.mark.parametrize(("room", "key"), [(room, key) for room in ROOMS for key in TEXTS[room]])
def test_words_of_a_file_stand_harmless_in_a_text(room, key):
    class Words(dict):
        def __missing__(self, name):
            return ["\x1b[31m" + "x" * 99]

    words = Words(NUMBERS)
    names = {
        field.partition("}")[0].partition(":")[0]
        for text in TEXTS[room][key].values()
        for field in str(text).split("{")[1:]
    }
    error = refusals_of(room)(key, **{name: words[name] for name in names})
    assert isinstance(error, InputError)
    assert isinstance(error, DataError) == ("input" not in TEXTS[room][key])
    if "hints" not in names:  # made of words that are harmless already
        assert "\x1b" not in str(error)
