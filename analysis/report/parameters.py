"""The parameters of a notebook: read from its own typed cell, and checked before it runs.

Each line of the cell tagged `parameters` reads

    name: type = default  # meaning; allowed: RULE

where type is str, int, float or bool and RULE is one of `a | b | c` (these texts), `0 to 6`
(numbers, ends included), `YYYY-MM` or `YYYY-MM-DD` (a date, or empty where the default is), or
`model`, `intervention`, `interventions` (names of the package). Without a rule any value goes.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat

from analysis.errors import InputError, unknown_name

TYPES: Mapping[str, type] = {"str": str, "int": int, "float": float, "bool": bool}
TRUE, FALSE = {"true", "yes", "1"}, {"false", "no", "0"}
Value = str | int | float | bool


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """One parameter: its type by name, default, meaning, and rule ("" for none)."""

    name: str
    type: str
    default: Value
    meaning: str
    allowed: str = ""


def read_parameters(notebook: Path) -> dict[str, Parameter]:
    """The parameters of a notebook by name.

    Raises
    ------
    InputError : no such notebook, not a notebook, no cell tagged `parameters`, or a line of it
        that does not follow the form.
    """
    cells = [cell for cell in read_notebook(notebook).cells if "parameters" in _tags(cell)]
    if len(cells) != 1:
        raise InputError(
            f"{notebook.name} has {len(cells)} cells tagged 'parameters'.",
            rule="A notebook has exactly one, so that it is clear what can be changed.",
            remedy="Tag the cell that holds the parameters (in JupyterLab: Property Inspector).",
        )
    statements, comments = _parsed(str(cells[0].source), notebook.name)
    found = [_parameter(node, comments, notebook.name) for node in statements]
    return {parameter.name: parameter for parameter in found}


def read_notebook(notebook: Path) -> nbformat.NotebookNode:
    """A notebook from a file.

    Raises
    ------
    InputError : no such file, or not a notebook.
    """
    try:
        return nbformat.read(notebook, as_version=4)
    except OSError as error:
        raise InputError(
            f"The notebook {notebook} cannot be read ({error.strerror}).",
            rule="A run names a notebook of the project.",
            remedy="Check the name, and run from the project's top folder.",
        ) from None
    except Exception:
        # nbformat answers a damaged notebook with whatever error its parsing runs into.
        raise InputError(
            f"{notebook} is not a notebook.",
            rule="A notebook is a JSON file in Jupyter's format 4.",
            remedy="Restore it from the repository.",
        ) from None


def check_parameters(known: Mapping[str, Parameter], given: Mapping[str, Any]) -> dict[str, Value]:
    """The values of all parameters, those given checked and converted to their types.

    Raises
    ------
    InputError : a name that the notebook has not, a value of the wrong type, or one that its
        rule does not allow; or a start after the end.
    """
    for name in given:
        if name not in known:
            raise unknown_name("parameter", name, known)
    values = {name: _checked(known[name], value) for name, value in given.items()}
    result = {name: values.get(name, parameter.default) for name, parameter in known.items()}
    start, end = str(result.get("start", "")), str(result.get("end", ""))
    if start and end and start > end:
        raise InputError(
            f"The window starts in {start} and ends in {end}.",
            rule="The start is not after the end.",
            remedy="Swap them, or correct one.",
        )
    return result


def listed_values(parameter: Parameter) -> list[str]:
    """The values that a parameter's rule lists; none where it is a range, a form, or absent."""
    rule = parameter.allowed
    if rule in _LISTS:
        return list(_LISTS[rule]())
    return [choice.strip() for choice in rule.split("|")] if "|" in rule else []


def bounds(parameter: Parameter) -> tuple[float, float] | None:
    """The smallest and the largest number that a parameter's rule allows; None for no range."""
    found = re.fullmatch(r"(\S+) to (\S+)", parameter.allowed)
    return (float(found[1]), float(found[2])) if found else None


def markdown_table(parameters: Mapping[str, Parameter]) -> str:
    """The parameters as a table in Markdown, for the README."""
    lines = ["| parameter | default | meaning | allowed |", "|---|---|---|---|"]
    for each in parameters.values():
        default = f"`{each.default}`" if each.default != "" else "(empty)"
        allowed = each.allowed.replace("|", "\\|")
        lines.append(f"| `{each.name}` | {default} | {each.meaning} | {allowed} |")
    return "\n".join(lines)


def _tags(cell: Mapping[str, Any]) -> list[str]:
    return list(cell["metadata"].get("tags", []))


def _comments(source: str) -> dict[int, str]:
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return {t.start[0]: t.string.lstrip("# ") for t in tokens if t.type == tokenize.COMMENT}


def _parsed(source: str, notebook: str) -> tuple[list[ast.stmt], dict[int, str]]:
    """The statements of the cell, and its comments by line."""
    try:
        return ast.parse(source).body, _comments(source)
    except (SyntaxError, ValueError, tokenize.TokenError) as error:
        raise _out_of_form(getattr(error, "lineno", None) or 1, notebook) from None


def _parameter(node: ast.stmt, comments: Mapping[int, str], notebook: str) -> Parameter:
    match node:
        case ast.AnnAssign(target=ast.Name(id=name), annotation=ast.Name(id=kind), value=value) if (
            kind in TYPES and value is not None and node.lineno in comments
        ):
            meaning, _, allowed = comments[node.lineno].partition("; allowed: ")
            return Parameter(
                name=name,
                type=kind,
                default=_default(node, kind, value, notebook),
                meaning=meaning,
                allowed=allowed,
            )
    raise _out_of_form(node.lineno, notebook)


def _default(node: ast.stmt, kind: str, value: ast.expr, notebook: str) -> Any:
    """A plain value of the declared type."""
    try:
        default = ast.literal_eval(value)
    except ValueError:
        default = None
    if type(default).__name__ == kind or (kind == "float" and type(default) is int):
        return default
    raise _out_of_form(node.lineno, notebook)


def _out_of_form(line: int, notebook: str) -> InputError:
    return InputError(
        f"Line {line} of the parameters cell of {notebook} does not follow the form.",
        rule="name: type = default  # meaning; allowed: rule   (type: str, int, float or bool)",
        remedy="Correct the line.",
    )


def _checked(parameter: Parameter, given: Any) -> Value:
    value = _converted(parameter, given)
    if value == parameter.default or not parameter.allowed:
        return value
    _refuse_disallowed(parameter, value)
    return value


def _converted(parameter: Parameter, given: Any) -> Value:
    """The value in its declared type. A text stays the text that it is: 01001 keeps its zero."""
    kind = TYPES[parameter.type]
    if isinstance(given, kind) and not (kind is int and isinstance(given, bool)):
        return kind(given)
    text = str(given).strip()
    try:
        if kind is str and isinstance(given, int | float):
            return text
        if kind is bool and text.lower() in TRUE | FALSE:
            return text.lower() in TRUE
        if kind in (int, float) and not isinstance(given, bool):
            return kind(text)
    except ValueError:
        pass
    raise InputError(
        f"The parameter '{parameter.name}' is {given!r}.",
        rule=f"{parameter.name} ({parameter.meaning}) is of type {parameter.type}.",
        remedy=f"For example {parameter.name}={parameter.default}.",
    )


def _refuse_disallowed(parameter: Parameter, value: Value) -> None:
    rule = parameter.allowed
    if rule in _NAMED_RULES:
        _NAMED_RULES[rule](str(value))
    elif choices := listed_values(parameter):
        if str(value) not in choices:
            raise unknown_name(f"value of '{parameter.name}'", value, choices)
    elif span := bounds(parameter):
        if not span[0] <= float(value) <= span[1]:
            raise _out_of_rule(parameter, value)
    elif not re.fullmatch(_DATE_RULES[rule], str(value)):
        raise _out_of_rule(parameter, value)


def _out_of_rule(parameter: Parameter, value: Value) -> InputError:
    return InputError(
        f"The parameter '{parameter.name}' is {value!r}.",
        rule=f"{parameter.name} ({parameter.meaning}) is {parameter.allowed}.",
        remedy=f"For example {parameter.name}={parameter.default}.",
    )


_MONTH = r"\d{4}-(0[1-9]|1[0-2])"
_DATE_RULES = {"YYYY-MM": _MONTH, "YYYY-MM-DD": _MONTH + r"(-(0[1-9]|[12]\d|3[01]))?"}


def _models() -> Collection[str]:
    from analysis.models import registered_models

    return registered_models()


def _catalogue() -> Collection[str]:
    from analysis.border.events import catalogue

    return catalogue()


def _model(text: str) -> None:
    if text not in _models():
        raise unknown_name("model", text, _models())


def _interventions(text: str) -> None:
    from analysis.border.events import find_intervention

    for name in split_names(text):
        find_intervention(name)


def split_names(text: str) -> list[str]:
    """Names separated by commas; an empty text is no name."""
    return [name.strip() for name in text.split(",") if name.strip()]


_NAMED_RULES: Mapping[str, Callable[[str], None]] = {
    "model": _model,
    "intervention": _interventions,
    "interventions": _interventions,
}
_LISTS: Mapping[str, Callable[[], Collection[str]]] = {
    "model": _models,
    "intervention": _catalogue,
    "interventions": _catalogue,
}
