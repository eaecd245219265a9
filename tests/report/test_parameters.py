from datetime import date
from pathlib import Path

import nbformat
import pytest

from analysis.errors import InputError
from analysis.report.parameters import Parameter, check_parameters, read_parameters


def write_notebook(path: Path, *sources: str, tag: str = "parameters") -> Path:
    notebook = nbformat.v4.new_notebook()
    for source in sources:
        notebook.cells.append(nbformat.v4.new_code_cell(source, metadata={"tags": [tag]}))
    nbformat.write(notebook, path)
    return path


def parameter(kind: str, default: object, allowed: str = "") -> dict[str, Parameter]:
    made = Parameter(name="x", type=kind, default=default, meaning="a value", allowed=allowed)
    return {"x": made}


def test_reads_name_type_default_meaning_and_rule(tmp_path):
    path = write_notebook(
        tmp_path / "n.ipynb",
        'start: str = "2021-10"  # first month, with a # and a ; in it; allowed: YYYY-MM\n'
        "\n"
        "k: int = -2  # a number",
    )
    found = read_parameters(path)
    assert found["start"].meaning == "first month, with a # and a ; in it"
    assert found["start"].allowed == "YYYY-MM"
    assert found["k"].default == -2
    assert found["k"].allowed == ""


@pytest.mark.parametrize(
    "line",
    [
        "x = 1  # no type",
        "x: int = 1",
        "x: list = []  # a list",
        "x: int  # no value",
        "f()  # x",
        "x: int = f()  # a call",
        "x: int = 'a'  # a text",
        "x: int = True  # a truth",
        "x: int = (  # open",
        "1x: int = 1  # no name",
        "(x, y): int = 1  # two",
    ],
)
def test_a_line_out_of_form_is_refused(tmp_path, line):
    with pytest.raises(InputError, match="does not follow the form"):
        read_parameters(write_notebook(tmp_path / "n.ipynb", line))


def test_no_cell_or_two_cells_are_refused(tmp_path):
    with pytest.raises(InputError, match="has 0 cells tagged"):
        read_parameters(write_notebook(tmp_path / "a.ipynb", "x: int = 1  # x", tag="other"))
    with pytest.raises(InputError, match="has 2 cells tagged"):
        read_parameters(write_notebook(tmp_path / "b.ipynb", "x: int = 1  # x", "y: int = 1  # y"))


def test_missing_or_broken_notebook(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        read_parameters(tmp_path / "none.ipynb")
    for damage in ("{ not json", "[1, 2]"):
        (tmp_path / "broken.ipynb").write_text(damage)
        with pytest.raises(InputError, match="cannot be read"):
            read_parameters(tmp_path / "broken.ipynb")


def test_unknown_name_is_refused_with_the_nearest():
    with pytest.raises(InputError, match="Did you mean 'x'"):
        check_parameters(parameter("int", 1), {"xx": 2})


def test_code_in_a_name_is_refused():
    with pytest.raises(InputError, match="There is no parameter"):
        check_parameters(parameter("int", 1), {"x=__import__('os').system('true')#": 2})


@pytest.mark.parametrize(
    ("kind", "default", "given", "value"),
    [
        ("str", "", "01001", "01001"),
        ("str", "", "2024-06", "2024-06"),
        ("str", "", date(2023, 7, 1), "2023-07-01"),
        ("str", "", "  true ", "  true "),
        ("int", 1, "7", 7),
        ("int", 1, 7, 7),
        ("float", 1.0, "1e-3", 0.001),
        ("float", 1.0, 2, 2.0),
        ("bool", False, "yes", True),
        ("bool", True, "false", False),
    ],
)
def test_texts_become_their_type_and_texts_stay_texts(kind, default, given, value):
    result = check_parameters(parameter(kind, default), {"x": given})["x"]
    assert result == value
    assert type(result) is type(value)


@pytest.mark.parametrize(
    ("kind", "default", "given"),
    [
        ("int", 1, "abc"),
        ("int", 1, "1.5"),
        ("int", 1, True),
        ("int", 1, 1.5),
        ("float", 1.0, "one"),
        ("bool", True, "maybe"),
        ("str", "", ["a"]),
    ],
)
def test_wrong_type_is_refused_with_an_example(kind, default, given):
    with pytest.raises(InputError) as caught:
        check_parameters(parameter(kind, default), {"x": given})
    assert repr(given) in caught.value.problem
    assert f"of type {kind}" in caught.value.rule
    assert caught.value.remedy == f"For example x={default!r}."


@pytest.mark.parametrize(
    ("kind", "default", "allowed", "good", "bad"),
    [
        ("str", "a", "a | b", "b", "c"),
        ("int", 1, "0 to 6", "6", "7"),
        ("float", 0.05, "0.001 to 0.5", "0.5", "nan"),
        ("str", "2021-10", "YYYY-MM", "2024-12", "2024-13"),
        ("str", "2021-10", "YYYY-MM", "1999-10", "June 2024"),
        ("str", "", "YYYY-MM-DD", "2024-06-05", "2024-06-32"),
        ("str", "ar1", "model", "reml_ar1", "ar2"),
        ("str", "", "interventions", "title-42-end, 2024-06-05", "title-43-end"),
    ],
)
def test_rules(kind, default, allowed, good, bad):
    known = parameter(kind, default, allowed)
    assert str(check_parameters(known, {"x": good})["x"]) == good
    with pytest.raises(InputError):
        check_parameters(known, {"x": bad})


def test_start_after_end_is_refused_before_anything_runs():
    known = {
        name: Parameter(name=name, type="str", default="2022-01", meaning=name)
        for name in ("start", "end")
    }
    with pytest.raises(InputError, match="starts in 2024-06 and ends in 2022-01"):
        check_parameters(known, {"start": "2024-06"})
    for start, end in (("2024-06-05", "2024-06"), ("2024-06", "2024-06-01")):
        assert check_parameters(known, {"start": start, "end": end})["end"] == end


@pytest.mark.parametrize("kind", ["int", "float"])
@pytest.mark.parametrize(
    "text", ["1_0", "１０", "9" * 400, f"-{'9' * 5000}", "nan", "inf", "1e400"]
)
def test_numbers_are_written_in_plain_digits_and_within_bounds(kind, text):
    default = 1 if kind == "int" else 1.0
    with pytest.raises(InputError, match="The parameter 'x' is"):
        check_parameters(parameter(kind, default, "0 to 60"), {"x": text})


def test_a_date_is_written_in_plain_digits():
    with pytest.raises(InputError, match="The parameter 'x' is"):
        check_parameters(parameter("str", "", "YYYY-MM"), {"x": "２０２４-06"})


def test_a_parameter_is_told_by_a_word_of_what_was_given():
    known = parameter("str", "")["x"]
    with pytest.raises(InputError, match="Did you mean 'end'"):
        check_parameters({"dates": known, "end": known}, {"end_date": "2024-12"})
