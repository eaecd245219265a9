import pytest

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
    assert "Did you mean" not in unknown_name("model", "zzzz", ["ar1"]).remedy


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
