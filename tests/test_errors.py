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
