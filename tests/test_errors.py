import ast
import re
from pathlib import Path
from string import Formatter

import pytest

import analysis
from analysis import errors
from analysis.errors import AnalysisError, DataError, InputError, RunError, refusal, unknown_name
from analysis.reading.entries import read_entries


def test_message_has_problem_rule_and_remedy_on_lines_of_their_own():
    error = InputError("alpha is 2.", rule="alpha is below 1.", remedy="Use 0.05.")
    assert str(error) == "alpha is 2.\n  Rule: alpha is below 1.\n  Remedy: Use 0.05."


def test_exit_codes_tell_a_mistake_from_a_failed_run():
    assert InputError("a", rule="b", remedy="c").exit_code == 2
    assert DataError("a", rule="b", remedy="c").exit_code == 2
    assert RunError("a", rule="b", remedy="c").exit_code == 1


def test_unknown_name_gives_the_nearest_and_all_known():
    error = unknown_name("model", "arl", ["newey_west", "ar1"])
    assert error.problem == "There is no model 'arl'."
    assert error.rule == "Known: ar1, newey_west."
    assert error.remedy == "Did you mean 'ar1'?"


def test_unknown_name_far_from_all_does_not_guess():
    for far in ("zzzz", "errors"):
        assert "Did you mean" not in unknown_name("model", far, ["ar1", "sector"]).remedy


@pytest.mark.parametrize("text", ["x" * 10**6, "x y" * 10**5, "\ud800\0\x1b[31m", "9" * 4000])
def test_a_message_is_short_and_harmless_whatever_it_quotes(text):
    error = InputError(f"It is {text}.", rule=f"Known: {text}", remedy=f"Not {text}")
    parts = (error.problem, error.rule, error.remedy)
    assert all(part.isprintable() and len(part) <= 2001 for part in parts)
    assert str(error).encode("utf-8")
    assert error.problem.startswith("It is ")


def test_a_list_of_countries_is_not_cut():
    names = [f"country_{i}" for i in range(160)]
    assert all(name in unknown_name("citizenship", "x", names).rule for name in names)


HOME = Path(analysis.__file__).parent
ROOMS = {str(path.parent.relative_to(HOME)): path for path in sorted(HOME.rglob("refusals.yml"))}
TEXTS = {
    (room, key): (kind, words)
    for room, path in ROOMS.items()
    for kind, texts in read_entries(path, "table", remedy="Name each once.").items()
    for key, words in texts.items()
}


def facts(key: tuple[str, str]) -> set[str]:
    """The names of the facts that the words of a refusal take."""
    _, words = TEXTS[key]
    fields = {name for text in words.values() for _, name, *_ in Formatter().parse(text)}
    return {re.split(r"[.\[]", name)[0] for name in fields if name}


@pytest.mark.parametrize("room", ROOMS)
def test_each_refusal_of_a_room_is_raised_there_with_the_facts_of_its_three_parts(room):
    """A key stands in a call of `refusal`, or, where it depends on a case, in a text beside it."""
    paths = HOME.glob("*.py") if room == "." else (HOME / room).rglob("*.py")
    nodes = [node for path in paths for node in ast.walk(ast.parse(path.read_text("utf-8")))]
    own = {key for home, key in TEXTS if home == room}
    assert own <= {node.value for node in nodes if isinstance(node, ast.Constant)}
    assert all(set(words) == {"problem", "rule", "remedy"} for _, words in TEXTS.values())
    for call in nodes:
        match call:
            case ast.Call(func=ast.Name(id="refusal"), args=[ast.Constant(value=key)]):
                given = {word.arg for word in call.keywords}
                assert given == facts((room, key)) or None in given, key  # **facts has any


def raised(room: str, key: str, **facts: object) -> AnalysisError:
    """The refusal of a module of a room."""
    place = {"__package__": f"analysis.{room}".removesuffix(".."), "refusal": refusal}
    return eval("lambda key, facts: refusal(key, **facts)", place)(key, facts)


NUMBERS = ("n", "most", "number", "point", "comma", "usual", "low", "high", "all")


@pytest.mark.parametrize("key", [key for key in TEXTS if key[0] in ("reading", "border")], ids=str)
def test_words_of_a_file_stand_harmless_in_a_text(key):
    given = {name: 7 if name in NUMBERS else ["\x1b[31m" + "x" * 99] for name in facts(key)}
    error = raised(*key, **given)
    assert type(error).__name__ == TEXTS[key][0]
    if "hints" not in given:  # made of words that are harmless already
        assert "\x1b" not in str(error)
        assert "x" * 61 not in str(error)


def test_a_fact_is_cut_unless_its_text_says_that_it_is_whole(tmp_path, monkeypatch):
    texts = {
        "problem": "{a}; {a:whole}; {b}; {b:and}; {c:; and}",
        "rule": "{a!c} {d:whole}.",
        "remedy": "{b[-1]}",
    }
    monkeypatch.setattr(errors, "_refusals", lambda place: {"key": (InputError, texts)})
    error = refusal("key", a="wx" * 40, b=["x", "y", 3], c=["1 or 2", "3"], d=7)
    assert error.problem == f"{'wx' * 29}w…; {'wx' * 40}; x, y or 3; x, y and 3; 1 or 2; and 3"
    assert (error.rule, error.remedy) == (f"W{'xw' * 29}… 7.", "3")
