"""The parameters of a notebook: read from its own typed cell, and checked before it runs.

Each line of the cell tagged `parameters` reads

    name: type = default  # meaning; allowed: RULE

where type is str, int, float or bool and RULE is one of `a | b | c` (these texts), `0 to 6`
(numbers, ends included), `YYYY-MM` or `YYYY-MM-DD` (a date), or `model`, `intervention`,
`interventions` (names of the package, or dates). A default is allowed whatever the rule. Without a
rule any value goes.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import nbformat

from analysis.errors import AnalysisError, refusal, unknown_name

AUTO = "auto"
Value = str | int | float | bool
TYPES: Mapping[str, type] = {"str": str, "int": int, "float": float, "bool": bool}
TRUTH = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
_MONTH = r"\d{4}-(0[1-9]|1[0-2])"
_DAY = _MONTH + r"(-(0[1-9]|[12]\d|3[01]))?"
FORMS = {"YYYY-MM": _MONTH, "YYYY-MM or YYYY-MM-DD": _DAY, "YYYY-MM-DD": _DAY}


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
    cells = [
        cell for cell in _read(notebook).cells if "parameters" in cell.metadata.get("tags", [])
    ]
    if len(cells) != 1:
        raise refusal("cell of parameters", notebook=notebook, count=len(cells))
    found = {}
    for number, line in enumerate(cells[0].source.splitlines(), 1):
        if parameter := line.strip() and _parameter(line):
            found[parameter.name] = parameter
        elif line.strip():
            types = ", ".join(TYPES)
            raise refusal("line of parameters", number=number, notebook=notebook, types=types)
    return found


def _parameter(line: str) -> Parameter | None:
    """The parameter of a line; None where it does not follow the form."""
    # Here, since a kernel, which reads no notebook, has no use for it.
    from papermill.translators import PythonTranslator

    try:
        (read,) = PythonTranslator.inspect({"source": line})
        default = ast.literal_eval(read.default)
    except (ValueError, SyntaxError):
        return None
    meaning, _, allowed = read.help.partition("; allowed: ")
    kind = read.inferred_type_name
    right = type(default).__name__ == kind or (kind == "float" and type(default) is int)
    if not (right and kind in TYPES and meaning and read.name.isidentifier()):
        return None
    return Parameter(name=read.name, type=kind, default=default, meaning=meaning, allowed=allowed)


def _read(notebook: Path) -> nbformat.NotebookNode:
    try:
        return nbformat.read(notebook, as_version=4)
    except Exception as error:
        # nbformat answers a damaged notebook with whatever error its parsing runs into.
        kind = type(error).__name__
        raise refusal("unreadable notebook", notebook=notebook, error=kind) from None


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
    start, end = (str(result.get(name, "")).replace(AUTO, "") for name in ("start", "end"))
    # A month is compared with the month of a day.
    if start and end and start[: len(end)] > end[: len(start)]:
        raise refusal("window of parameters", start=start, end=end)
    return result


def listed_values(parameter: Parameter) -> list[str]:
    """The values that a parameter's rule lists; none where it is a range, a form, or absent."""
    rule = parameter.allowed
    if rule in NAMES:
        return list(_names(rule))
    return [choice.strip() for choice in rule.split("|")] if "|" in rule else []


def bounds(parameter: Parameter) -> tuple[float, float] | None:
    """The smallest and the largest number that a parameter's rule allows; None for no range."""
    found = re.fullmatch(r"(\S+) to (\S+)", parameter.allowed)
    return (float(found[1]), float(found[2])) if found else None


def _checked(parameter: Parameter, given: Any) -> Value:
    """The value in its declared type. A text stays the text that it is: 01001 keeps its zero."""
    text = str(given).strip()
    try:
        if not isinstance(given, str | int | float | date):
            raise ValueError
        text.encode()  # a terminal hands on what is no text of its encoding
        value: Value = given if isinstance(given, str) else text
        if parameter.type == "bool":
            value = TRUTH[text.lower()]
        elif parameter.type != "str":
            if not re.fullmatch(r"[-+.eE\d]+", text, re.ASCII):  # int takes 1_0 for 10
                raise ValueError
            value = TYPES[parameter.type](text)
    except (ValueError, KeyError):
        raise _refused(parameter, given, f"of type {parameter.type}") from None
    if value != parameter.default and parameter.allowed:
        _refuse_disallowed(parameter, value)
    return value


def _refuse_disallowed(parameter: Parameter, value: Value) -> None:
    rule = parameter.allowed
    if rule == "model" or "|" in rule:
        if str(value) not in (choices := listed_values(parameter)):
            kind = "model" if rule == "model" else f"value of '{parameter.name}'"
            raise unknown_name(kind, value, choices)
    elif rule == "shape":
        from analysis.outcome import refuse_shape

        refuse_shape(str(value))
    elif rule in NAMES:
        from analysis.border.events import catalogue
        from analysis.outcome import find_intervention
        from analysis.outcome.written import parse_events

        check = find_intervention if rule == "intervention" else parse_events
        check(str(value), catalogue())
    elif span := bounds(parameter):
        if not span[0] <= float(str(value)) <= span[1]:  # float(value) may overflow
            raise _refused(parameter, value, rule)
    elif not re.fullmatch(FORMS[rule], str(value), re.ASCII):
        raise _refused(parameter, value, rule)


def _refused(parameter: Parameter, value: Any, rule: str) -> AnalysisError:
    return refusal("value of a parameter", parameter=parameter, value=value, is_=rule)


# Rules that are names of the package. What knows them takes a while to import.
NAMES = ("model", "intervention", "interventions", "shape")


def _names(rule: str) -> Collection[str]:
    if rule == "model":
        from analysis.models import registered_models

        return registered_models()
    if rule == "shape":
        from analysis.outcome import SHAPES

        return SHAPES
    from analysis.border.events import catalogue

    return catalogue()
