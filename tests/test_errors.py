import ast
import re
from string import Formatter

import pytest

from analysis.entries import read_entries
from analysis.errors import DataError, InputError, RunError, unknown_name


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


def test_each_refusal_of_the_catalogue_is_raised_with_the_facts_of_its_three_parts(root):
    """A key stands in a call of `refusal`, or, where it depends on a case, in a name's value."""
    kinds = read_entries(root / "analysis" / "refusals.yml", "table", remedy="Name each once.")
    wanted, given = {}, {}
    for key, words in (pair for entries in kinds.values() for pair in entries.items()):
        assert set(words) == {"problem", "rule", "remedy"}
        fields = {name for text in words.values() for _, name, *_ in Formatter().parse(text)}
        wanted[key] = {re.split(r"[.\[]", name)[0] for name in fields if name}
    rooms = ("outcome", "design", "models", "effects", "robustness", "validation", "report")
    found = (path for room in rooms for path in (root / "analysis" / room).rglob("*.py"))
    for path in (*found, *(root / "analysis" / name for name in ("sweep.py", "__main__.py"))):
        tree = ast.parse(path.read_text())
        named = {n.targets[0].id: n.value for n in ast.walk(tree) if simple_assignment(n)}
        for call in ast.walk(tree):
            if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "refusal":
                key = named.get(getattr(call.args[0], "id", ""), call.args[0])
                for one in (key.body, key.orelse) if isinstance(key, ast.IfExp) else (key,):
                    given[ast.literal_eval(one)] = {word.arg for word in call.keywords}
    assert given == wanted


def simple_assignment(node: ast.AST) -> bool:
    return isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
