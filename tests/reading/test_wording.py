"""The texts of refusals: each that is raised is there, and each that is there is raised."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
import yaml

import analysis.reading
from analysis.errors import DataError, InputError
from analysis.reading.wording import refusal

ROOM = Path(analysis.reading.__file__).parent
TEXTS = yaml.safe_load((ROOM / "refusals.yml").read_text("utf-8"))
# Words that all texts can take, of the kinds that they take.
NUMBERS = dict.fromkeys(["n", "most", "number", "point", "comma", "usual", "low", "high", "all"], 7)


def test_the_texts_are_those_that_are_raised():
    strings = {
        node.value
        for path in ROOM.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    assert set(TEXTS) <= strings
    calls = [
        node.args[0].value
        for path in ROOM.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call)
        and getattr(node.func, "id", "") == "refusal"
        and isinstance(node.args[0], ast.Constant)
    ]
    assert set(calls) <= set(TEXTS)


@pytest.mark.parametrize("key", TEXTS)
def test_words_of_a_file_stand_harmless_in_a_text(key):
    class Words(dict):
        def __missing__(self, name):
            return ["\x1b[31m" + "x" * 99]

    words = Words(NUMBERS)
    names = {
        field.partition("}")[0].partition(":")[0]
        for text in TEXTS[key].values()
        for field in str(text).split("{")[1:]
    }
    error = refusal(key, **{name: words[name] for name in names})
    assert isinstance(error, InputError)
    assert isinstance(error, DataError) == ("input" not in TEXTS[key])
    if "hints" not in names:  # made of words that are harmless already
        assert "\x1b" not in str(error)
